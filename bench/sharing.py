"""How soon an idle notebook's pilots serve another notebook that waits."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from typing import cast

import parsl

import pilothouse
from bench.figure import Figure
from bench.processes import beside, last_json

RUNS = 3


def clock() -> float:
    """When the task runs, by this machine's clock."""
    import time

    return time.time()


def holder() -> None:
    """A notebook that has run its tasks and keeps all pilots of the place."""
    app = parsl.python_app(clock)
    with pilothouse.load("pair", blocks=2):
        for future in [app() for _ in range(8)]:
            future.result()
        print("idle", flush=True)
        sys.stdin.read()


def waiter() -> None:
    """A notebook that comes second; prints the seconds from its first call to that task's start."""
    app = parsl.python_app(clock)
    with pilothouse.load("pair", blocks=1):
        began = time.time()
        started = app().result(timeout=60)
    print(json.dumps(started - began))


def figures() -> Iterator[Figure]:
    """Two pilots, both lent to a notebook without tasks."""
    taken = []
    for _ in range(RUNS):
        with beside([sys.executable, "-m", "bench.sharing", "holder"]):
            taken.append(cast(float, last_json("bench.sharing", "waiter")))
    yield Figure(
        "an idle notebook's pilot serves another after",
        statistics.median(taken),
        "s",
        1,
        "at most",
        peer_name="none, in Parsl each notebook waits for blocks of its own",
    )


if __name__ == "__main__":
    {"holder": holder, "waiter": waiter}[sys.argv[1]]()
