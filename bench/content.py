"""Large arguments and results, which Pilothouse carries beside HTEX, beside Parsl's own way."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import cast

from bench.figure import Figure
from bench.large import ARGUMENT_BYTES, THERE_AND_BACK_BYTES, Measured
from bench.processes import last_json

RUNS = 2
TRIP_GOAL = 0.15
RATE_GOAL = 10
PEER = "Parsl, its defaults"
WHERE = {"pilothouse": "on this machine", "tunnel": "through a tunnel"}


def figures() -> Iterator[Figure]:
    """Runs of all interleaved; medians."""
    found: dict[str, list[Measured]] = {name: [] for name in ("stock", *WHERE)}
    for _ in range(RUNS):
        for name, measured in found.items():
            measured.append(cast(Measured, last_json("bench.large", name)))

    def trip(name: str) -> float:
        return statistics.median(each["trip_seconds"] for each in found[name])

    def rate(name: str) -> float:
        return statistics.median(each["tasks_per_second"] for each in found[name])

    def same(name: str) -> float:
        return statistics.median(each["same_per_second"] for each in found[name])

    megabytes, megabyte = THERE_AND_BACK_BYTES // 1_000_000, ARGUMENT_BYTES // 1_000_000
    for name, where in WHERE.items():
        yield Figure(
            f"{megabytes} MB there and back, {where}",
            trip(name), "s", TRIP_GOAL, "at most", trip("stock"), PEER,
        )  # fmt: skip
        yield Figure(
            f"tasks with {megabyte} MB each, {where}",
            rate(name), "tasks/s", RATE_GOAL, "at least", rate("stock"), PEER,
        )  # fmt: skip
        yield Figure(
            f"tasks with the same {megabyte} MB, {where}",
            same(name), "tasks/s", RATE_GOAL, "at least", same("stock"), PEER,
        )  # fmt: skip
