"""An interchange that dies, stops or cannot start, and one whose kernel dies."""

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
from parsl.executors.errors import BadStateException
from parsl.executors.high_throughput.errors import CommandClientTimeoutError

import pilothouse
from pilothouse.errors import PilothouseError
from pilothouse.interchange import warm, wrapper
from testbed.processes import known, wait_until

from .engine_bridge import BridgeInTest
from .engine_executor import executor_of
from .engine_waiting import wait_for


def interchange_of(dfk: DataFlowKernel) -> psutil.Process:
    """The process that is the interchange, be it a child or forked by the warm helper."""
    launcher = executor_of(dfk).interchange_proc
    assert launcher is not None
    port = executor_of(dfk).worker_port
    assert port is not None
    processes = psutil.Process().children(recursive=True)
    (found,) = [process for process in processes if listens(process, port)]
    return found


def listens(process: psutil.Process, port: int) -> bool:
    try:
        connections = process.net_connections()
    except psutil.NoSuchProcess:
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)


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

        time.sleep(600)

    @python_app
    def one() -> int:
        return 1

    assert one().result(timeout=60) == 1
    waiting = [slow() for _ in range(3)]
    interchange_of(dfk).kill()
    for future in waiting:
        with pytest.raises(BadStateException, match="interchange"):
            future.result(timeout=60)
    with pytest.raises(PilothouseError, match="interchange"):
        one().result(timeout=60)
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
        gone = wait_until(lambda: not any(child.alive for child in children), 60)
        assert gone, [child.described for child in children]


KERNEL = """
import time
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
