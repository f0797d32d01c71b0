"""One engine, measured in a process of its own: `python -m bench.engines VARIANT TASKS TRIPS`.

Prints one line of JSON: seconds from load to first result, tasks per second, median milliseconds of
one round trip. All variants have two workers.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TypedDict

import parsl
from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.monitoring.monitoring import MonitoringHub
from parsl.providers import LocalProvider

import pilothouse

WARM_UP_TASKS = 40


class Measured(TypedDict):
    """What one engine did."""

    load_seconds: float
    tasks_per_second: float
    trip_ms: float


def no_op() -> None:
    """The task that every figure is about."""


def stock(
    folder: str,
    *,
    workers: int = 2,
    logging: bool = True,
    hub: MonitoringHub | None = None,
    strategy_period: float = 5,
) -> Config:
    """Parsl on this machine with its defaults, but for what is named."""
    return Config(
        executors=[
            HighThroughputExecutor(
                label="stock",
                address="127.0.0.1",
                max_workers_per_node=workers,
                provider=LocalProvider(init_blocks=1, max_blocks=1),
            )
        ],
        initialize_logging=logging,
        monitoring=hub,
        strategy_period=strategy_period,
        run_dir=folder,
    )


def with_hub(folder: str, resources: bool) -> Config:
    """Parsl with its own monitoring; `resources` is its default."""
    hub = MonitoringHub(
        resource_monitoring_enabled=resources, logging_endpoint=f"sqlite:///{folder}/monitoring.db"
    )
    return stock(folder, hub=hub)


LOADS: dict[str, Callable[[str], object]] = {
    "pilothouse": lambda folder: pilothouse.load("two", blocks=1),
    "tunnel": lambda folder: pilothouse.load("far", blocks=1),
    "stock": lambda folder: parsl.load(stock(folder)),
    "stock-quiet": lambda folder: parsl.load(stock(folder, logging=False)),
    "stock-hub": lambda folder: parsl.load(with_hub(folder, resources=False)),
    "stock-hub-resources": lambda folder: parsl.load(with_hub(folder, resources=True)),
}


def measure(variant: str, tasks: int, trips: int) -> Measured:
    """Loads, warms up, then takes both figures; cleans up."""
    app = parsl.python_app(no_op)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        began = time.perf_counter()
        LOADS[variant](folder)
        app().result()
        load_seconds = time.perf_counter() - began
        for future in [app() for _ in range(min(tasks, WARM_UP_TASKS))]:
            future.result()
        began = time.perf_counter()
        for future in [app() for _ in range(tasks)]:
            future.result()
        tasks_per_second = tasks / (time.perf_counter() - began)
        taken = []
        for _ in range(trips):
            began = time.perf_counter()
            app().result()
            taken.append(time.perf_counter() - began)
        parsl.dfk().cleanup()
    return {
        "load_seconds": load_seconds,
        "tasks_per_second": tasks_per_second,
        "trip_ms": statistics.median(taken) * 1000,
    }


if __name__ == "__main__":
    name, tasks, trips = sys.argv[1:]
    print(json.dumps(measure(name, int(tasks), int(trips))))
