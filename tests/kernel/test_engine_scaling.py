"""Following the bridge's target; fifty rounds without a trace."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from parsl import python_app

import pilothouse
from pilothouse.interchange import warm
from pilothouse.lending.executor import PilothouseExecutor
from pilothouse.lending.leases import Lease, LeaseState
from pilothouse.lending.target import steps

from .engine_bridge import BridgeInTest
from .engine_waiting import wait_for


def held(*states: str) -> list[Lease]:
    """Leases of these states, oldest first, each with a pool start of its own name."""
    return [
        Lease(f"l{number}", [], str(number), LeaseState(state), f"s{number}")
        for number, state in enumerate(states)
    ]


@pytest.mark.parametrize(
    ("states", "target", "tasks", "more", "end", "hold"),
    [
        ([], 3, {}, 3, [], []),
        (["registered"], 1, {}, 0, [], []),
        (["registered", "asked"], 1, {}, 0, ["l1"], []),
        (["asked", "asked"], 1, {}, 0, ["l1"], []),
        (["asked", "starting", "registered"], 1, {"s2": 0}, 0, ["l0", "l1"], []),
        (["registered", "registered"], 1, {"s0": 0, "s1": 2}, 0, [], ["l0"]),
        (["registered", "registered"], 1, {"s0": 2, "s1": 2}, 0, [], ["l1"]),
        (["registered", "starting"], 0, {"s0": 1}, 0, ["l1"], ["l0"]),
    ],
)
def test_the_cheapest_leases_go_first(
    states: list[str],
    target: int,
    tasks: dict[str, int],
    more: int,
    end: list[str],
    hold: list[str],
) -> None:
    found = steps(held(*states), target, tasks)
    assert found.more == more
    assert [lease.lease for lease in found.end] == end
    assert [lease.lease for lease in found.hold] == hold


def test_scaling_out_is_one_message_and_in_spares_what_is_busy(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    bridge_in_test.workers = 1
    dfk = pilothouse.load("local", blocks=3)
    executor = dfk.executors["local"]
    assert isinstance(executor, PilothouseExecutor)
    wait_for("three pools", lambda: len(bridge_in_test.said("leases.registered")) == 3)
    assert len(bridge_in_test.said("leases.ask")) == 1

    @python_app
    def until(mark: str, place: str) -> str:
        import os
        import time
        from pathlib import Path

        name = os.environ["PILOTHOUSE_PILOT"]
        Path(place).write_text(name)
        while not Path(mark).exists():
            time.sleep(0.01)
        return name

    future = until(str(tmp_path / "go"), str(tmp_path / "where"))
    wait_for("the task to run", lambda: (tmp_path / "where").exists())
    bridge_in_test.tell_target(executor.executor_id, 0, urgent=True)
    wait_for("the idle two to be given back", lambda: len(bridge_in_test.pools) == 1)
    assert not future.done()
    (tmp_path / "go").touch()
    assert future.result(timeout=30) == (tmp_path / "where").read_text()
    wait_for("the busy one to be given back", lambda: not bridge_in_test.pools)
    wait_for("nothing at the interchange", lambda: not executor.managers())
    bridge_in_test.tell_target(executor.executor_id, 1)
    wait_for("a pool again", lambda: len(executor.managers()) == 1)
    # Parsl looks each five seconds; an ended block is said once.
    executor.status()
    assert len(executor.status()) == 1
    assert len(executor.blocks_to_job_id) == 1


def test_automatic_scaling_follows_the_load(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", auto=(0, 2))
    assert not bridge_in_test.pools

    @python_app
    def one() -> int:
        return 1

    assert sum(future.result(timeout=60) for future in [one() for _ in range(50)]) == 50
    loads = [said["unfinished"] for said in bridge_in_test.said("executors.load")]
    assert 50 >= max(number for number in loads if isinstance(number, int)) > 2
    wait_for("all given back", lambda: not bridge_in_test.pools)


def test_a_refused_registration_is_asked_for_again_with_patience(
    bridge_in_test: BridgeInTest,
) -> None:
    bridge_in_test.starts_pools = False
    dfk = pilothouse.load("local", blocks=1)
    executor = dfk.executors["local"]
    assert isinstance(executor, PilothouseExecutor)
    ended: set[str] = set()
    for _ in range(4):
        (lease,) = wait_for(
            "another ask", lambda: [one for one in executor.leases.all() if one.lease not in ended]
        )
        ended.add(lease.lease)
        bridge_in_test.tell_lease(lease.lease, "ended", "pool_exited", words="no module parsl")
    assert not executor.bad_state_is_set
    bridge_in_test.starts_pools = True
    wait_for("a pool at last", lambda: executor.managers())

    @python_app
    def one() -> int:
        return 1

    assert one().result(timeout=30) == 1


@pytest.mark.parametrize("helper", [True, False])
def test_fifty_rounds_leave_nothing_behind(bridge_in_test: BridgeInTest, helper: bool) -> None:
    if helper:
        warm.start()
    else:
        warm.stop()
    bridge_in_test.starts_pools = False
    here = psutil.Process()

    def held_open() -> tuple[int, int, int]:
        return here.num_fds(), here.num_threads(), len(here.children(recursive=True))

    for _ in range(3):
        pilothouse.load("local", blocks=1).cleanup()
    before = held_open()
    for _ in range(25):
        pilothouse.load("local", blocks=1).cleanup()

    def nothing_more() -> bool:
        # Less is no leak: what tests before this one have left may end meanwhile.
        return all(now <= then for now, then in zip(held_open(), before, strict=True))

    wait_for(f"no more than {before}", nothing_more, 10)
    runs = Path(os.environ["PILOTHOUSE_STATE_DIR"]) / "runs"
    assert len(list(runs.iterdir())) == 0
