"""A notebook, the bridge, a pilot that cannot dial the notebook's interchange: through it all."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from conftest import PilothouseHome
from tests.faults.notebook import Notebook
from tests.faults.processes import bridge_pid, commands, wait_for

from .way import Way, way

__all__ = ["way"]

LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("far", blocks=2)

@python_app
def mark(path, i, seconds):
    import os, time
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, b"%d\\n" % i)
    os.close(fd)
    time.sleep(seconds)
    return i
"""

MANAGERS = """
import parsl
print(len(parsl.dfk().executors["far"].connected_managers()))
"""


def homes(home: PilothouseHome) -> list[int]:
    """Process ids of homes."""
    return [pid for pid, line in commands(home).items() if "-m pilothouse.home" in line]


def count(marks: Path) -> int:
    return marks.read_text().count("\n") if marks.exists() else 0


def test_cuts_everywhere_lose_and_double_nothing(
    pilothouse_home: PilothouseHome, way: Way, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    chance = random.Random(4)
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(f"print(mark({str(tmp_path / 'first')!r}, 0, 0).result())")
        assert len(homes(pilothouse_home)) == 1
        way.do(lambda: setattr(way.bad, "cut_after", lambda: chance.randint(2_000, 50_000)))
        way.do(way.bad.reset)
        notebook.run(f"futures = [mark({str(marks)!r}, i, 0.02) for i in range(200)]")
        wait_for("some to have run", lambda: count(marks) > 50)
        os.kill(bridge_pid(), signal.SIGKILL)
        printed = notebook.run("print(sorted(f.result() for f in futures) == list(range(200)))")
        assert printed.strip() == "True"
    assert sorted(map(int, marks.read_text().split())) == list(range(200))
    assert way.bad.cuts > 3
    wait_for("the home to end with its kernel", lambda: not homes(pilothouse_home))


def test_a_bridge_that_is_stopped_for_longer_than_agents_listen(
    pilothouse_home: PilothouseHome, way: Way, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(f"futures = [mark({str(marks)!r}, i, 0.05) for i in range(100)]")
        wait_for("some to have run", lambda: count(marks) > 20)
        bridge = bridge_pid()
        os.kill(bridge, signal.SIGSTOP)
        outputs = list(pilothouse_home.state.glob("site/*/*/output"))
        assert outputs
        wait_for(
            "agents to notice",
            lambda: all("no connection home: nothing heard" in one.read_text() for one in outputs),
        )
        os.kill(bridge, signal.SIGCONT)
        printed = notebook.run("print(sorted(f.result() for f in futures) == list(range(100)))")
        assert printed.strip() == "True"
    assert sorted(map(int, marks.read_text().split())) == list(range(100))


def test_a_way_away_for_too_long_costs_the_pools_and_no_task(
    pilothouse_home: PilothouseHome, way: Way, tmp_path: Path
) -> None:
    profile = pilothouse_home.jupyter_config / "pilothouse" / "profiles" / "far.json"
    profile.write_text(profile.read_text().replace('"resumeSeconds": 20', '"resumeSeconds": 1'))
    marks = tmp_path / "marks"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(f"futures = [mark({str(marks)!r}, i, 0.1) for i in range(40)]")
        wait_for("some to have run", lambda: count(marks) > 5)
        way.do(way.bad.goes.clear)
        wait_for("the pools to be buried", lambda: notebook.run(MANAGERS).strip() == "0", 60)
        way.do(way.bad.goes.set)
        printed = notebook.run("print(sorted(f.result() for f in futures) == list(range(40)))")
        assert printed.strip() == "True"
    assert set(map(int, marks.read_text().split())) == set(range(40))
