"""What runs on this machine for one test's folders, read from ``/proc``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Process:
    """One process: its id, its parent's, and its command line, words joined by spaces."""

    pid: int
    parent: int
    command: str


def of_home(home: Path) -> list[Process]:
    """All processes whose command line or environment names ``home``, but for this one."""
    found: list[Process] = []
    mark = os.fsencode(home)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
            status = (entry / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # gone meanwhile, or not ours
        state, parent = status.rpartition(")")[2].split()[:2]
        if state != "Z" and (mark in command or mark in environment):
            words = command.replace(b"\0", b" ").decode(errors="replace").strip()
            found.append(Process(int(entry.name), int(parent), words))
    return found


def interchanges(home: Path) -> list[Process]:
    """The interchanges among them, by what their command line or title says."""
    return [process for process in of_home(home) if "interchange" in process.command]


def wait_for(what: str, look: Callable[[], T], seconds: float = 30.0) -> T:
    """The first true answer of ``look``; fails with ``what`` and the last answer otherwise."""
    end = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}; last: {answer!r}")
        time.sleep(0.05)
