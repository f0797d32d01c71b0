"""Tasks through agent and tunnel, against the same pilots without, and against stock HTEX."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Literal, cast

from bench.engines import Measured
from bench.figure import Figure
from bench.processes import last_json

RUNS = 3
TASKS = 2000
TRIPS = 200
ENGINES = ("pilothouse", "tunnel", "stock")


def figures() -> Iterator[Figure]:
    """Runs of all three interleaved; medians."""
    found: dict[str, list[Measured]] = {name: [] for name in ENGINES}
    for _ in range(RUNS):
        for name in ENGINES:
            measured = last_json("bench.engines", name, str(TASKS), str(TRIPS))
            found[name].append(cast(Measured, measured))

    def median(name: str, what: Literal["tasks_per_second", "trip_ms"]) -> float:
        return statistics.median(each[what] for each in found[name])

    rate, trip = median("tunnel", "tasks_per_second"), median("tunnel", "trip_ms")
    for peer, peer_name, goal in (
        ("pilothouse", "Pilothouse without tunnel", 0.95),
        ("stock", "Parsl, its defaults, without tunnel", None),
    ):
        peers = median(peer, "tasks_per_second")
        yield Figure("throughput by tunnel", rate, "tasks/s", goal, "at least", peers, peer_name)
    yield Figure(
        "median round trip by tunnel",
        trip,
        "ms",
        1.1,
        "at most",
        median("stock", "trip_ms"),
        "Parsl, its defaults, without tunnel",
    )
