"""Real pools under a real interchange: what a task finds where it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor

from .apps import answer, contents, surroundings
from .conftest import StartPilot, StartPool
from .home import Home, ended_pool
from .interchange import RESULT_SECONDS, pool_start, submit, value
from .pilot import Pilot


def test_tasks_find_the_surroundings_of_their_lease(
    home: Home,
    begun: Pilot,
    executor: HighThroughputExecutor,
    tmp_path: Path,
) -> None:
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


def test_workers_get_the_pilots_gpus(
    start_pilot: StartPilot, start_pool: StartPool, executor: HighThroughputExecutor
) -> None:
    start_pool(start_pilot({"CUDA_VISIBLE_DEVICES": "GPU-5f3a"}), accelerators=("0", "1"))
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
    start_pilot: StartPilot, start_pool: StartPool, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1,2")
    # Names of Python's own modules, too: what a person brings is not in Python's way.
    brought = {"brought.txt": "by HTCondor", "random.py": "1/0", "mine.py": "ANSWER = 42"}
    pilot = start_pool(
        start_pilot(sharesFiles=False, files=[*brought, str(data), "/not/here"], beside=brought)
    )
    assert value(submit(executor, contents, "brought.txt").result(RESULT_SECONDS)) == "by HTCondor"
    assert value(submit(executor, contents, "data.csv").result(RESULT_SECONDS)) == "1,2"
    assert value(submit(executor, answer).result(RESULT_SECONDS)) == 42
    assert "/not/here is not there: tasks do not find it" in pilot.output()


@pytest.mark.parametrize("shares", [True, False])
def test_tasks_run_in_the_profiles_folder(
    start_pilot: StartPilot,
    start_pool: StartPool,
    executor: HighThroughputExecutor,
    tmp_path: Path,
    shares: bool,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    start_pool(start_pilot(sharesFiles=shares, workingFolder=str(scratch)))
    found = value(submit(executor, surroundings).result(RESULT_SECONDS))
    assert isinstance(found, dict)
    assert found["folder"] == str(scratch)
