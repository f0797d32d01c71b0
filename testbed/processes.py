"""Processes known by number and start time, so that a number that was given again is nobody's."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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
        return found is not None and found.started == self.started and found.state not in "ZX"

    @property
    def words(self) -> list[str]:
        """Its command line; empty when it is gone."""
        try:
            text = Path(f"/proc/{self.pid}/cmdline").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return []
        return text.split("\0")[:-1]

    @property
    def described(self) -> str:
        """Its words, parent and state, for a person who must know whose it is."""
        found = _stat(self.pid)
        if found is None or found.started != self.started:
            return f"{self.pid} (just gone)"
        words = " ".join(self.words) or f"[{found.name}]"
        return f"{self.pid} {found.state}, child of {found.parent}: {words[:300]}"

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


class _Stat(NamedTuple):
    """What proc_pid_stat(5) says of a process."""

    name: str
    state: str
    parent: int
    started: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name, in brackets, may hold anything.
    head, _, rest = text.rpartition(")")
    fields = rest.split()
    return _Stat(head.partition("(")[2], fields[0], int(fields[1]), int(fields[19]))


def known(pid: int) -> Process | None:
    """The process that has this number now."""
    found = _stat(pid)
    return None if found is None else Process(pid, found.started)


def running_as(uid: int) -> list[Process]:
    """What runs as a user on this machine, by the real user id; a zombie runs no more."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "status").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        # Not the owner of the folder, which is root where a process may not be looked into.
        ids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()
        process = known(int(entry.name))
        if int(ids[1]) == uid and process is not None and process.alive:
            found.append(process)
    return found


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
