"""Tasks per second and the round trip of one task, with the live view on and a view open."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterator
from typing import cast

from bench.engines import Measured
from bench.figure import Figure
from bench.processes import beside, last_json

#: Engine, tasks and round trips of one run, runs. What is slow runs less.
RUNS = {
    "pilothouse": (2000, 100, 3),
    "stock": (2000, 100, 3),
    "stock-quiet": (2000, 100, 3),
    "stock-hub": (600, 40, 2),
    "stock-hub-resources": (150, 10, 3),
}


def figures() -> Iterator[Figure]:
    """Runs of all engines interleaved; medians."""
    found: dict[str, list[Measured]] = {name: [] for name in RUNS}
    for turn in range(max(runs for _, _, runs in RUNS.values())):
        for name, (tasks, trips, runs) in RUNS.items():
            if turn >= runs:
                continue
            arguments = ("bench.engines", name, str(tasks), str(trips))
            if name == "pilothouse":
                with beside([sys.executable, "-m", "bench.viewer"]):
                    measured = last_json(*arguments)
            else:
                packages = os.environ.get("PILOTHOUSE_BENCH_HUB") if "hub" in name else None
                measured = last_json(*arguments, packages=packages)
            found[name].append(cast(Measured, measured))

    def rate(name: str) -> float:
        return statistics.median(each["tasks_per_second"] for each in found[name])

    def trip(name: str) -> float:
        return statistics.median(each["trip_ms"] for each in found[name])

    for peer, peer_name, goal in (
        ("stock", "Parsl, its defaults", 1.35),
        ("stock-quiet", "Parsl, initialize_logging=False", 1.1),
        ("stock-hub", "Parsl with MonitoringHub, no resource monitoring", 2.4),
        ("stock-hub-resources", "Parsl with MonitoringHub as it comes", 40),
    ):
        yield Figure(
            "throughput", rate("pilothouse"), "tasks/s", goal, "at least", rate(peer), peer_name
        )
    yield Figure(
        "median round trip",
        trip("pilothouse"),
        "ms",
        0.8,
        "at most",
        trip("stock"),
        "Parsl, its defaults",
    )
