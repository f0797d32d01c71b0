"""A pilot on a machine of its own, from which the interchange cannot be reached."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor

from testbed.networks.line import Line
from testbed.networks.networks import Networks
from tests.agent.home import until

from .conftest import Site, everything
from .work import Work


@pytest.fixture
def line(networks: Networks) -> Line:
    """From the pilot's machine to this one, and no other."""
    return networks.line(networks.machine("node"), networks.here)


@pytest.fixture
def far(root: Path, tmp_path: Path, executor: HighThroughputExecutor, line: Line) -> Iterator[Site]:
    """A pilot at the other end of a line."""
    with everything(root, tmp_path, executor, line) as site:
        yield site


def test_packets_that_vanish_for_ten_seconds(far: Site, line: Line, tmp_path: Path) -> None:
    far.start_pool()
    work = Work(far, tmp_path)
    until(lambda: work.done > 5, "some progress")
    with line.cut("lost"):
        time.sleep(10)  # the measure itself
        assert "nothing heard for 2 s" in far.pilot.output()
        assert "not open after 2 s: connecting" in far.pilot.output()
    work.check()


def test_connections_that_are_reset_ten_times(far: Site, line: Line, tmp_path: Path) -> None:
    far.start_pool()
    work = Work(far, tmp_path, 400)
    resets = 0
    for _ in range(10):
        until(partial(work.goes_on, work.done), "some progress")
        resets += line.reset()
        time.sleep(0.5)  # the measure itself: the pause between two resets
    work.check()
    assert resets > 5
