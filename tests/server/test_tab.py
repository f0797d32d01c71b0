"""A tab's queue: a snapshot first, each change once, and a bound for a slow browser."""

from __future__ import annotations

import asyncio

from pilothouse.server.tab import Tab


class Wants:
    """Counts how often a snapshot was asked for."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


async def _take(tab: Tab, number: int) -> list[str]:
    return [await asyncio.wait_for(tab.next(), 30) for _ in range(number)]


def test_changes_around_a_snapshot_are_neither_lost_nor_doubled() -> None:
    async def story() -> None:
        tab = Tab(Wants())
        tab.delta(1, "before anybody asked")
        tab.begin()
        tab.delta(2, "in the snapshot")
        tab.delta(3, "three")
        tab.start(2, "snapshot 2")
        tab.delta(4, "four")
        assert await _take(tab, 3) == ["snapshot 2", "three", "four"]

    asyncio.run(story())


def test_a_slow_browser_gets_a_fresh_snapshot_once_it_reads_again() -> None:
    async def story() -> None:
        wants = Wants()
        tab = Tab(wants, backlog_chars=100)
        tab.begin()
        tab.start(0, "snapshot 0")
        for seq in range(1, 1000):
            tab.delta(seq, "x" * 30)
        # It does not read: nothing is asked of the bridge for it.
        assert wants.count == 0
        reading = asyncio.create_task(tab.next())
        await asyncio.sleep(0)
        assert wants.count == 1
        assert tab.wants
        tab.begin()
        tab.start(999, "snapshot 999")
        assert await reading == "snapshot 999"
        tab.delta(1000, "next")
        assert await _take(tab, 1) == ["next"]

    asyncio.run(story())


def test_a_snapshot_larger_than_the_bound_still_passes() -> None:
    async def story() -> None:
        tab = Tab(Wants(), backlog_chars=10)
        tab.begin()
        tab.start(0, "x" * 100)
        assert await _take(tab, 1) == ["x" * 100]
        tab.delta(1, "y" * 100)
        assert await _take(tab, 1) == ["y" * 100]

    asyncio.run(story())


def test_offline_replaces_all_that_waited() -> None:
    async def story() -> None:
        tab = Tab(Wants())
        tab.begin()
        tab.start(0, "snapshot 0")
        tab.delta(1, "one")
        tab.offline("offline")
        tab.delta(2, "of nobody")
        assert await _take(tab, 1) == ["offline"]
        assert tab.wants
        tab.begin()
        tab.offline("offline again")
        tab.start(5, "of the bridge that has gone")
        tab.begin()
        tab.start(1, "snapshot of the next")
        assert await _take(tab, 2) == ["offline again", "snapshot of the next"]

    asyncio.run(story())
