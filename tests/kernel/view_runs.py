"""Real Parsl runs for the tests of the live view, with a sink that keeps what it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from parsl.config import Config
from parsl.dataflow.dflow import DataFlowKernel
from parsl.executors.threads import ThreadPoolExecutor

from pilothouse.live.events import Event
from pilothouse.live.reports import TaskReport, TaskUpdate

LIMIT_SECONDS = 30.0


class Kept:
    """A sink that only keeps events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, event: Event) -> None:
        self.events.append(event)


class Bridge:
    """The far end of a reporter: folds reports as the bridge does, and can be away."""

    def __init__(self) -> None:
        self.reports: list[TaskReport] = []
        self.away = False
        self.cells: dict[int, dict[str, object] | None] = {}

    def notify(self, method: str, params: dict[str, object]) -> None:
        assert method == "tasks.report"
        if self.away:
            raise ConnectionError("the bridge is away")
        self.reports.append(cast(TaskReport, params))

    def tasks(self) -> dict[int, TaskUpdate]:
        """Every task as all reports together say."""
        folded: dict[int, TaskUpdate] = {}
        for report in self.reports:
            for update in report["tasks"]:
                if "cell" in update:
                    at = update["cell"]
                    self.cells[update["task"]] = None if at is None else report["cells"][at]
                folded.setdefault(update["task"], {}).update(update)
        return folded


@contextmanager
def run(folder: Path, retries: int = 0) -> Iterator[DataFlowKernel]:
    """A DataFlowKernel with two threads, cleaned up at the end."""
    config = Config(
        executors=[ThreadPoolExecutor(label="threads", max_threads=2)],
        run_dir=str(folder / "runs"),
        initialize_logging=False,
        strategy="none",
        retries=retries,
    )
    dfk = DataFlowKernel(config)
    try:
        yield dfk
    finally:
        dfk.cleanup()


def until(holds: Callable[[], object], what: str) -> None:
    """Waits for a state, for at most `LIMIT_SECONDS`."""
    end = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < end, f"not within {LIMIT_SECONDS} s: {what}"
        time.sleep(0.01)
