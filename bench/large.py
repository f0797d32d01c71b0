"""One engine with large arguments, in a process of its own: `python -m bench.large VARIANT`.

Prints one line of JSON; see `Measured`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from typing import TypedDict

import parsl

from bench.engines import LOADS

THERE_AND_BACK_BYTES = 20_000_000
ARGUMENT_BYTES = 1_000_000
TRIPS = 5
#: Of stock Parsl, which is slow, fewer.
TASKS = {"pilothouse": 150, "tunnel": 100, "stock": 30}
WARM_UP_TASKS = 4


class Measured(TypedDict):
    """What one engine did."""

    #: Median of one argument there and back.
    trip_seconds: float
    #: Tasks, each with an argument of its own.
    tasks_per_second: float
    #: All with the same one.
    same_per_second: float


def back(content: bytes) -> bytes:
    """The task that brings back what it was given."""
    return content


def size(content: bytes) -> int:
    """The task that only takes."""
    return len(content)


def measure(variant: str) -> Measured:
    """Loads, warms up, then takes the figures; cleans up."""
    returns, takes = parsl.python_app(back), parsl.python_app(size)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        LOADS[variant](folder)
        for future in [returns(os.urandom(100_000)) for _ in range(WARM_UP_TASKS)]:
            future.result()
        taken = []
        for _ in range(TRIPS):
            content = os.urandom(THERE_AND_BACK_BYTES)
            began = time.perf_counter()
            found = returns(content).result()
            taken.append(time.perf_counter() - began)
            if found != content:
                raise RuntimeError("what came back is something else")
        each = [os.urandom(ARGUMENT_BYTES) for _ in range(TASKS[variant])]
        rates = []
        for contents in (each, each[:1] * len(each)):
            began = time.perf_counter()
            for future in [takes(content) for content in contents]:
                future.result()
            rates.append(len(contents) / (time.perf_counter() - began))
        parsl.dfk().cleanup()
    return {
        "trip_seconds": statistics.median(taken),
        "tasks_per_second": rates[0],
        "same_per_second": rates[1],
    }


if __name__ == "__main__":
    (name,) = sys.argv[1:]
    print(json.dumps(measure(name)))
