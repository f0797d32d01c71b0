"""Pilots die, and the bridge is away: what becomes of tasks."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from parsl import python_app
from parsl.dataflow.states import States
from parsl.executors.errors import BadStateException

import pilothouse
from pilothouse.errors import PilothouseError

from .engine_bridge import BridgeInTest
from .engine_executor import executor_of
from .engine_waiting import wait_for


def wait_for_marks(folder: Path, count: int) -> None:
    """Each pilot on which the task has begun leaves one."""
    wait_for(f"the task on {count} pilots", lambda: len(os.listdir(folder)) >= count)


def test_a_lost_pilots_task_runs_elsewhere_and_is_not_charged(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def slow(marks: str) -> str:
        import os
        import time
        from pathlib import Path

        mark = Path(marks) / os.environ["PARSL_WORKER_POOL_ID"]
        mark.touch()
        while len(list(Path(marks).iterdir())) < 4:
            time.sleep(0.01)
        return mark.name

    future = slow(str(tmp_path))
    lost = []
    for number in range(3):
        wait_for_marks(tmp_path, number + 1)
        (start,) = bridge_in_test.pools
        lost.append(start)
        bridge_in_test.lose(start, "evicted by the test")
    assert future.result(timeout=60) not in lost
    starts = {manager.start for manager in executor_of(dfk).managers()}
    assert not starts & set(lost)
    assert [task["tries"] for task in bridge_in_test.reported() if "tries" in task][-1] == 4


def test_a_task_that_loses_its_pilots_again_and_again_is_given_up(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    pilothouse.load("local", blocks=1)

    @python_app
    def deadly(marks: str) -> None:
        import os
        import time
        from pathlib import Path

        (Path(marks) / os.environ["PARSL_WORKER_POOL_ID"]).touch()
        time.sleep(600)

    future = deadly(str(tmp_path))
    for number in range(4):
        wait_for_marks(tmp_path, number + 1)
        (start,) = bridge_in_test.pools
        bridge_in_test.lose(start, f"out of memory, time {number + 1}")
    with pytest.raises(PilothouseError, match="4 pilots were lost") as raised:
        future.result(timeout=30)
    assert "out of memory, time 4" in str(raised.value)


def test_burial_waits_for_nothing_from_a_dead_pool(
    bridge_in_test: BridgeInTest, tmp_path: Path
) -> None:
    """The bridge's word overtakes the end of the connection: the interchange still has it."""
    pilothouse.load("local", blocks=1)

    @python_app
    def first_sleeps(mark: str) -> bool:
        import time
        from pathlib import Path

        if Path(mark).exists():
            return True
        Path(mark).touch()
        time.sleep(600)
        return False

    future = first_sleeps(str(tmp_path / "mark"))
    wait_for("the task to run", (tmp_path / "mark").exists)
    (pool,) = bridge_in_test.pools.values()
    os.killpg(pool.process.pid, signal.SIGSTOP)
    bridge_in_test.tell_lease(pool.lease, "ended", "pilot_gone", pool.start, [pool.start])
    assert future.result(timeout=60)
    bridge_in_test.pools.pop(pool.start).kill()


def test_a_result_that_comes_after_the_failure_is_dropped(bridge_in_test: BridgeInTest) -> None:
    """HTEX's result thread may have it in hand when all futures are failed."""
    bridge_in_test.starts_pools = False
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def one() -> int:
        return 1

    future = one()
    tasks = executor_of(dfk).tasks
    wait_for("HTEX to have the task", lambda: dfk.tasks[0]["status"] is States.launched)
    (of_htex,) = tasks.values()
    executor_of(dfk).set_bad_state_and_fail_all(RuntimeError("over"))
    of_htex.set_result(1)
    with pytest.raises(BadStateException, match="over"):
        future.result(timeout=10)


def test_tasks_go_on_while_the_bridge_is_away(bridge_in_test: BridgeInTest) -> None:
    pilothouse.load("local", blocks=1)

    @python_app
    def double(number: int) -> int:
        return 2 * number

    assert double(1).result(timeout=60) == 2
    (registered,) = bridge_in_test.said("leases.registered")
    bridge_in_test.is_there = False
    bridge_in_test.restart()
    assert [double(number).result(timeout=60) for number in range(5)] == [0, 2, 4, 6, 8]
    bridge_in_test.told.clear()
    bridge_in_test.is_there = True
    (opened,) = wait_for("the executor again", lambda: bridge_in_test.said("executors.open"))
    leases = opened["leases"]
    assert isinstance(leases, list)
    assert [lease["lease"] for lease in leases] == [registered["lease"]]
    wait_for("the registration", lambda: bridge_in_test.said("leases.registered") == [registered])
    wait_for(
        "all five to be told",
        lambda: {1, 2, 3, 4, 5} <= {task["task"] for task in bridge_in_test.reported()},
    )
    assert not bridge_in_test.said("leases.ask")


def test_rest_outlives_bridges(bridge_in_test: BridgeInTest) -> None:
    began = time.monotonic()
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def one() -> int:
        return 1

    assert one().result(timeout=60) == 1

    def load() -> list[object]:
        return [said["unfinished"] for said in bridge_in_test.said("executors.load")]

    def idle_at_a_new_bridge() -> float:
        wait_for("no task to be told", lambda: load()[-1:] == [0])
        bridge_in_test.told.clear()
        bridge_in_test.restart()
        (opened,) = wait_for("the executor again", lambda: bridge_in_test.said("executors.open"))
        assert isinstance(opened["idleSeconds"], float)
        return opened["idleSeconds"]

    idle = idle_at_a_new_bridge()
    assert 0 < idle < time.monotonic() - began
    assert idle_at_a_new_bridge() > idle
    assert one().result(timeout=60) == 1
    asked = time.monotonic()
    executor_of(dfk).ask_for(executor_of(dfk).ask)
    assert idle_at_a_new_bridge() < time.monotonic() - asked
