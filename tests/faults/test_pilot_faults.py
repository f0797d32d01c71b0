"""A pilot, its pool or a worker dies during a task: the task runs elsewhere, uncharged."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from .notebook import Notebook
from .processes import Process, of_home, wait_for

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


def agent_above(home: Path, pid: int) -> Process:
    """The agent among the ancestors of a worker: the process that runs the archive in a folder."""
    by_pid = {process.pid: process for process in of_home(home)}
    while pid in by_pid:
        process = by_pid[pid]
        if "agent-" in process.command and "pilots/" in process.command:
            above = by_pid.get(process.parent)
            if above is None or "agent-" not in above.command or "pilot.sh" in above.command:
                return process
        pid = process.parent
    raise AssertionError(f"no agent above process {pid} in {list(by_pid.values())}")


@pytest.mark.parametrize("victim", ["worker", "agent"])
def test_task_of_a_killed_process_runs_elsewhere(
    pilothouse_home: Path, tmp_path: Path, victim: str
) -> None:
    marks = tmp_path / "marks"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(f"future = slow({str(marks)!r}, 4)")
        line = wait_for("the task to start", lambda: marks.exists() and marks.read_text())
        worker = int(line.split()[0])
        pid = worker if victim == "worker" else agent_above(pilothouse_home, worker).pid
        os.kill(pid, signal.SIGKILL)
        printed = notebook.run("print(future.result())", seconds=90)
        tries = marks.read_text().splitlines()
        assert len(tries) == 2, tries
        assert printed.strip() == tries[1].split()[2]
        tries_of_task = notebook.run("print(future.task_record['fail_count'])")
        assert tries_of_task.strip() == "1"


def test_a_task_that_kills_its_pilots_stops(pilothouse_home: Path, tmp_path: Path) -> None:
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
        assert "Lost" in printed, printed
        assert notebook.run(f"print(slow({str(tmp_path / 'm')!r}, 0).result())", seconds=60)
