"""What runs for one test's home, and waiting for it to change."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

from conftest import PilothouseHome
from pilothouse.bridge import connect

T = TypeVar("T")

NAMED = "parsl: HTEX interchange"
"""What the interchange calls itself in lists of processes."""


def commands(home: PilothouseHome) -> dict[int, str]:
    """The command lines of all processes of this home, words joined by spaces."""
    found: dict[int, str] = {}
    for process in home.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            found[process.pid] = " ".join(process.cmdline())
    return found


def interchanges(home: PilothouseHome) -> list[int]:
    """Process ids of what runs the interchange: the wrapper, the warm helper, its forks, which
    Parsl names."""
    return [
        pid
        for pid, command in commands(home).items()
        if "pilothouse/interchange" in command or command.startswith(NAMED)
    ]


def agent_above(pid: int) -> int:
    """The agent of a worker: its oldest ancestor that runs the archive itself."""
    agents = [
        ancestor.pid
        for ancestor in psutil.Process(pid).parents()
        if any(word.endswith(".pyz") for word in ancestor.cmdline()[1:2])
    ]
    assert agents, f"no agent above process {pid}"
    return agents[-1]


def has_ended(pid: int) -> bool:
    """Whether nothing of a process goes on."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def bridge_pid() -> int:
    """The process id that the bridge says of itself."""
    with connect("command") as bridge:
        pid = bridge.request("bridge.status", {})["pid"]
    assert isinstance(pid, int)
    return pid


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
