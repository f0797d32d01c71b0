"""What schedulers tell a job on its node."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilothouse.agent.job import Job, of, parse_ad, read

# Of HTCondor 23.9, in part, as its starter wrote them.
JOB_AD = """\
Args = ""
Cmd = "/srv/shared/pilot.sh"
NumJobStarts = 1
RemoteHost = "slot1_1@node-1"
Requirements = (TARGET.Arch == "X86_64") && (TARGET.OpSys == "LINUX")
RemoteUserCpu = 0.0
"""
MACHINE_AD = """\
GLIDEIN_Site = "Great \\"Lakes\\" \\\\ One"
Name = "slot1_1@node-1"
Memory = 1024
State = "Claimed"
"""


@pytest.mark.parametrize(
    ("environment", "job", "machine", "expected"),
    [
        ({}, "", "", Job()),
        (
            {
                "SLURM_RESTART_COUNT": "2",
                "SLURMD_NODENAME": "n1",
                "SLURM_CLUSTER_NAME": "anvil",
                "SLURM_JOB_START_TIME": "1799999400",
                "SLURM_JOB_END_TIME": "1800000000",
            },
            "",
            "",
            Job(2, "n1", "anvil", 1_799_999_400_000.0, 1_800_000_000_000.0),
        ),
        (
            {"_CONDOR_SLOT": "slot1_1"},
            JOB_AD,
            MACHINE_AD,
            Job(1, "slot1_1@node-1", 'Great "Lakes" \\ One'),
        ),
        ({"_CONDOR_SLOT": "slot1_1"}, "", "", Job(slot="slot1_1")),
        ({}, "NumJobStarts = undefined", 'GLIDEIN_ResourceName = "CE1"', Job(site="CE1")),
        ({"GLIDEIN_Site": "UNL", "SLURM_CLUSTER_NAME": "x"}, "", "", Job(site="UNL")),
        ({"SLURM_RESTART_COUNT": "-1", "SLURM_JOB_END_TIME": "0"}, "", "garbage", Job()),
        ({"SLURMD_NODENAME": "n" * 400}, "", "", Job(slot="n" * 300)),
    ],
)
def test_jobs(environment: dict[str, str], job: str, machine: str, expected: Job) -> None:
    assert of(environment, parse_ad(job), parse_ad(machine)) == expected


STARTED, ENDS = 1_799_999_400_000.0, 1_800_000_000_000.0
HOUR = 3_600_000.0


@pytest.mark.parametrize(
    ("started", "ahead_ms", "left"),
    [
        (STARTED, 0, 470),
        (STARTED, -30_000, 500),  # a clock that is a little wrong is gone by
        (STARTED, HOUR, 580),  # one that cannot be right is not: the script has run for 20 s
        (STARTED, -HOUR, 580),
        (None, 0, 470),
        (None, -HOUR, 470 + 3600),  # there is nothing to see it by
    ],
)
def test_what_is_left_of_a_job(started: float | None, ahead_ms: float, left: float) -> None:
    # Its script began 110 s after the job.
    job = Job(started_at_ms=started, ends_by_ms=ENDS)
    assert job.seconds_left(20, STARTED + 130_000 + ahead_ms) == left
    assert Job(started_at_ms=started).seconds_left(20, STARTED) is None


def test_ads_are_read_where_they_can_be(tmp_path: Path) -> None:
    (tmp_path / "job").write_text(JOB_AD)
    files = {"_CONDOR_JOB_AD": str(tmp_path / "job"), "_CONDOR_MACHINE_AD": "/no/such"}
    assert read(files) == Job(1, "slot1_1@node-1")
