"""Only a process that was started is ever ended."""

from __future__ import annotations

import subprocess
from pathlib import Path

from testbed.processes import Process, known, recalled, remember, wait_until


def test_a_number_that_was_given_again_is_nobody(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
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
    with subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo; while :; do sleep 1; done"], stdout=subprocess.PIPE
    ) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        process = known(deaf.pid)
        assert process is not None
        process.end(grace_seconds=0.2)
        assert wait_until(lambda: not process.alive, 5)
