"""One engine with tasks that wait: `python -m bench.paced VARIANT`.

No-op tasks through a tunnel keep all cores of this machine busy, since kernel, bridge, agent and
workers are all on it. Tasks of 10 ms on few workers leave room: what the tunnel costs then it
costs where pilots are on machines of their own. Prints one line of JSON; see `Measured`.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TypedDict

import parsl
import psutil

import pilothouse

WORKERS = 4
TASK_SECONDS = 0.01
TASKS = 2000
WARM_UP_TASKS = 40
PROFILES = {"pilothouse": "four", "tunnel": "far-four"}


class Measured(TypedDict):
    """What one engine did."""

    tasks_per_second: float
    #: Of all cores, by everything that ran.
    busy: float


def wait(seconds: float) -> None:
    """The task; what it needs it imports on the worker."""
    from time import sleep

    sleep(seconds)


def measure(variant: str) -> Measured:
    """Loads, warms up, then measures; cleans up."""
    app = parsl.python_app(wait)
    pilothouse.load(PROFILES[variant], blocks=1)
    for future in [app(TASK_SECONDS) for _ in range(WARM_UP_TASKS)]:
        future.result()
    psutil.cpu_percent()
    began = time.perf_counter()
    for future in [app(TASK_SECONDS) for _ in range(TASKS)]:
        future.result()
    rate = TASKS / (time.perf_counter() - began)
    busy = psutil.cpu_percent() / 100
    parsl.dfk().cleanup()
    return {"tasks_per_second": rate, "busy": busy}


if __name__ == "__main__":
    (name,) = sys.argv[1:]
    print(json.dumps(measure(name)))
