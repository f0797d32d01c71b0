"""Pilots and pools that end while results are on a slow way home: these arrive first."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from pilothouse.agent.exits import Ending
from tests.agent.home import until
from tests.agent.interchange import value

from .conftest import Site

WORKERS = 4
SIZE = 700_000
"""Together more than a tunnel's window, so that some of it waits before the agent."""
BYTES_PER_SECOND = 1_000_000
SECONDS = 60


def large(folder: str, number: int, size: int) -> bytes:
    """Returns once it may."""
    import os
    import tempfile
    import time

    descriptor, _ = tempfile.mkstemp(prefix=f"{number}-", dir=folder)
    os.close(descriptor)
    while not os.path.exists(f"{folder}-may-end"):
        time.sleep(0.01)
    return bytes([number]) * size


class Results:
    """On their way: each worker has made one, not all are at home."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._runs = folder / "runs"
        self._runs.mkdir()
        self._site = site
        self.start = site.start_pool(WORKERS)
        site.bridge.way.bytes_per_second = BYTES_PER_SECOND
        self.futures: list[Future[object]] = [
            site.submit(large, str(self._runs), number, SIZE) for number in range(WORKERS)
        ]
        until(lambda: self._busy() == WORKERS, "all tasks to run")
        self._runs.with_name("runs-may-end").touch()
        until(lambda: self._busy() == 0, "all to have a result")
        assert not all(future.done() for future in self.futures)

    def _busy(self) -> int | None:
        """Workers that run a task, as the agent has said."""
        said = [each["running"] for each in self._site.bridge.running[-1:]]
        return len(said[0]) if said and isinstance(said[0], list) else None

    def check(self) -> None:
        """All have arrived, though their pool is gone, and each ran once."""
        self._site.ended(self.start)
        self._site.bury(self.start)
        for number, future in enumerate(self.futures):
            assert value(future.result(SECONDS)) == bytes([number]) * SIZE
        assert len(list(self._runs.iterdir())) == WORKERS


def told_to_end(site: Site) -> None:
    site.bridge.tell("pilot.end", {"reason": "finished"})


def ended_by_its_scheduler(site: Site) -> None:
    site.pilot.process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    ("end", "code"),
    [(told_to_end, Ending.FINISHED), (ended_by_its_scheduler, Ending.REMOVED)],
)
def test_the_last_results_of_a_pilot_arrive(
    site: Site, tmp_path: Path, end: Callable[[Site], None], code: Ending
) -> None:
    results = Results(site, tmp_path)
    end(site)
    assert site.pilot.ended() == code.code, site.pilot.output()
    results.check()


def test_results_of_a_pilot_that_ends_arrive_by_the_next_connection(
    site: Site, tmp_path: Path
) -> None:
    results = Results(site, tmp_path)
    told_to_end(site)
    until(lambda: "ending: finished" in site.pilot.output(), "the end to begin")
    site.bridge.do(site.bridge.way.reset)
    assert site.pilot.ended() == Ending.FINISHED.code, site.pilot.output()
    results.check()
