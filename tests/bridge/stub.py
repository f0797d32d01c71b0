"""A bridge that misbehaves on request, in the place of the real one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

SCRIPT = Path(__file__).with_name("stub_bridge.js")


@dataclass(frozen=True)
class Stub:
    """What the stub bridges of one test have left in its state folder."""

    state: Path
    monkeypatch: pytest.MonkeyPatch

    def behave(self, mode: str) -> None:
        """How stubs started from now on misbehave; see stub_bridge.js."""
        self.monkeypatch.setenv("STUB", mode)

    def starts(self) -> list[int]:
        """Process ids of all that were started."""
        try:
            return [int(line) for line in (self.state / "starts").read_text().split()]
        except FileNotFoundError:
            return []

    def seen(self) -> dict[str, object]:
        """Arguments, environment, folder and umask of the newest."""
        seen = json.loads((self.state / "seen.json").read_text())
        assert isinstance(seen, dict)
        return seen


def wait_for(what: str, look: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true answer of `look`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < end, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.02)
    return answer


def is_alive(pid: int) -> bool:
    """Whether a process of this id exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def open_descriptors() -> set[str]:
    """What this process's file descriptors are."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
        except FileNotFoundError:
            continue  # the descriptor that lists the folder
    return found
