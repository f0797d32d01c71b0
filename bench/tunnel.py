"""Tasks through agent and tunnel, against the same pilots without, and against stock HTEX.

No-op tasks need all cores of this machine either way, since kernel, bridge, agent and workers are
all on it: their ratio says how much more work a task is by tunnel, and is no goal against the same
without. Stock HTEX is one. The goal of 0.95 is of tasks that wait for 10 ms on four workers, which
leave room: so it is where pilots have machines of their own.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Literal, cast

from bench import paced
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
        ("pilothouse", "Pilothouse without tunnel, both need all cores of this machine", None),
        ("stock", "Parsl, its defaults, without tunnel", 1.0),
    ):
        peers = median(peer, "tasks_per_second")
        name = "no-op tasks by tunnel"
        yield Figure(name, rate, "tasks/s", goal, "at least", peers, peer_name)
    yield _paced()
    yield Figure(
        "median round trip by tunnel",
        trip,
        "ms",
        1.1,
        "at most",
        median("stock", "trip_ms"),
        "Parsl, its defaults, without tunnel",
    )


def _paced() -> Figure:
    found: dict[str, list[paced.Measured]] = {name: [] for name in paced.PROFILES}
    for _ in range(RUNS):
        for name, measured in found.items():
            measured.append(cast(paced.Measured, last_json("bench.paced", name)))

    def rate(name: str) -> float:
        return statistics.median(each["tasks_per_second"] for each in found[name])

    def busy(name: str) -> str:
        return f"{statistics.median(each['busy'] for each in found[name]):.0%}"

    milliseconds = paced.TASK_SECONDS * 1000
    return Figure(
        f"tasks of {milliseconds:g} ms on {paced.WORKERS} workers by tunnel, cores"
        f" {busy('tunnel')} busy",
        rate("tunnel"),
        "tasks/s",
        0.95,
        "at least",
        rate("pilothouse"),
        f"Pilothouse without tunnel, cores {busy('pilothouse')} busy",
    )
