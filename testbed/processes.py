"""Processes known by number and start time, so that a number that was given again is nobody's."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import TestbedError


@dataclass(frozen=True)
class Process:
    """One process; `started` is field 22 of proc_pid_stat(5), in clock ticks since boot."""

    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether it is this process that has the number, and no zombie."""
        found = _stat(self.pid)
        return found is not None and found[1] == self.started and found[0] not in "ZX"

    @property
    def words(self) -> list[str]:
        """Its command line; empty when it is gone."""
        try:
            text = Path(f"/proc/{self.pid}/cmdline").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return []
        return text.split("\0")[:-1]

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal; nothing happens if the process is gone."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            try:
                if self.alive:
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)

    def end(self, grace_seconds: float = 5) -> None:
        """Asks it to end, and kills it when it has not ended in time."""
        self.signal(signal.SIGTERM)
        if not wait_until(lambda: not self.alive, grace_seconds):
            self.signal(signal.SIGKILL)
            if not wait_until(lambda: not self.alive, 10):
                raise TestbedError(f"process {self.pid} does not die")


def _stat(pid: int) -> tuple[str, int] | None:
    """State and start time of a process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name, in brackets, may hold anything.
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def known(pid: int) -> Process | None:
    """The process that has this number now."""
    found = _stat(pid)
    return None if found is None else Process(pid, found[1])


def pid_of(process: Process | None) -> int | None:
    """Its number, for those who only show it."""
    return None if process is None else process.pid


def remember(process: Process, file: Path) -> None:
    """Writes a process down."""
    file.write_text(f"{process.pid} {process.started}\n")


def recalled(file: Path) -> Process | None:
    """The process that was written down, if it is alive."""
    try:
        pid, started = file.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    process = Process(int(pid), int(started))
    return process if process.alive else None


def wait_until(holds: Callable[[], object], limit_seconds: float) -> bool:
    """Looks until something holds; False when the time is over."""
    deadline = time.monotonic() + limit_seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
