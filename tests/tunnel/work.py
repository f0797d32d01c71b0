"""Tasks that leave a trace of each run."""

from __future__ import annotations

import random
from concurrent.futures import Future
from pathlib import Path

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
