"""Pilots on nodes whose clock is an hour wrong, on this machine and where a tunnel is needed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from conftest import PilothouseHome
from pilothouse.bridge import connect
from testbed import far_away

from .notebook import Notebook
from .processes import bridge_pid, wait_for

LOAD = """
import pilothouse, time
from parsl import python_app
pilothouse.load("odd", blocks=1)

@python_app
def clock():
    import time
    return time.time()

@python_app
def held(started, until):
    import os, time
    open(started, "w").close()
    while not os.path.exists(until):
        time.sleep(0.05)
    return "over"
"""
WALLTIME_MS = 600_000
CLOSE_MS = 3000
"""By which a time may differ that was told over a connection."""


def listed(method: str, params: dict[str, object], name: str) -> list[dict[str, object]]:
    """A list of the bridge's answer."""
    with connect("command") as bridge:
        return cast("list[dict[str, object]]", bridge.request(method, params)[name])


def ms(value: object) -> float:
    assert isinstance(value, (int, float))
    return value


def write_place(home: PilothouseHome, way: str, clock: dict[str, str]) -> None:
    """Profile `odd`, whose pilots have this clock."""
    made = far_away.profile(workers=2, most=2)
    first = cast("dict[str, str]", made["environment"])["workerInit"] if way == "tunnel" else ""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in clock.items()]
    made["environment"] = {"workerInit": first + "\n".join([*exports, ""])}
    made["pilot"] = {"cores": 1, "workers": 2, "walltime": "10"}
    if way == "near":
        del made["uplink"]
    folder = home.jupyter_config / "pilothouse" / "profiles"
    folder.mkdir(parents=True)
    (folder / "odd.json").write_text(json.dumps({"name": "odd", **made}))


@pytest.mark.parametrize("ahead", [3600, -3600], ids=["ahead", "behind"])
@pytest.mark.parametrize("way", ["near", "tunnel"])
def test_times_are_of_the_notebooks_machine(
    pilothouse_home: PilothouseHome,
    wrong_clock: Callable[[int], dict[str, str]],
    tmp_path: Path,
    way: str,
    ahead: int,
) -> None:
    write_place(pilothouse_home, way, wrong_clock(ahead))
    began_ms = time.time() * 1000 - CLOSE_MS
    started, until = tmp_path / "started", tmp_path / "until"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        off = float(notebook.run("print(clock().result() - time.time())"))
        assert off == pytest.approx(ahead, abs=60)
        notebook.run(f"future = held({str(started)!r}, {str(until)!r})")
        wait_for("the task to start", started.exists)

        def running() -> list[dict[str, object]]:
            tasks = listed("tasks.list", {"limit": 100}, "tasks")
            return [task for task in tasks if task["state"] == "running"]

        (task,) = wait_for("the task to be shown", running)
        assert began_ms < ms(task["startedAtMs"]) < time.time() * 1000 + CLOSE_MS

        # A connection that is made anew is judged by the same clocks.
        os.kill(bridge_pid(), signal.SIGKILL)

        def back() -> list[dict[str, object]]:
            pilots = listed("pools.status", {"pool": "odd"}, "pilots")
            return [pilot for pilot in pilots if pilot["state"] == "leased"]

        (pilot,) = wait_for("its return", back)
        life_ms = ms(pilot["endsByMs"]) - ms(pilot["startedAtMs"])
        assert WALLTIME_MS - 60_000 < life_ms <= WALLTIME_MS
        assert began_ms < ms(pilot["startedAtMs"]) < time.time() * 1000
        until.write_text("")
        assert notebook.run("print(future.result())").strip() == "over"

        def over() -> list[dict[str, object]]:
            tasks = listed("tasks.list", {"limit": 100}, "tasks")
            return tasks if all(task["state"] == "done" for task in tasks) else []

        for task in wait_for("the end of all", over):
            first, last = ms(task["startedAtMs"]), ms(task["endedAtMs"])
            assert began_ms < first <= last < time.time() * 1000 + CLOSE_MS
            assert task["tries"] == 1
