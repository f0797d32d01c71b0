"""A pilot, its pool or a worker dies during a task: the task runs elsewhere, uncharged."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from conftest import PilothouseHome

from .notebook import Notebook
from .processes import agent_above, has_ended, wait_for

LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("local", blocks=2)

@python_app
def held(path, until):
    import os, time
    with open(path, "a") as file:
        file.write(f"{os.getpid()} {os.environ['PARSL_WORKER_POOL_ID']}\\n")
    while not os.path.exists(until):
        time.sleep(0.05)
    return os.environ["PARSL_WORKER_POOL_ID"]
"""


@pytest.mark.parametrize("victim", ["worker", "agent"])
def test_task_of_a_killed_process_runs_elsewhere(
    pilothouse_home: PilothouseHome, tmp_path: Path, victim: str
) -> None:
    marks, until = tmp_path / "marks", tmp_path / "until"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(f"future = held({str(marks)!r}, {str(until)!r})")
        line = wait_for("the task to start", lambda: marks.read_text() if marks.exists() else "")
        worker = int(line.split()[0])
        pid = worker if victim == "worker" else agent_above(worker)
        os.kill(pid, signal.SIGKILL)
        wait_for("the end of its worker", lambda: has_ended(worker))
        until.touch()
        printed = notebook.run("print(future.result())", seconds=90)
        tries = marks.read_text().splitlines()
        assert len(tries) == 2, tries
        assert printed.strip() == tries[1].split()[1]
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
        assert notebook.run(f"print(held({str(tmp_path / 'm')!r}, '/').result())")
