"""What dies, and what a person sees of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from parsl import python_app
from parsl.dataflow.dflow import DataFlowKernel
from parsl.dataflow.states import States
from parsl.executors.errors import BadStateException
from parsl.executors.high_throughput.errors import CommandClientTimeoutError

import pilothouse
from pilothouse.errors import PilothouseError
from pilothouse.interchange import warm, wrapper
from pilothouse.lending.executor import PilothouseExecutor
from testbed.processes import known, wait_until

from .engine_bridge import BridgeInTest
from .engine_waiting import wait_for


def executor_of(dfk: DataFlowKernel) -> PilothouseExecutor:
    executor = dfk.executors["local"]
    assert isinstance(executor, PilothouseExecutor)
    return executor


def wait_for_marks(folder: Path, count: int) -> None:
    """Each pilot on which the task has begun leaves one."""
    wait_for(f"the task on {count} pilots", lambda: len(os.listdir(folder)) >= count)


def interchange_of(dfk: DataFlowKernel) -> psutil.Process:
    """The process that is the interchange, be it a child or forked by the warm helper."""
    launcher = executor_of(dfk).interchange_proc
    assert launcher is not None
    port = executor_of(dfk).worker_port
    processes = psutil.Process().children(recursive=True)
    (found,) = [
        process
        for process in processes
        if any(
            c.status == psutil.CONN_LISTEN and c.laddr.port == port
            for c in process.net_connections()
        )
    ]
    return found


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


@pytest.mark.parametrize("helper", [True, False])
def test_a_dead_interchange_is_said_and_load_works_again(
    bridge_in_test: BridgeInTest, helper: bool
) -> None:
    if helper:
        warm.start()
    else:
        warm.stop()
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def slow() -> None:
        import time

        time.sleep(600)

    @python_app
    def one() -> int:
        return 1

    assert one().result(timeout=60) == 1
    waiting = [slow() for _ in range(3)]
    interchange_of(dfk).kill()
    for future in waiting:
        with pytest.raises(BadStateException, match="interchange"):
            future.result(timeout=10)
    with pytest.raises(PilothouseError, match="interchange"):
        one().result(timeout=10)
    wait_for("the executor to leave", lambda: bridge_in_test.said("executors.close"))
    again = pilothouse.load("local", blocks=1)
    assert again is not dfk
    assert one().result(timeout=60) == 1


def test_an_interchange_that_cannot_start_is_an_error_at_once(
    bridge_in_test: BridgeInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [sys.executable, "-c", "import sys; sys.exit('no such module')"]
    with monkeypatch.context() as patch:
        patch.setattr(warm, "command", lambda output, parsl: broken)
        with pytest.raises(PilothouseError) as raised:
            pilothouse.load("local", blocks=1)
        assert raised.value.code == "interchange_start_failed"
        with pytest.raises(PilothouseError, match="while it was starting"):
            pilothouse.executor("local").start()

    @python_app
    def one() -> int:
        return 1

    pilothouse.load("local", blocks=1)
    assert one().result(timeout=60) == 1


def test_an_interrupt_of_the_process_group_harms_nothing(bridge_in_test: BridgeInTest) -> None:
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def one() -> int:
        return 1

    assert one().result(timeout=60) == 1
    launcher = executor_of(dfk).interchange_proc
    assert launcher is not None
    for process in {launcher.pid, interchange_of(dfk).pid}:
        os.kill(process, signal.SIGINT)
    assert one().result(timeout=60) == 1
    assert launcher.poll() is None


def test_a_stopped_interchange_is_waited_for(
    bridge_in_test: BridgeInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one unanswered command Parsl's own client refuses all that follow."""
    monkeypatch.setattr("pilothouse.lending.commands.COMMAND_SECONDS", 0.3)
    dfk = pilothouse.load("local", blocks=1)
    wait_for("a pool", lambda: executor_of(dfk).managers())
    interchange = interchange_of(dfk)
    interchange.suspend()
    with pytest.raises(CommandClientTimeoutError):
        executor_of(dfk).managers()
    interchange.resume()

    def answers() -> bool:
        try:
            return len(executor_of(dfk).managers()) == 1
        except CommandClientTimeoutError:  # it is given time to wake up
            return False

    wait_for("an answer", answers)


def test_tasks_go_on_while_the_bridge_is_away(bridge_in_test: BridgeInTest) -> None:
    began = time.monotonic()
    pilothouse.load("local", blocks=1)

    @python_app
    def double(number: int) -> int:
        return 2 * number

    assert double(1).result(timeout=60) == 2
    (registered,) = bridge_in_test.said("leases.registered")
    wait_for("rest", lambda: bridge_in_test.said("executors.load")[-1]["unfinished"] == 0)
    bridge_in_test.is_there = False
    bridge_in_test.restart()
    assert [double(number).result(timeout=60) for number in range(5)] == [0, 2, 4, 6, 8]
    bridge_in_test.told.clear()
    bridge_in_test.is_there = True
    (opened,) = wait_for("the executor again", lambda: bridge_in_test.said("executors.open"))
    leases = opened["leases"]
    assert isinstance(leases, list)
    assert [lease["lease"] for lease in leases] == [registered["lease"]]
    idle = opened["idleSeconds"]
    assert isinstance(idle, float)
    assert 0 < idle < time.monotonic() - began
    wait_for("the registration", lambda: bridge_in_test.said("leases.registered") == [registered])
    wait_for(
        "all five to be told",
        lambda: {1, 2, 3, 4, 5} <= {task["task"] for task in bridge_in_test.reported()},
    )
    assert not bridge_in_test.said("leases.ask")


@pytest.mark.parametrize("helper", ["warm.start()", "warm.stop()"])
def test_a_killed_kernel_leaves_no_process(helper: str) -> None:
    with tempfile.TemporaryDirectory(prefix="ph-", dir="/tmp") as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(pilothouse.__file__ or "").parent.parent),
            "PILOTHOUSE_STATE_DIR": f"{folder}/state",
            "PILOTHOUSE_RUNTIME_DIR": f"{folder}/run",
        }
        kernel = subprocess.Popen(
            [sys.executable, "-c", KERNEL.format(folder=folder, helper=helper)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == "ready\n"
        found = [known(each.pid) for each in psutil.Process(kernel.pid).children(recursive=True)]
        children = [process for process in found if process is not None]
        assert children
        kernel.kill()
        kernel.wait()
        kernel.stdout.close()
        gone = wait_until(lambda: not any(child.alive for child in children), 10)
        assert gone, [child.described for child in children]


KERNEL = """
from pathlib import Path
import pilothouse, pilothouse.bridge
from pilothouse.interchange import warm
from tests.kernel.engine_bridge import BridgeInTest

bridge = BridgeInTest(Path("{folder}/bridge"))
bridge.starts_pools = False
pilothouse.bridge.connect = bridge.connect
{helper}
pilothouse.load("local", blocks=1)
print("ready", flush=True)
time.sleep(600)
"""


def test_the_wrapper_sees_a_parent_that_is_gone_already() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    child = os.fork()
    if child == 0:
        wrapper.end_with(ended.pid)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_helper_of_a_broken_kind_falls_back_to_a_plain_start(
    bridge_in_test: BridgeInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = warm.command

    def with_a_stranger(output: Path, parsl: Path) -> list[str]:
        *interpreter, helper, kernel, out, one, other = plain(output, parsl)
        assert helper.startswith("pilothouse-")
        return [*interpreter, "nobody-listens", kernel, out, one, other]

    monkeypatch.setattr(warm, "command", with_a_stranger)
    dfk = pilothouse.load("local", blocks=1)

    @python_app
    def one() -> int:
        return 1

    assert one().result(timeout=60) == 1
    words = executor_of(dfk).folder.joinpath("interchange.out").read_text()
    assert "starting a plain one" in words
