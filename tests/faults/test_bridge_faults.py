"""The bridge is killed, restarted, its folder deleted: no task is lost, none runs twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

from conftest import PilothouseHome
from pilothouse.bridge import connect, ensure
from pilothouse.bridge.paths import runtime_folder

from .notebook import Notebook
from .processes import bridge_pid, wait_for

LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("local", blocks=4)

@python_app
def mark(path, i, seconds):
    import os, time
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, b"%d\\n" % i)
    os.close(fd)
    time.sleep(seconds)
    return i
"""


def test_bridge_killed_while_200_tasks_run(pilothouse_home: PilothouseHome, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(
            f"futures = [mark({str(marks)!r}, i, 0.05) for i in range(200)]", "cell-of-200"
        )
        wait_for("some to have run", lambda: marks.exists() and marks.read_text().count("\n") > 20)
        first = bridge_pid()
        os.kill(first, signal.SIGKILL)
        printed = notebook.run("print(sorted(f.result() for f in futures) == list(range(200)))")
        assert printed.strip() == "True"
        assert sorted(map(int, marks.read_text().split())) == list(range(200))

        def group() -> dict[str, object] | None:
            with connect("view") as bridge:
                snapshot = bridge.request("state.subscribe", {})
            groups = snapshot["groups"]
            assert isinstance(groups, list)
            for found in groups:
                assert isinstance(found, dict)
                if found["cell"] and found["cell"]["cellId"] == "cell-of-200":
                    return found if found["done"] == 200 else None
            return None

        seen = wait_for("the picture of 200 done tasks", group)
        assert seen is not None
        assert (seen["total"], seen["waiting"], seen["failed"]) == (200, 0, 0)
        assert bridge_pid() != first
        with connect("command") as bridge:
            found = bridge.request("pools.status", {"pool": "local"})["pilots"]
        assert isinstance(found, list)
        assert len([pilot for pilot in found if pilot["state"] != "ended"]) == 4


def leased() -> set[str]:
    """Pilots that are lent to the notebook."""
    with connect("command") as bridge:
        found = bridge.request("pools.status", {"pool": "local"})["pilots"]
    assert isinstance(found, list)
    return {pilot["pilot"] for pilot in found if pilot["state"] == "leased"}


def test_bridge_handed_over_keeps_pilots(pilothouse_home: PilothouseHome, tmp_path: Path) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run(f"print(mark({str(tmp_path / 'm')!r}, 1, 0).result())")
        before = wait_for("four leased pilots", lambda: len(leased()) == 4 and leased())
        with connect("command") as bridge:
            bridge.request("bridge.stop", {})
        ensure()
        printed = notebook.run(f"print(mark({str(tmp_path / 'm')!r}, 2, 0).result())")
        assert printed.strip() == "2"

        wait_for("the same pilots, leased as before", lambda: leased() == before)


def test_socket_folder_deleted(pilothouse_home: PilothouseHome, tmp_path: Path) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        pid = bridge_pid()
        folder = runtime_folder()
        shutil.rmtree(folder)
        wait_for("the socket again", lambda: (folder / "bridge.sock").exists(), 15)
        assert bridge_pid() == pid
        assert json.loads((folder / "bridge.json").read_text())["pid"] == pid
        printed = notebook.run(f"print(mark({str(tmp_path / 'm')!r}, 7, 0).result())")
        assert printed.strip() == "7"
