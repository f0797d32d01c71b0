"""What tasks see of the notebook that calls them, and what it sees of faults while it runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conftest import PilothouseHome
from pilothouse.bridge import connect

from .notebook import Notebook
from .processes import NAMED, agent_above, commands, has_ended, wait_for

LOAD = """
import os, parsl, pilothouse
from parsl import File, bash_app, join_app, python_app
dfk = pilothouse.load("local", blocks=1)

@python_app
def where(until=None):
    import os, time
    while until is not None and not os.path.exists(until):
        time.sleep(0.05)
    return os.getpid()
"""

FILES = """
@bash_app
def make(outputs=(), stdout=None):
    return f"echo data > {outputs[0].filepath}; echo said"

@python_app
def double(inputs=(), outputs=()):
    text = open(inputs[0].filepath).read()
    open(outputs[0].filepath, "w").write(text * 2)

made = make(outputs=[File("one.txt")], stdout="said.txt")
doubled = double(inputs=[made.outputs[0]], outputs=[File("two.txt")])
print(open(doubled.outputs[0].result().filepath).read().split())
print(open("said.txt").read().strip())
"""

JOINED = """
@join_app
def many(number):
    return [where() for _ in range(number)]
print(len(many(3).result()))

@python_app(cache=True)
def drawn(seed):
    import random
    return random.random()
print(drawn(1).result() == drawn(1).result(), drawn(1).result() == drawn(2).result())
"""

PRINTS = """
@python_app
def prints():
    import subprocess, sys
    print("printed")
    sys.stderr.write("complained\\n")
    subprocess.run("echo by a process; echo by its error >&2", shell=True, check=True)
prints().result()
"""


def test_tasks_are_at_home_in_their_notebook(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    places = [tmp_path / name for name in ("first", "second")]
    for place in places:
        place.mkdir()
        (place / "beside.py").write_text(f"def name():\n    return {place.name!r}\n")
    with (
        Notebook(places[0] / "a.ipynb", {"COLOUR": "red"}) as first,
        Notebook(places[1] / "a.ipynb", {"COLOUR": "blue"}) as second,
    ):
        for notebook, colour in ((first, "red"), (second, "blue")):
            folder = notebook.path.parent
            notebook.run(LOAD)
            printed = notebook.run(
                "@python_app\n"
                "def home():\n"
                "    import beside, os\n"
                "    return os.getcwd(), os.environ['COLOUR'], beside.name()\n"
                "print(home().result())"
            )
            assert printed.strip() == str((str(folder), colour, folder.name))
        assert first.run(FILES).split("\n")[:2] == ["['data', 'data']", "said"]
        assert first.run(JOINED) == "3\nTrue False\n"
        assert first.run(PRINTS) == ""
        told = wait_for("what a task printed", shown)
        assert told == ["printed\ncomplained\nby a process\nby its error\n"]


def shown() -> list[str]:
    """What tasks of the app `prints` have printed, as the bridge has it."""
    with connect("view") as bridge:
        tasks = bridge.request("tasks.list", {"limit": 50})["tasks"]
    assert isinstance(tasks, list)
    return [task["printed"] for task in tasks if task["app"] == "prints" and task["printed"]]


class Watched(Notebook):
    """Tells what any cell shows, also one that has ended."""

    def shown_until_end_of(self, code: str, seconds: float = 60.0) -> list[str]:
        """All outputs from here to the end of a cell with this code."""
        assert self._client is not None
        running = self.send(code)
        shown: list[str] = []
        while True:
            message = self._client.get_iopub_msg(timeout=seconds)
            kind, content = message["msg_type"], message["content"]
            if kind in ("stream", "error", "display_data", "execute_result"):
                shown.append(str(content))
            ours = message["parent_header"].get("msg_id") == running.message_id
            if ours and kind == "status" and content["execution_state"] == "idle":
                return shown


def interchange(home: PilothouseHome) -> int:
    """The process that is Parsl's interchange itself."""
    (found,) = [pid for pid, command in commands(home).items() if command.startswith(NAMED)]
    return found


@pytest.mark.parametrize("victim", ["bridge", "pilot", "interchange"])
def test_what_dies_says_nothing_in_a_cell(
    pilothouse_home: PilothouseHome, tmp_path: Path, victim: str
) -> None:
    with Watched(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        worker = int(notebook.run("print(where().result())"))
        until = tmp_path / "until"
        notebook.run(f"futures = [where({str(until)!r}) for _ in range(4)]")
        if victim == "bridge":
            pid = pilothouse_home.bridge_pid()
            assert pid is not None
        elif victim == "pilot":
            pid = agent_above(worker)
        else:
            pid = interchange(pilothouse_home)
        os.kill(pid, 9)
        wait_for("its end", lambda: has_ended(pid))
        until.touch()
        shown = notebook.shown_until_end_of(
            "from concurrent.futures import wait; _ = wait(futures)"
        )
        shown += notebook.shown_until_end_of("dfk.wait_for_current_tasks()")
        assert shown == []
        failed = notebook.run("print(sum(future.exception() is not None for future in futures))")
        assert int(failed) == (4 if victim == "interchange" else 0)
        if victim != "interchange":
            return
        why = notebook.run("print(futures[0].exception())")
        assert "interchange" in why
        assert "Run the load() cell again" in why
        notebook.run(LOAD)
        assert notebook.run("print(where().result())").strip().isdigit()
