"""A thousand tasks while the line to their pilots is cut for a minute, and while it is reset again
and again; beside Parsl on the same line.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

import parsl
from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.launchers import WrappedLauncher
from parsl.providers import LocalProvider

import pilothouse
from bench.figure import Figure
from bench.profiles import own_profiles
from testbed import debian, far_away
from testbed.networks.line import Line
from testbed.networks.networks import Networks

PLACE = "broken"
TASKS = 1000
PILOTS, WORKERS = 4, 2
CUT_SECONDS = 60.0
RESETS, BETWEEN_SECONDS = 10, 0.5
#: A task of which nothing is heard for so long while others have ended is lost.
PATIENCE_SECONDS = 75.0
FIRST_WITHIN_SECONDS = 1.0


def noted(folder: str, number: int) -> int:
    """Leaves a file for each time that it runs."""
    import os
    import tempfile
    import time

    descriptor, _ = tempfile.mkstemp(prefix=f"{number}-", dir=folder)
    os.close(descriptor)
    time.sleep(0.1)
    return number


class Outcome(NamedTuple):
    """What has become of the tasks."""

    #: Failed, or unheard of for `PATIENCE_SECONDS`.
    lost: int
    twice: int
    #: From the moment that the line was whole again to the next result.
    first_seconds: float
    whole_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.lost} lost, {self.twice} run twice, first result after "
            f"{self.first_seconds:.2f} s, all after {self.whole_seconds:.0f} s"
        )


def figures() -> Iterator[Figure]:
    """Each kind of break, ours and Parsl's own."""
    reason = debian.cannot_start()
    if reason is not None:
        print(f"breaks: not measured: {reason}", flush=True)
        return
    breaks: dict[str, Callable[[Line], None]] = {
        f"{CUT_SECONDS:g} s without a packet": _cut,
        f"{RESETS} resets {BETWEEN_SECONDS:g} s apart": _reset,
    }
    with Networks() as networks, tempfile.TemporaryDirectory(prefix="ph-breaks-") as place:
        line = networks.line(networks.machine("node"), networks.here)
        with own_profiles({PLACE: _profile(line, Path(place))}):
            for what, disturb in breaks.items():
                ours, stock = (
                    _tried(engine, line, partial(disturb, line)) for engine in (_ours, _stock)
                )
                yield from _of(what, ours, stock)


def _tried(
    engine: Callable[[Line, str], parsl.DataFlowKernel], line: Line, disturb: Callable[[], None]
) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ph-runs-", ignore_cleanup_errors=True) as folder:
        with engine(line, folder):
            outcome = _outcome(Path(folder), disturb)
        parsl.clear()
    return outcome


def _of(what: str, ours: Outcome, peer: Outcome) -> Iterator[Figure]:
    name = f"{what} during {TASKS:,} tasks"
    peer_name = f"Parsl, its defaults, without tunnel: {peer}"
    yield Figure(f"{name}: lost", ours.lost, "tasks", 0, "at most", peer_name=peer_name)
    yield Figure(f"{name}: run twice", ours.twice, "tasks", 0, "at most", peer_name="the same")
    yield Figure(
        f"{name}: first result after the line's return",
        ours.first_seconds,
        "s",
        FIRST_WITHIN_SECONDS,
        "at most",
        peer_name=f"the same; all of ours after {ours.whole_seconds:.0f} s",
    )


def _cut(line: Line) -> None:
    with line.cut("lost"):
        time.sleep(CUT_SECONDS)


def _reset(line: Line) -> None:
    for number in range(RESETS):
        if number:
            time.sleep(BETWEEN_SECONDS)
        if line.reset() == 0 and number == 0:
            raise RuntimeError("nothing goes by the line")


def _profile(line: Line, folder: Path) -> dict[str, object]:
    """Pilots on the line's first machine, which is a network with the same files."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {_there(line)} {sys.executable} "$@"\n')
    python.chmod(0o755)
    profile = far_away.profile(WORKERS, PILOTS, listenAddress=line.address)
    environment = cast("dict[str, object]", profile["environment"])
    return {**profile, "environment": {**environment, "python": str(python)}}


def _ours(_line: Line, _folder: str) -> parsl.DataFlowKernel:
    return pilothouse.load(PLACE, blocks=PILOTS)


def _stock(line: Line, folder: str) -> parsl.DataFlowKernel:
    executor = HighThroughputExecutor(
        label="stock",
        address=line.address,
        max_workers_per_node=WORKERS,
        provider=LocalProvider(
            init_blocks=PILOTS, max_blocks=PILOTS, launcher=WrappedLauncher(_there(line))
        ),
    )
    return parsl.load(Config(executors=[executor], run_dir=f"{folder}/runinfo"))


def _there(line: Line) -> str:
    return " ".join(line.first.command([]))


def _outcome(folder: Path, disturb: Callable[[], None]) -> Outcome:
    runs = folder / "runs"
    runs.mkdir()
    app = parsl.python_app(noted)
    warm = Path(tempfile.mkdtemp(dir=folder))
    for future in [app(str(warm), number) for number in range(PILOTS * WORKERS * 4)]:
        future.result(timeout=120)
    ended: list[float] = []
    guard = threading.Lock()

    def note(_: Future[int]) -> None:
        with guard:
            ended.append(time.monotonic())

    began = time.monotonic()
    futures = [app(str(runs), number) for number in range(TASKS)]
    for future in futures:
        future.add_done_callback(note)
    _wait_until(lambda: len(ended) >= TASKS // 10, ended)
    disturb()
    back = time.monotonic()
    _wait_until(lambda: len(ended) == TASKS, ended)
    ran = [int(file.name.partition("-")[0]) for file in runs.iterdir()]
    return Outcome(
        lost=sum(not future.done() or future.exception() is not None for future in futures),
        twice=len(ran) - len(set(ran)),
        first_seconds=min((at for at in ended if at > back), default=back + PATIENCE_SECONDS)
        - back,
        whole_seconds=max(ended) - began,
    )


def _wait_until(there: Callable[[], bool], ended: list[float]) -> None:
    """Returns once it is there, or nothing has ended for long."""
    began = time.monotonic()
    while not there() and time.monotonic() - max([began, *ended[-1:]]) < PATIENCE_SECONDS:
        time.sleep(0.05)
