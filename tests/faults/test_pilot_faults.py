"""A pilot, its pool or a worker dies during a task: the task runs elsewhere, uncharged."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from conftest import PilothouseHome

from .notebook import Notebook
from .processes import wait_for

LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("local", blocks=2)

@python_app
def slow(path, seconds):
    import os, time
    with open(path, "a") as file:
        file.write(f"{os.getpid()} {os.getppid()} {os.environ['PARSL_WORKER_POOL_ID']}\\n")
    time.sleep(seconds)
    return os.environ["PARSL_WORKER_POOL_ID"]
"""


def agent_above(pid: int) -> int:
    """The agent of a worker: its oldest ancestor that runs the archive itself."""
    agents = [
        ancestor.pid
        for ancestor in psutil.Process(pid).parents()
        if any(word.endswith(".pyz") for word in ancestor.cmdline()[1:2])
    ]
    assert agents, f"no agent above process {pid}"
    return agents[-1]


@pytest.mark.parametrize("victim", ["worker", "agent"])
def test_task_of_a_killed_process_runs_elsewhere(
    pilothouse_home: PilothouseHome, tmp_path: Path, victim: str
) -> None:
    marks = tmp_path / "marks"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(f"future = slow({str(marks)!r}, 4)")
        line = wait_for("the task to start", lambda: marks.read_text() if marks.exists() else "")
        worker = int(line.split()[0])
        pid = worker if victim == "worker" else agent_above(worker)
        os.kill(pid, signal.SIGKILL)
        printed = notebook.run("print(future.result())", seconds=90)
        tries = marks.read_text().splitlines()
        assert len(tries) == 2, tries
        assert printed.strip() == tries[1].split()[2]
        tries_of_task = notebook.run("print(future.task_record['fail_count'])")
        assert tries_of_task.strip() == "1"


def test_a_task_that_kills_its_pilots_stops(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        printed = notebook.run(
            """
@python_app
def murderer():
    import os
    os.kill(os.getpid(), 9)
future = murderer()
print(type(future.exception()).__name__, future.exception())
""",
            seconds=180,
        )
        assert "pilots were lost while they ran this task" in printed
        assert notebook.run(f"print(slow({str(tmp_path / 'm')!r}, 0).result())", seconds=60)
