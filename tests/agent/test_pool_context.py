"""What the processes of a pool share: queues without a thread, and who has which task."""

from __future__ import annotations

import inspect
import multiprocessing
import queue
import re
import sys
import time
from collections.abc import Iterable
from importlib import metadata
from multiprocessing.context import ForkContext
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor
from parsl.executors.high_throughput import process_worker_pool
from parsl.executors.high_throughput.errors import WorkerLost

from pilothouse.agent import packages
from pilothouse.agent.pool_context import PoolContext, TasksInProgress
from pilothouse.agent.pool_queue import AT_ONCE_BYTES, PoolQueue

from .apps import waits_for
from .conftest import StartPilot, StartPool
from .home import Home
from .interchange import RESULT_SECONDS, pool_start, submit, value
from .pilot import Pilot

LARGE_BYTES = 3 << 20


@pytest.fixture
def context() -> ForkContext:
    return multiprocessing.get_context("fork")


def passes_on(tasks: PoolQueue, results: PoolQueue, started: TasksInProgress, worker: int) -> None:
    """A worker: None ends it."""
    while (task := tasks.get(timeout=RESULT_SECONDS)) is not None:
        assert isinstance(task, bytes)
        started[worker] = {"task_id": len(task)}
        results.put((worker, task))


def test_each_message_reaches_one_process_whole(context: ForkContext) -> None:
    tasks, results, started = PoolQueue(context), PoolQueue(context), TasksInProgress(context)
    sizes = [1, AT_ONCE_BYTES, AT_ONCE_BYTES + 1, LARGE_BYTES, 100, 2 * AT_ONCE_BYTES] * 5
    workers = [
        context.Process(target=passes_on, args=(tasks, results, started, worker))
        for worker in range(2)
    ]
    for worker in workers:
        worker.start()
    for size in sizes:
        tasks.put(b"x" * size)
    found: list[tuple[int, bytes]] = []
    for _ in sizes:
        result = results.get(timeout=RESULT_SECONDS)
        assert isinstance(result, tuple)
        found.append(result)
    for _ in workers:
        tasks.put(None)
    for worker in workers:
        worker.join(RESULT_SECONDS)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert sorted(len(task) for _, task in found) == sorted(sizes)
    last = {worker: len(task) for worker, task in found}  # each worker's own keep their order
    assert {worker: task["task_id"] for worker, task in started.items()} == last


def test_a_full_pipe_holds_nobody_up(context: ForkContext) -> None:
    messages = PoolQueue(context)
    sent = [bytes([number]) * 3000 for number in range(200)]
    for message in sent:
        messages.put(message)
    assert [messages.get(timeout=RESULT_SECONDS) for _ in sent] == sent
    with pytest.raises(queue.Empty):
        messages.get(timeout=0.01)
    with pytest.raises(queue.Empty):
        messages.get(block=False)


def test_a_fork_of_who_has_put_puts_too(context: ForkContext) -> None:
    """As Parsl's resource monitor, a fork of the worker."""
    messages = PoolQueue(context)
    messages.put(b"p" * LARGE_BYTES)
    fork = context.Process(target=messages.put, args=(b"c" * LARGE_BYTES,))
    assert messages.get(timeout=RESULT_SECONDS) == b"p" * LARGE_BYTES
    fork.start()
    assert messages.get(timeout=RESULT_SECONDS) == b"c" * LARGE_BYTES
    fork.join(RESULT_SECONDS)
    assert fork.exitcode == 0


def test_a_task_is_its_workers_until_taken_back(context: ForkContext) -> None:
    started = TasksInProgress(context)
    started[3] = {"task_id": 7}
    started[0] = {"task_id": 0}
    assert dict(started) == {0: {"task_id": 0}, 3: {"task_id": 7}}
    assert started.pop(3) == {"task_id": 7}
    with pytest.raises(KeyError):
        started.pop(3)
    assert len(started) == 1


def test_parsl_asks_for_no_more_than_there_is() -> None:
    """Of the queues, of who has which task, and of the task that a dead worker had."""
    source = inspect.getsource(process_worker_pool)
    uses = re.findall(r"\btasks_in_progress(?:\[worker_id\] = |\.\w+)", source)
    assert set(uses) == {"tasks_in_progress[worker_id] = ", "tasks_in_progress.pop"}
    assert set(re.findall(r"self\._tasks_in_progress\.\w+", source)) == {
        "self._tasks_in_progress.pop"
    }
    watchdog = inspect.getsource(process_worker_pool.Manager.worker_watchdog)
    assert set(re.findall(r"\btask\[(.*?)\]", watchdog)) == {"'task_id'"}
    queues = r"(?:task_queue|result_queue|pending_task_queue|pending_result_queue)\.(\w+)"
    assert set(re.findall(queues, source)) == {"get", "put", "qsize"}
    assert "except NotImplementedError" in source
    assert set(re.findall(r"SpawnContext\.(\w+)", source)) == {
        "cpu_count", "Manager", "Queue", "Value", "Process",
    }  # fmt: skip
    assert "{d.metadata['Name']: d.version for d in distributions()}" in source
    assert "from importlib.metadata import distributions" in source
    assert set(re.findall(r"_mp_manager\.(\w+)", source)) == {"dict", "Queue"}


def test_packages_are_those_of_importlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(found: Iterable[packages.Package | metadata.Distribution]) -> list[tuple[str, str]]:
        return [(one.metadata["Name"], one.version) for one in found]

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path, "", "/not/here"])
    packages.look_up()
    assert named(packages.distributions()) == named(metadata.distributions())
    installed = tmp_path / "hoist-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: hoist\nVersion: 1.0\n")
    assert ("hoist", "1.0") in named(packages.distributions())
    assert named(packages.distributions()) == named(metadata.distributions())


def test_the_rest_is_multiprocessings_own(context: ForkContext) -> None:
    ours = PoolContext(context)
    assert ours.cpu_count == context.cpu_count
    assert ours.Value == context.Value


def test_a_killed_worker_fails_its_own_task_only(
    home: Home, begun: Pilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
    go = tmp_path / "go"
    other = submit(executor, waits_for, str(go))
    killed = submit(executor, kills_itself)
    with pytest.raises(WorkerLost):
        killed.result(RESULT_SECONDS)
    assert not other.done()
    go.touch()
    assert value(other.result(RESULT_SECONDS)) == str(go)
    # its successor works
    again = [submit(executor, len, b"x" * LARGE_BYTES) for _ in range(4)]
    assert [value(one.result(RESULT_SECONDS)) for one in again] == [LARGE_BYTES] * 4


def test_a_worker_does_not_run_its_pools_main_module_again(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    """The fork server has it: each worker that ran it again would take longer to start."""
    start_pilot()
    home.next("agent.hello")
    asked = time.time()
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
    loaded = value(submit(executor, main_module_loaded).result(RESULT_SECONDS))
    assert isinstance(loaded, float)
    assert loaded < asked


def test_large_arguments_and_results_pass(
    start_pool: StartPool, executor: HighThroughputExecutor
) -> None:
    start_pool()
    sizes = [10, LARGE_BYTES, 5000, LARGE_BYTES, 70_000]
    futures = [submit(executor, bytes, size) for size in sizes]
    futures += [submit(executor, bytes.upper, b"a" * size) for size in sizes]
    found = [value(future.result(RESULT_SECONDS)) for future in futures]
    assert found == [bytes(size) for size in sizes] + [b"A" * size for size in sizes]


def main_module_loaded() -> float:
    """When the module was run that is a worker's main module."""
    import sys

    loaded: float = sys.modules["__main__"]._SCRIPT_LOAD_TIME
    return loaded


def kills_itself() -> None:
    import os

    os.kill(os.getpid(), 9)
