"""The bridge is killed at each point of a submission: no pilot is lost, none submitted twice."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from testbed.htcondor.pool import HTCondor
from testbed.slurm.cluster import Slurm

from .person import Person
from .test_slurm_queue import LATER, SHAPE

POINTS = {"planned": 0, "written": 0, "calling": 0, "called": 2}
"""What has been done, and how many jobs there are then (src/bridge/tokens.ts)."""
DIE_AT = "PILOTHOUSE_DIE_AT"


def killed_at_each_point(
    person: Person, scheduler: dict[str, object], jobs: Callable[[], int]
) -> None:
    """Two pilots are asked for at each point, of a pool of its own."""
    person.environment["PILOTHOUSE_TIMES"] = json.dumps({"submissionSettleMs": 1500})
    person.request("hosts.list")  # who asks later starts bridges that live
    for number, (point, there) in enumerate(POINTS.items()):
        person.command("bridge", "stop")
        person.write_profile(point, scheduler, pilot=SHAPE)
        person.environment[DIE_AT] = point
        assert person.command("status").returncode == 0
        del person.environment[DIE_AT]
        first = person.bridge_pid()
        person.log_in_again(point)
        person.command("up", point, "-n", "2")

        def dead(first: int | None = first) -> bool:
            return not person.lives(first)

        person.wait_for("its death", dead)
        assert jobs() == 2 * number + there, point
        person.log_in_again(point)
        pilots = person.wait_for_states(point, "queued", "queued")
        assert person.bridge_pid() != first
        assert jobs() == 2 * (number + 1), point
        assert len({str(pilot["schedulerId"]) for pilot in pilots}) == 2
        assert len(person.pilots(point)) == 2


@pytest.mark.over_ssh
def test_at_slurm(slurm: Slurm, at_slurm: Person) -> None:
    def jobs() -> int:
        return len(at_slurm.said("squeue", "--me", "-h", "-r", "-o", "%i").split())

    killed_at_each_point(at_slurm, {"kind": "slurm", "further": LATER}, jobs)
    # What was found again is as good as what was never lost.
    for pilot in at_slurm.pilots("called"):
        slurm.control("update", f"JobId={pilot['schedulerId']}", "StartTime=now")
    at_slurm.wait_for_states("called", "idle", "idle")


@pytest.mark.over_ssh(long=True)
def test_at_htcondor(htcondor: HTCondor, at_htcondor: Person) -> None:
    scheduler: dict[str, object] = {"kind": "htcondor", "requirements": 'Machine == "nowhere"'}
    killed_at_each_point(at_htcondor, scheduler, lambda: len(htcondor.jobs()))
