"""Real pools under a real interchange: their life, and what is told of it."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor
from parsl.serialize import serialize

from pilothouse.agent.payload import pack

from .apps import prints, raises, surroundings, waits_for
from .conftest import StartPilot, StartPool
from .home import Home, ended_pool, listed, until
from .interchange import POOL, RESULT_SECONDS, pool_start, submit, value
from .pilot import marked


def test_what_a_task_prints_goes_with_its_result(
    start_pool: StartPool, executor: HighThroughputExecutor
) -> None:
    start_pool(workers=1)
    first = submit(executor, prints).result(RESULT_SECONDS)
    second = submit(executor, surroundings).result(RESULT_SECONDS)
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[6] == "one\ntwo\nthree\nfour"
    assert second[6] == ""


def test_tells_what_runs_and_only_changes(
    home: Home, start_pool: StartPool, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pool()
    go = tmp_path / "go"
    task = submit(executor, waits_for, str(go))
    running = home.next("agent.running")
    assert running["lease"] == "lease-1"
    (one,) = listed(running, "running")
    started_at_ms = one["startedAtMs"]
    assert isinstance(started_at_ms, float)
    assert isinstance(one["executorTask"], int)
    assert abs(started_at_ms - time.time() * 1000) < RESULT_SECONDS * 1000
    go.touch()
    stamp = task.result(RESULT_SECONDS)
    assert isinstance(stamp, tuple)
    assert home.next("agent.running")["running"] == []
    assert abs(stamp[4] - started_at_ms) < 1
    home.next("ping")
    home.next("ping")
    assert len([each for each in home.heard if each["method"] == "agent.running"]) == 2


def test_an_apps_error_and_an_unsendable_result_fail_their_task_only(
    start_pool: StartPool, executor: HighThroughputExecutor
) -> None:
    start_pool(workers=1)
    stamp = submit(executor, raises).result(RESULT_SECONDS)
    assert isinstance(stamp, tuple)
    kind, message, traceback = stamp[9]
    assert (kind, message) == ("KeyError", "'no such star'")
    assert "in raises" in traceback
    assert "worker.py" not in traceback
    with pytest.raises(KeyError, match="no such star"):
        value(stamp)
    after = submit(executor, lambda: 3).result(RESULT_SECONDS)
    assert value(after) == 3
    assert isinstance(after, tuple)
    assert after[3] == stamp[3]


def test_a_pool_outlives_the_bridge(
    home: Home, start_pool: StartPool, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pool()
    go = tmp_path / "go"
    task = submit(executor, waits_for, str(go))
    home.next("agent.running")
    home.close()
    go.touch()
    assert value(task.result(RESULT_SECONDS)) == str(go)
    waiting = submit(executor, waits_for, str(tmp_path / "later"))
    home.open()
    hello = home.next("agent.hello")
    assert hello["pools"] == [
        {
            "lease": "lease-1",
            "start": "s-1",
            "state": "running",
            "exitCode": None,
            "tunnel": None,
            "words": "",
        }
    ]
    while not (running := listed(home.next("agent.running"), "running")):
        pass
    home.cut()
    home.next("agent.hello")
    assert listed(home.next("agent.running"), "running") == running  # said again, unchanged
    (tmp_path / "later").touch()
    waiting.result(RESULT_SECONDS)


def test_an_end_during_the_bridges_absence_is_told_by_the_next_hello(
    home: Home, start_pool: StartPool, executor: HighThroughputExecutor
) -> None:
    pilot = start_pool()
    where = submit(executor, os.getppid).result(RESULT_SECONDS)
    fork_server = value(where)
    assert isinstance(fork_server, int)
    home.close()
    manager = int(Path(f"/proc/{fork_server}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(manager, signal.SIGKILL)
    until(lambda: "pool s-1 ended" in pilot.output(), "the pool's end")
    home.open()
    (pool,) = listed(home.next("agent.hello"), "pools")
    assert (pool["state"], pool["exitCode"]) == ("ended", -signal.SIGKILL)
    home.next("ping")  # it knows by then that this was heard
    home.cut()
    assert home.next("agent.hello")["pools"] == []


def test_a_pool_that_fails_says_why(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot()
    home.next("agent.hello")
    params = pool_start(executor, "s-1", tmp_path)
    command = params["command"]
    assert isinstance(command, list)
    home.send("pool.start", {**params, "command": [*command[:3], "--nonsense"]})
    pool = ended_pool(home)
    assert pool["exitCode"] == 2
    assert "--nonsense" in str(pool["words"]) or "required" in str(pool["words"])

    home.send("pool.start", {**params, "start": "s-2", "command": ["/bin/true"]})
    assert "does not run parsl" in str(ended_pool(home)["words"])

    home.send("pool.start", {**params, "start": "s-3", "command": ["@shell@", *command]})
    assert "unknown place-holder @shell@" in str(ended_pool(home)["words"])


def test_a_new_start_of_a_lease_replaces_the_old(
    home: Home, start_pool: StartPool, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pool()
    until(lambda: executor.connected_managers(), "a manager")
    executor.command_client.run(["HOLD_MANAGER", "s-1"])
    home.send("pool.start", pool_start(executor, "s-2", tmp_path))
    home.send("pool.start", pool_start(executor, "s-2", tmp_path))  # said twice: no harm
    assert ended_pool(home)["start"] == "s-1"
    assert value(submit(executor, os.getpid).result(RESULT_SECONDS))
    home.send("pool.stop", {"lease": "lease-1"})
    assert ended_pool(home)["start"] == "s-2"


def test_the_next_lease_finds_a_standby(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path, mark: str
) -> None:
    """Four times: each start is served, whichever way its standby came about."""
    start_pilot()
    home.next("agent.hello")
    for number in range(4):
        start = f"s-{number}"
        home.send("pool.start", pool_start(executor, start, tmp_path))
        assert value(submit(executor, os.getpid).result(RESULT_SECONDS))
        executor.command_client.run(["HOLD_MANAGER", start])
        home.send("pool.stop", {"lease": "lease-1"})
        assert ended_pool(home)["start"] == start
    assert len(marked(mark)) < 20


def test_parsl_takes_its_context_by_the_name_we_set() -> None:
    """The pool module must use parsl.multiprocessing.SpawnContext, looked up when it is run."""
    program = (
        "import runpy, parsl.multiprocessing as names\n"
        "names.SpawnContext = object()\n"
        f"module = runpy.run_module({POOL!r})\n"
        "assert module['SpawnContext'] is names.SpawnContext\n"
        "start = module['Manager']._start_worker.__code__\n"
        "assert 'SpawnContext' in start.co_names and 'HTEX-Worker-{}' in start.co_consts\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_parsl_reads_a_plain_pickle_behind_its_own_header() -> None:
    """The worker's fast path for results rests on it."""
    from parsl.serialize import deserialize

    assert deserialize(b"02\n" + pickle.dumps({"a": (1, b"2")}, 5)) == {"a": (1, b"2")}
    assert serialize({"a": 1}).startswith(b"02\n")
    assert pack(b"f", b"a")
