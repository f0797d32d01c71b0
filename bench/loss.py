"""How soon a killed pilot's task runs on another."""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import parsl
import psutil

import pilothouse
from bench.figure import Figure

RUNS = 3
#: Parsl's own answer is its heartbeat threshold (HighThroughputExecutor's default): 120 s at worst.
STOCK_SECONDS = 120.0


def slow_once(folder: str) -> int:
    """Waits for ever the first time it runs, and says each time where and when it began."""
    import os
    import time

    with open(f"{folder}/began", "a") as began:
        began.write(f"{os.getpid()} {time.time()}\n")
    with open(f"{folder}/began") as began:
        times = len(began.readlines())
    while times == 1:
        time.sleep(60)
    return times


def nap() -> None:
    """Long enough that two of them run on two pilots."""
    import time

    time.sleep(0.2)


def wait_for(what: str, there: Callable[[], bool], seconds: float = 60) -> None:
    """Returns once it is there. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not there():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)


def whole_pilot(worker: int) -> list[psutil.Process]:
    """All processes of the pilot that a worker belongs to, the outermost first."""
    top = psutil.Process(worker)
    for parent in top.parents():
        words = parent.cmdline()
        if any(Path(word).name == "bridge.js" for word in words):
            break
        if any(Path(word).name == "pilot.sh" or word.endswith(".pyz") for word in words):
            top = parent
    return [top, *top.children(recursive=True)]


def killed() -> float:
    """Seconds from the death of a pilot to its task's start on another."""
    app = parsl.python_app(slow_once)
    with tempfile.TemporaryDirectory() as folder:
        began = Path(folder) / "began"
        future = app(folder)
        wait_for("the task's start", lambda: began.exists() and " " in began.read_text())
        victims = whole_pilot(int(began.read_text().split()[0]))
        at = time.time()
        for victim in victims:
            os.kill(victim.pid, signal.SIGKILL)
        future.result(timeout=60)
        return float(began.read_text().splitlines()[1].split()[1]) - at


def figures() -> Iterator[Figure]:
    """A pool of two pilots with one worker each."""
    taken: list[float] = []
    with pilothouse.load("pair", blocks=2):
        ready = parsl.python_app(nap)
        for _ in range(RUNS):
            for future in [ready() for _ in range(4)]:
                future.result()
            taken.append(killed())
    yield Figure(
        "killed pilot's task runs elsewhere after",
        statistics.median(taken),
        "s",
        1,
        "at most",
        peer_name=f"Parsl notices by its heartbeat, up to {STOCK_SECONDS:g} s",
    )
