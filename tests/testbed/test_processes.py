"""Only a process that was started is ever ended."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from testbed.processes import Process, known, recalled, remember, running_as, wait_until
from testbed.programs import watched


def test_a_number_that_was_given_again_is_nobody(tmp_path: Path) -> None:
    with watched(subprocess.Popen(["sleep", "600"])) as other:
        started = known(other.pid)
        assert started is not None
        assert started.alive
        before = Process(other.pid, started.started - 1)
        remember(before, tmp_path / "pid")
        assert recalled(tmp_path / "pid") is None
        before.end()
        assert other.poll() is None
        remember(started, tmp_path / "pid")
        assert recalled(tmp_path / "pid") == started
        started.end()
        assert not started.alive


def test_a_process_that_ignores_the_request_is_killed() -> None:
    argv = ["sh", "-c", "trap '' TERM; echo; while :; do sleep 1; done"]
    with watched(subprocess.Popen(argv, stdout=subprocess.PIPE)) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        process = known(deaf.pid)
        assert process is not None
        process.end(grace_seconds=0.2)
        assert wait_until(lambda: not process.alive, 30)


def test_what_has_ended_and_waits_for_its_parent_does_not_run() -> None:
    with watched(subprocess.Popen(["sleep", "600"])) as child:
        process = known(child.pid)
        assert process is not None
        assert process in running_as(os.getuid())
        asleep = f"{child.pid} S, child of {os.getpid()}: sleep 600"
        assert wait_until(lambda: process.described == asleep, 30), process.described
        child.kill()
        assert wait_until(lambda: not process.alive, 30)
        # The parent has not looked yet, so that it still has its number.
        assert process.described == f"{child.pid} Z, child of {os.getpid()}: [sleep]"
        assert process not in running_as(os.getuid())
    assert process.described == f"{process.pid} (just gone)"
