"""From a task's change of state to the pixel in its cell's strip, in Chromium."""

from __future__ import annotations

import json
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict, cast

from bench.figure import Figure
from bench.processes import NODE, ROOT, said


class Seen(TypedDict):
    """What ui-tests/bench/strip.spec.ts writes; all times in milliseconds since the epoch."""

    #: When each task's future was done in the kernel.
    done: list[float]
    #: Frames on which the strip's number of finished tasks was first painted.
    painted: list[tuple[float, int]]
    #: Tasks per second as they were really done.
    rate: float


def delays(seen: Seen) -> list[float]:
    """For each task, how long it took until a painted strip counted it."""
    counts = [count for _, count in seen["painted"]]
    result = []
    for finished, at in enumerate(sorted(seen["done"]), start=1):
        frame = bisect_left(counts, finished)
        if frame == len(counts):
            raise RuntimeError(f"the strip never showed {finished} finished tasks")
        result.append(seen["painted"][frame][0] - at)
    return result


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of all values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures() -> Iterator[Figure]:
    """500 tasks a second for some seconds in one cell."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "strip.json"
        said(
            [
                str(NODE),
                "node_modules/playwright/cli.js",
                "test",
                "--config=playwright.bench.config.js",
            ],
            name="playwright",
            folder=ROOT / "ui-tests",
            environment={"PILOTHOUSE_STRIP_REPORT": str(report)},
            seconds=240,
        )
        seen = cast(Seen, json.loads(report.read_text()))
    found = delays(seen)
    yield Figure(
        f"state change to strip, p95 at {seen['rate']:.0f} tasks/s",
        percentile(found, 0.95),
        "ms",
        150,
        "at most",
        peer_name=f"none; median {percentile(found, 0.5):.0f} ms of {len(found)} tasks",
    )
