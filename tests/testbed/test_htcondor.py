"""The real HTCondor: what other tests count on."""

from __future__ import annotations

import json
import signal
import subprocess
import uuid
from pathlib import Path

import pytest

from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.places import BIN
from testbed.processes import wait_until

LIMIT_SECONDS = 60


@pytest.fixture
def folder(htcondor: HTCondor) -> Path:
    """A folder of the tester's on the submit host."""
    made = htcondor.shared / uuid.uuid4().hex
    user.run(["mkdir", str(made)])
    return made


def call(site: HTCondor, folder: Path, *argv: str, stdin: str = "") -> str:
    """What one of HTCondor's commands printed."""
    return user.run(argv, env=site.environment, cwd=folder, stdin=stdin).stdout


def submit(site: HTCondor, folder: Path, program: str, *lines: str, count: int = 1) -> str:
    """A cluster's id; the program is a line of sh."""
    text = [
        "executable = /bin/sh",
        f"arguments = \"-c '{program}'\"",
        "transfer_executable = false",
        "should_transfer_files = YES",
        "request_memory = 100",
        "request_disk = 100",
        "log = log",
        "output = out",
        "error = err",
        *lines,
        f"queue {count}",
    ]
    out = call(site, folder, "condor_submit", "-terse", "-", stdin="\n".join(text) + "\n")
    return out.partition(".")[0]


def attributes(site: HTCondor, job: str, *names: str) -> list[str]:
    """Attributes of the first job of a cluster; none when it is not in the queue."""
    rows = site.admin("condor_q", job, "-allusers", "-af:,", *names).splitlines()
    return [",".join(value.strip() for value in row.split(",")) for row in rows]


def wait_for(site: HTCondor, job: str, names: str, values: str) -> None:
    """Waits until a job's attributes have these values."""
    assert wait_until(lambda: attributes(site, job, *names.split()) == [values], LIMIT_SECONDS), (
        site.jobs()
    )


def test_up_again_starts_nothing_again(htcondor: HTCondor) -> None:
    before = htcondor.status()
    htcondor.up()
    assert htcondor.status() == before
    assert None not in before.values()


def test_a_job_has_the_persons_name_and_another_python(htcondor: HTCondor, folder: Path) -> None:
    (folder / "in.txt").write_text("sent\n")
    job = submit(
        htcondor,
        folder,
        "cat in.txt; id -un; python3 --version; echo $0 > back.txt; exit 3",
        "transfer_input_files = in.txt",
        "ulog_execute_attrs = GLIDEIN_Site",
    )
    call(htcondor, folder, "condor_wait", "-wait", str(LIMIT_SECONDS), "log")
    lines = (folder / "out").read_text().splitlines()
    assert lines[:2] == ["sent", user.NAME]
    assert lines[2].startswith("Python 3.13.")
    assert (folder / "back.txt").exists()
    assert (folder / "back.txt").owner() == user.NAME
    assert 'GLIDEIN_Site = "Testbed"' in (folder / "log").read_text()
    assert attributes(htcondor, job, "JobStatus") == []
    ended = call(htcondor, folder, "condor_history", job, "-af", "JobStatus", "ExitCode")
    assert ended == "4 3\n"


def test_a_node_sees_none_of_the_submit_hosts_files(htcondor: HTCondor, folder: Path) -> None:
    user.run(["touch", f"{user.HOME}/of-the-submit-host"])
    submit(htcondor, folder, f"ls -A {folder.parent} {user.HOME} /tmp /srv; true")
    call(htcondor, folder, "condor_wait", "-wait", str(LIMIT_SECONDS), "log")
    words = (folder / "out").read_text() + (folder / "err").read_text()
    assert "of-the-submit-host" not in words
    assert f"cannot access '{folder.parent}'" in words


def test_a_thousand_in_one_call(htcondor: HTCondor, folder: Path) -> None:
    submit(htcondor, folder, "true", "hold = true", count=1000)
    out = call(htcondor, folder, "condor_q", "-json", "-attributes", "JobStatus")
    assert [job["JobStatus"] for job in json.loads(out)] == [5] * 1000


def test_held_by_the_system(htcondor: HTCondor, folder: Path) -> None:
    names = "JobStatus HoldReasonCode HoldReasonSubCode HoldReason"
    said = "5,26,7,The system says: "
    job = submit(htcondor, folder, "exec sleep 600", '+PilothouseTestbedHold = "not today"')
    wait_for(htcondor, job, names, f"{said}not today")
    job = submit(htcondor, folder, "exec sleep 600", "+PilothouseTestbedHoldAfter = 1")
    wait_for(htcondor, job, names, f"{said}it has run for too long")
    job = submit(htcondor, folder, "exec sleep 600")
    wait_for(htcondor, job, "JobStatus", "2")
    htcondor.hold(job, 'it is "ours" today')
    wait_for(htcondor, job, names, f'{said}it is "ours" today')


def test_held_for_a_missing_input(htcondor: HTCondor, folder: Path) -> None:
    (folder / "in.txt").touch()
    job = submit(
        htcondor, folder, "true", "transfer_input_files = in.txt", "requirements = TARGET.Not"
    )
    (folder / "in.txt").unlink()
    call(htcondor, folder, "condor_qedit", job, "Requirements", "true")
    wait_for(htcondor, job, "JobStatus HoldReasonCode HoldReasonSubCode", "5,13,2")


def test_held_for_its_memory_and_released(htcondor: HTCondor, folder: Path) -> None:
    program = "import time; x = bytearray(3 * 10 ** 8); time.sleep(600)"
    (folder / "program.py").write_text(program)
    job = submit(htcondor, folder, "exec python3 program.py", "transfer_input_files = program.py")
    wait_for(htcondor, job, "JobStatus HoldReasonCode HoldReasonSubCode", "5,21,102")
    call(htcondor, folder, "condor_qedit", job, "RequestMemory", "1000")
    call(htcondor, folder, "condor_release", job)
    wait_for(htcondor, job, "JobStatus NumJobStarts", "2,2")


def test_evicted_and_started_again(htcondor: HTCondor, folder: Path) -> None:
    job = submit(htcondor, folder, "exec sleep 600")
    wait_for(htcondor, job, "JobStatus NumJobStarts", "2,1")
    htcondor.vacate(job)
    wait_for(htcondor, job, "JobStatus NumJobStarts", "2,2")
    assert "\n004 (" in (folder / "log").read_text()


def test_a_schedd_that_stops_and_starts(htcondor: HTCondor, folder: Path) -> None:
    job = submit(htcondor, folder, "true", "hold = true")
    htcondor.stop("schedd")
    done = user.run(["condor_q"], env=htcondor.environment, cwd=folder, check=False)
    assert done.returncode != 0
    assert "schedd" in done.stderr
    htcondor.start("schedd")
    assert attributes(htcondor, job, "JobStatus") == ["5"]


def test_all_of_it_stops_and_starts(htcondor: HTCondor, folder: Path) -> None:
    job = submit(htcondor, folder, "true", "hold = true")
    htcondor.stop("condor")
    assert set(htcondor.status().values()) == {None}
    htcondor.start("condor")
    assert attributes(htcondor, job, "JobStatus") == ["5"]


def test_roots_jobs_are_refused(htcondor: HTCondor) -> None:
    done = subprocess.run([BIN / "condor_q"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"as the user {user.NAME}" in done.stderr


def test_a_folder_that_the_submit_host_has_not(htcondor: HTCondor) -> None:
    argv = ["condor_submit", "-terse", "job"]
    done = user.run(argv, env=htcondor.environment, cwd=Path("/var/cache"), check=False)
    assert done.returncode == 1
    assert "/var/cache is not a folder of the submit host" in done.stderr
    # A question can be asked from anywhere.
    user.run(["condor_q"], env=htcondor.environment, cwd=Path("/var/cache"))


def test_a_command_dies_with_its_client(htcondor: HTCondor, folder: Path) -> None:
    submit(htcondor, folder, "true", "hold = true")
    argv = ["condor_wait", "log"]
    with user.popen(argv, env=htcondor.environment, cwd=folder) as client:

        def waiting() -> list[int]:
            return [p.pid for p in htcondor.enclosure.processes() if p.words[:1] == [argv[0]]]

        try:
            assert wait_until(lambda: len(waiting()) == 1, 20)
        finally:
            client.send_signal(signal.SIGKILL)
        assert wait_until(lambda: not waiting(), 10)


def test_the_door_keeps_files_codes_and_input(htcondor: HTCondor, folder: Path) -> None:
    done = user.run(["condor_submit"], env=htcondor.environment, cwd=folder, check=False, stdin="x")
    assert done.returncode == 1
    assert "ERROR" in done.stderr
    # Only HTCondor's own settings come along.
    environment = {**htcondor.environment, "_CONDOR_PILOTHOUSE": "yes", "LD_PRELOAD_TEST": "no"}
    argv = ["condor_config_val", "PILOTHOUSE"]
    assert user.run(argv, env=environment, cwd=folder).stdout == "yes\n"
