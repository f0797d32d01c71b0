"""Real pools under a real interchange: what a task finds, and what is told of it."""

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

from .conftest import StartPilot
from .home import Home, Message, until
from .interchange import POOL, pool_start, submit, value
from .pilot import marked

RESULT_SECONDS = 60


def surroundings() -> dict[str, object]:
    import os
    import subprocess
    import sys

    mask = os.umask(0)
    os.umask(mask)
    shown = 'echo "$SAIL:$(pwd)"'
    return {
        "folder": os.getcwd(),
        "sail": os.environ.get("SAIL"),
        "home": os.environ.get("HOME"),
        "foreign": os.environ.get("ONLY_THE_AGENTS"),
        "path": sys.path,
        "child": subprocess.run(shown, shell=True, capture_output=True, text=True).stdout,
        "temporary": os.environ["TMPDIR"],
        "lease_folder": os.environ["PILOTHOUSE_LEASE_FOLDER"],
        "umask": mask,
        "cores": os.environ["PARSL_CORES"],
        "memory_gb": os.environ["PARSL_MEMORY_GB"],
        "accelerator": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }


def prints() -> None:
    import subprocess
    import sys

    print("one")
    subprocess.run(["/bin/sh", "-c", "echo two; echo three >&2"], check=True)
    sys.stderr.write("four")


def waits_for(path: str) -> str:
    import os
    import time

    while not os.path.exists(path):
        time.sleep(0.01)
    return path


def raises() -> None:
    raise KeyError("no such star")


def ended_pool(home: Home) -> Message:
    while (pool := home.next("agent.pool"))["state"] != "ended":
        pass
    return pool


def listed(message: Message, name: str) -> list[dict[str, object]]:
    found = message[name]
    assert isinstance(found, list)
    return found


@pytest.fixture(params=["zygote", "plain"])
def starts(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def begin(home: Home, start_pilot: StartPilot, starts: str, **changes: object) -> int:
    """A pilot that starts pools in one of the two ways; its pid."""
    pilot = start_pilot({"ONLY_THE_AGENTS": "yes"}, **changes)
    home.next("agent.hello")
    if starts == "plain":
        until(lambda: zygotes(pilot.process.pid), "a zygote")
        for zygote in zygotes(pilot.process.pid):
            os.kill(zygote, signal.SIGKILL)
        until(lambda: "the zygote is gone" in pilot.output(), "the fallback")
        home.cut()
        assert home.next("agent.hello")["starts"] == "plain"
    return pilot.process.pid


def zygotes(agent: int) -> list[int]:
    """The agent's child that forks pools: a session leader itself, unlike those it forks."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == agent and b".zygote" in command:
                found.append(int(entry.name))
    return found


def test_tasks_find_the_surroundings_of_their_lease(
    home: Home,
    start_pilot: StartPilot,
    executor: HighThroughputExecutor,
    tmp_path: Path,
    starts: str,
) -> None:
    begin(home, start_pilot, starts)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    environment = {"SAIL": "jib", "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    python_path = ["/first/of/all", *sys.path]
    home.send(
        "pool.start",
        pool_start(executor, "s-1", folder, environment=environment, python_path=python_path),
    )
    stamp = submit(executor, surroundings).result(RESULT_SECONDS)
    assert isinstance(stamp, tuple)
    found = value(stamp)
    assert isinstance(found, dict)
    assert stamp[2] == "p-test"
    assert stamp[4] <= stamp[5]
    assert found["folder"] == str(folder)
    assert found["sail"] == "jib"
    assert found["home"] == str(folder)
    assert found["foreign"] is None
    assert found["path"][: len(python_path)] == python_path
    assert found["path"][len(python_path)].endswith(".pyz")
    assert found["child"] == f"jib:{folder}\n"
    assert found["umask"] == 0o022
    assert found["cores"] == "2"
    assert found["memory_gb"] == "0.977"

    home.send("pool.stop", {"lease": "lease-1"})
    pool = ended_pool(home)
    assert pool["words"] == ""
    assert not Path(found["temporary"]).exists()
    lease_folder = Path(found["lease_folder"])
    assert not (lease_folder / "certificates").exists()
    assert lease_folder.stat().st_mode & 0o777 == 0o700
    assert (lease_folder / "pool.out").read_text() == ""


def test_what_a_task_prints_goes_with_its_result(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot()
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path, workers=1))
    first = submit(executor, prints).result(RESULT_SECONDS)
    second = submit(executor, surroundings).result(RESULT_SECONDS)
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[6] == "one\ntwo\nthree\nfour"
    assert second[6] == ""


def test_tells_what_runs_and_only_changes(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot()
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
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
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot()
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path, workers=1))
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
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot()
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
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
        {"lease": "lease-1", "start": "s-1", "state": "running", "exitCode": None, "words": ""}
    ]
    while not (running := listed(home.next("agent.running"), "running")):
        pass
    home.cut()
    home.next("agent.hello")
    assert listed(home.next("agent.running"), "running") == running  # said again, unchanged
    (tmp_path / "later").touch()
    waiting.result(RESULT_SECONDS)


def test_an_end_during_the_bridges_absence_is_told_by_the_next_hello(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    pilot = start_pilot()
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
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
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot()
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
    until(lambda: executor.connected_managers(), "a manager")
    executor.command_client.run(["HOLD_MANAGER", "s-1"])
    home.send("pool.start", pool_start(executor, "s-2", tmp_path))
    home.send("pool.start", pool_start(executor, "s-2", tmp_path))  # said twice: no harm
    assert ended_pool(home)["start"] == "s-1"
    assert value(submit(executor, os.getpid).result(RESULT_SECONDS))
    home.send("pool.stop", {"lease": "lease-1"})
    assert ended_pool(home)["start"] == "s-2"


def test_workers_get_the_pilots_gpus(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot({"CUDA_VISIBLE_DEVICES": "GPU-5f3a"})
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path, accelerators=("0", "1")))
    found = value(submit(executor, surroundings).result(RESULT_SECONDS))
    assert isinstance(found, dict)
    assert found["accelerator"] == "GPU-5f3a"


def test_where_files_are_not_shared_the_pilots_own_surroundings_hold(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    start_pilot(sharesFiles=False)
    home.next("agent.hello")
    environment = {"SAIL": "jib", "HOME": "/nowhere/of/this/machine"}
    home.send(
        "pool.start",
        pool_start(
            executor, "s-1", Path("/not/here"), environment=environment, python_path=["/not/here"]
        ),
    )
    found = value(submit(executor, surroundings).result(RESULT_SECONDS))
    assert isinstance(found, dict)
    assert found["folder"].endswith("/leases/s-1/work")
    assert found["sail"] == "jib"
    assert found["home"] == os.environ["HOME"]
    assert "/not/here" not in found["path"]


def test_tasks_find_the_profiles_files_where_they_run(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1,2")
    # Names of Python's own modules, too: what a person brings is not in Python's way.
    brought = {"brought.txt": "by HTCondor", "random.py": "1/0", "mine.py": "ANSWER = 42"}
    pilot = start_pilot(sharesFiles=False, files=[*brought, str(data), "/not/here"], beside=brought)
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
    assert value(submit(executor, contents, "brought.txt").result(RESULT_SECONDS)) == "by HTCondor"
    assert value(submit(executor, contents, "data.csv").result(RESULT_SECONDS)) == "1,2"
    assert value(submit(executor, answer).result(RESULT_SECONDS)) == 42
    assert "/not/here is not there: tasks do not find it" in pilot.output()


@pytest.mark.parametrize("shares", [True, False])
def test_tasks_run_in_the_profiles_folder(
    home: Home,
    start_pilot: StartPilot,
    executor: HighThroughputExecutor,
    tmp_path: Path,
    shares: bool,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    start_pilot(sharesFiles=shares, workingFolder=str(scratch))
    home.next("agent.hello")
    home.send("pool.start", pool_start(executor, "s-1", tmp_path))
    found = value(submit(executor, surroundings).result(RESULT_SECONDS))
    assert isinstance(found, dict)
    assert found["folder"] == str(scratch)


def answer() -> object:
    import importlib

    return importlib.import_module("mine").ANSWER


def contents(name: str) -> str:
    with open(name) as file:
        return file.read()


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
