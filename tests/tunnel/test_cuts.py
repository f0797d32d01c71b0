"""Tasks through a tunnel while what lies between is cut: none is lost, none runs twice."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from tests.agent.home import until
from tests.agent.interchange import value

from .conftest import Site

TASKS = 200
SECONDS = 120


def once(folder: str, number: int, data: bytes) -> tuple[int, bytes]:
    """Leaves a file for each time that it runs."""
    import os
    import time

    descriptor, _ = __import__("tempfile").mkstemp(prefix=f"{number}-", dir=folder)
    os.close(descriptor)
    time.sleep(0.01)
    return number, data[::-1]


class Work:
    """Tasks that note each run."""

    def __init__(self, site: Site, folder: Path, tasks: int = TASKS, size: int = 20_000) -> None:
        self.folder = folder / "runs"
        self.folder.mkdir()
        self.data = random.Random(2).randbytes(size)
        self.futures: list[Future[object]] = [
            site.submit(once, str(self.folder), number, self.data) for number in range(tasks)
        ]

    @property
    def done(self) -> int:
        return sum(future.done() for future in self.futures)

    def goes_on(self, before: int) -> bool:
        """Whether more are done, or all."""
        return self.done > before or self.done == len(self.futures)

    def check(self) -> None:
        """All have a result, and ran once."""
        for number, future in enumerate(self.futures):
            assert value(future.result(SECONDS)) == (number, self.data[::-1])
        ran = sorted(int(file.name.partition("-")[0]) for file in self.folder.iterdir())
        assert ran == list(range(len(self.futures)))


def test_a_pool_works_through_its_tunnel(site: Site, tmp_path: Path) -> None:
    site.start_pool()
    Work(site, tmp_path).check()
    assert site.bridge.frames > 0


def test_cuts_at_any_byte(site: Site, tmp_path: Path) -> None:
    site.start_pool()
    chance = random.Random(3)
    site.bridge.doubles = 0.1
    site.bridge.way.cut_after = lambda: chance.randint(3_000, 400_000)
    site.bridge.do(site.bridge.way.reset)
    Work(site, tmp_path).check()
    assert site.bridge.way.cuts > 5


def test_ten_resets_half_a_second_apart(site: Site, tmp_path: Path) -> None:
    site.start_pool()
    work = Work(site, tmp_path, 400)
    for number in range(10):
        until(partial(work.goes_on, work.done), "some progress")
        site.bridge.do(site.bridge.way.reset)
        if number % 3 == 0:
            site.bridge.cut_home()
        time.sleep(0.5)  # the measure itself: the pause between two resets
    work.check()
    assert site.bridge.way.cuts >= 10
