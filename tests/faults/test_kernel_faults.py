"""A kernel is restarted, interrupted, killed: pilots stay, nothing is left behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from conftest import PilothouseHome
from pilothouse.bridge import connect
from pilothouse.errors import PilothouseError

from .notebook import CellFailed, Notebook
from .processes import NAMED, bridge_pid, commands, interchanges, wait_for

LOAD = """
import pilothouse
from parsl import python_app
dfk = pilothouse.load("local", blocks=2)

@python_app
def where(seconds=0.0):
    import os, time
    time.sleep(seconds)
    return os.environ["PARSL_WORKER_POOL_ID"], os.getpid()

@python_app
def held(until):
    import os, time
    while not os.path.exists(until):
        time.sleep(0.05)
"""


def pilots(state: str | None = None) -> list[dict[str, object]]:
    """The pool's living pilots as the bridge has them."""
    with connect("command") as bridge:
        found = bridge.request("pools.status", {"pool": "local"})["pilots"]
    assert isinstance(found, list)
    alive = [pilot for pilot in found if pilot["state"] != "ended"]
    return [pilot for pilot in alive if state is None or pilot["state"] == state]


def test_restarted_kernel_finds_its_pilots_warm(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run("print(where().result())")
        wait_for("two leased pilots", lambda: len(pilots("leased")) == 2)
        before = pilots()
        notebook.restart()
        notebook.run(LOAD)
        notebook.run("print(where().result())")
        after = pilots()
    assert {pilot["pilot"] for pilot in after} == {pilot["pilot"] for pilot in before}


def test_interrupt_stops_the_cell_and_nothing_else(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        first = notebook.run("print(where().result())")
        until = tmp_path / "until"
        waiting = notebook.send(
            f"slow = [held({str(until)!r}) for _ in range(2)]\n[f.result() for f in slow]"
        )
        wait_for("both tasks to run", lambda: [p for p in pilots() if p["running"]][1:])
        notebook.interrupt()
        with pytest.raises(CellFailed, match="KeyboardInterrupt"):
            notebook.wait(waiting)
        until.touch()
        printed = notebook.run("print(len([f.result() for f in slow]))")
        assert printed.strip() == "2"
        assert first  # the pools are those of before
        again = notebook.run("print({where().result()[0] for _ in range(4)} != set())")
        assert again.strip() == "True"
        assert len(interchanges(pilothouse_home)) >= 1


def test_killed_kernel_leaves_no_interchange_and_no_lease(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run("futures = [where(60) for _ in range(2)]; where")
        wait_for("two leased pilots", lambda: len(pilots("leased")) == 2)
        before = {pilot["pilot"] for pilot in pilots()}
        wait_for("an interchange", lambda: interchanges(pilothouse_home))
        notebook.kill()
        wait_for("no interchange", lambda: not interchanges(pilothouse_home))
        wait_for("idle pilots", lambda: len(pilots("idle")) == 2)
        wait_for(
            "no worker pool",
            lambda: (
                not [c for c in commands(pilothouse_home).values() if "process_worker_pool" in c]
            ),
        )
        notebook.restart_after_kill()
        notebook.run(LOAD)
        notebook.run("print(where().result())")
        assert {pilot["pilot"] for pilot in pilots()} == before


def test_an_interchange_that_dies_while_nothing_runs_is_said_at_once(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run("print(where().result())")
        wait_for("two leased pilots", lambda: len(pilots("leased")) == 2)
        before = {pilot["pilot"] for pilot in pilots()}
        (interchange,) = [
            pid for pid, name in commands(pilothouse_home).items() if name.startswith(NAMED)
        ]
        os.kill(interchange, signal.SIGKILL)
        (died,) = wait_for("the bridge to say so", failures)
        assert died["code"] == "interchange_died"
        # The pilots are free for others while the notebook does nothing.
        wait_for("idle pilots", lambda: len(pilots("idle")) == 2)
        said = notebook.run("print(pilothouse.status())")
        assert "a.ipynb: Parsl's interchange" in said
        assert "Run the load() cell again" in said

        os.kill(bridge_pid(), signal.SIGKILL)
        wait_for("the next bridge", next_bridge)
        (again,) = wait_for("it to say so, too", failures)
        assert again == died

        notebook.run(LOAD)
        assert failures() == []
        notebook.run("print(where().result())")
        assert "interchange" not in notebook.run("print(pilothouse.status())")
        assert {pilot["pilot"] for pilot in pilots()} == before


def next_bridge() -> bool:
    """Whether a bridge runs that kernels have started."""
    try:
        return bridge_pid() > 0
    except PilothouseError:
        return False


def failures() -> list[dict[str, object]]:
    """Why executors cannot go on, as the bridge has it."""
    with connect("command") as bridge:
        found = bridge.request("pools.status", {"pool": "local"})["executors"]
    assert isinstance(found, list)
    return [each["failure"] for each in found if each["failure"] is not None]


def test_ended_kernel_cleans_up_after_itself(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    """Jupyter ends the processes of a kernel that shuts down, and after a while the kernel."""
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run("print(where().result())")
        runs = pilothouse_home.state / "runs"
        (first,) = runs.iterdir()
        notebook.restart()
        wait_for("its folder to be gone", lambda: not first.exists())
        notebook.run(LOAD)
        notebook.run("print(where().result()); unfinished = where(60)")
        (second,) = runs.iterdir()
    # Parsl's warning of the task that was not finished is kept, the keys are not.
    wait_for("its keys to be gone", lambda: not (second / "certificates").exists())
    wait_for("no interchange", lambda: not interchanges(pilothouse_home))
