"""`load` of a place that nobody is logged in to."""

from __future__ import annotations

import warnings
from typing import cast

import pytest
from parsl import python_app

import pilothouse

from .connections import connection
from .engine_bridge import BridgeInTest
from .engine_waiting import wait_for


def test_load_says_at_once_that_pilots_wait_and_goes_on_when_they_come(
    bridge_in_test: BridgeInTest,
) -> None:
    bridge_in_test.hosts = [connection("away", "local")]
    bridge_in_test.starts_pools = False
    with pytest.warns(UserWarning, match="ap40: not logged in.*`pilothouse login local`") as told:
        pilothouse.load("local", blocks=1)
    assert [each.filename for each in told] == [__file__]

    @python_app
    def one() -> int:
        return 1

    future = one()
    bridge_in_test.hosts = [connection("connected", "local")]
    (asked,) = wait_for("the ask", lambda: bridge_in_test.said("leases.ask"))
    (lease,) = cast("list[dict[str, str]]", asked["leases"])
    bridge_in_test.start_pool(str(asked["executor"]), lease["lease"])
    assert future.result(timeout=60) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pilothouse.load("local", blocks=1)


def test_load_again_needs_no_bridge(bridge_in_test: BridgeInTest) -> None:
    dfk = pilothouse.load("local", blocks=1)
    bridge_in_test.is_there = False
    bridge_in_test.connections[-1].cut("by the test")
    assert pilothouse.load("local", blocks=1) is dfk
    bridge_in_test.is_there = True


def test_load_again_says_it_again(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", blocks=1)
    bridge_in_test.hosts = [connection("lost", "local"), connection("away", "other")]
    with pytest.warns(UserWarning, match="connection lost") as told:
        pilothouse.load("local", blocks=1)
    assert len(told) == 1
