"""Tasks through a tunnel while what lies between is cut: none is lost, none runs twice."""

from __future__ import annotations

import random
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from pilothouse.lending.retries import PilotLost
from tests.agent.home import until
from tests.agent.interchange import value

from .conftest import Site, start_home
from .work import SECONDS, Work


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


def test_a_way_that_is_gone_for_ten_seconds(site: Site, tmp_path: Path) -> None:
    site.start_pool()
    work = Work(site, tmp_path)
    until(lambda: work.done > 5, "some progress")
    ways = site.bridge.ways
    site.bridge.do(site.bridge.way.goes.clear)
    time.sleep(10)  # the measure itself
    site.bridge.do(site.bridge.way.goes.set)
    until(lambda: site.bridge.ways > ways, "a new way")
    work.check()


def test_a_bridge_that_is_killed_and_comes_back(site: Site, tmp_path: Path) -> None:
    start = site.start_pool()
    work = Work(site, tmp_path)
    for _ in range(3):
        until(partial(work.goes_on, work.done), "some progress")
        site.bridge.stop()
        site.bridge.start()
    work.check()
    assert site.bridge.openings[-1]["tunnels"] == [site.starts[start]]


def test_a_home_that_is_stopped_for_a_while(site: Site, tmp_path: Path) -> None:
    site.start_pool()
    work = Work(site, tmp_path, size=100_000)
    for cut in (False, True):
        until(partial(work.goes_on, work.done), "some progress")
        site.home.send_signal(signal.SIGSTOP)
        if cut:
            site.bridge.cut_home()
        time.sleep(2)  # the measure itself
        site.home.send_signal(signal.SIGCONT)
    work.check()


def test_a_tunnel_that_is_over_ends_its_pool(site: Site, tmp_path: Path) -> None:
    start = site.start_pool()
    future = site.submit(time.sleep, 600)
    until(lambda: site.executor.connected_managers()[0]["tasks"] == 1, "a task that runs")
    site.bridge.end_tunnel(site.starts[start])
    end = site.ended(start)
    assert "its way to the kernel is gone" in str(end["words"])
    assert not future.done()
    site.bury(start)
    with pytest.raises(PilotLost, match="the test says so"):
        future.result(SECONDS)
    site.start_pool()
    assert value(site.submit(len, "four").result(SECONDS)) == 4


def test_a_home_that_died_ends_the_pools_it_had(site: Site, tmp_path: Path) -> None:
    start = site.start_pool()
    assert value(site.submit(len, "four").result(SECONDS)) == 4
    site.home.kill()
    site.home.wait()
    assert site.executor.worker_port is not None
    site.home = start_home(site.folder, site.executor.worker_port)
    words = str(site.ended(start)["words"])
    # Whichever end sees it first: the agent, once it was told that the old one had taken bytes, or
    # the new home, which is told of bytes that it never wrote.
    assert "it is another one" in words or "it belongs to another one" in site.home_log()
    site.bury(start)
    site.start_pool()
    assert value(site.submit(len, "four").result(SECONDS)) == 4


def test_what_a_pool_said_last_arrives(site: Site, tmp_path: Path) -> None:
    """A pilot that is told to end lets its pool close; the interchange sees the streams' end."""
    start = site.start_pool()
    assert value(site.submit(len, "four").result(SECONDS)) == 4
    site.bridge.tell("pool.stop", {"lease": "lease-1"})
    assert site.ended(start)["words"] == ""
    port = site.executor.worker_port
    until(lambda: connections_to(port) == 0, "the end of the home's connections")


def connections_to(port: int | None) -> int:
    """Established connections of this machine to a port of its loopback."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    remote = f"0100007F:{port:04X}"
    return sum(line.split()[2] == remote and line.split()[3] == "01" for line in lines)
