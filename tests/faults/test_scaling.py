"""From no pilot to some and back, as a notebook with automatic scaling sees it."""

from __future__ import annotations

from pathlib import Path

from conftest import PilothouseHome
from pilothouse.bridge import connect

from .notebook import Notebook
from .processes import wait_for
from .test_bad_input import write_profile
from .test_pools_that_fail import pilots

LOAD = """
import pilothouse
from parsl import python_app
dfk = pilothouse.load("brief", auto=(0, 2))

@python_app
def one(until="/"):
    import os, time
    while not os.path.exists(until):
        time.sleep(0.05)
    return 1
"""


def executor() -> dict[str, object]:
    """The notebook's executor as the panel has it."""
    with connect("view") as bridge:
        found = bridge.request("state.subscribe", {})["executors"]
    assert isinstance(found, list)
    (only,) = found
    assert isinstance(only, dict)
    return only


def test_automatic_scaling_starts_from_zero_and_returns_to_it(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    write_profile("brief", scaling={"restSeconds": 1, "idleSeconds": 2, "max": 2})
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        assert pilots("brief") == []
        until = tmp_path / "until"
        # In one cell, so that no pilot has time to be too long without work.
        printed = notebook.run(
            "print(sum(one().result() for _ in range(3)))\n"
            f"futures = [one({str(until)!r}) for _ in range(12)]"
        )
        assert printed == "3\n"
        wait_for("two leases", lambda: executor()["target"] == 2)
        wait_for("two at work", lambda: [p for p in pilots("brief") if p["running"]][1:])
        until.touch()
        assert notebook.run("print(sum(future.result() for future in futures))") == "12\n"
        assert len(pilots("brief")) == 2  # none was ended and asked for again meanwhile
        wait_for("rest", lambda: (executor()["target"], executor()["asksFor"]) == (0, 0))
        wait_for("no pilot", lambda: {p["end"] for p in pilots("brief")} == {"idle_timeout"})
        assert notebook.run("print(one().result())") == "1\n"
        assert len(pilots("brief")) == 3


def test_a_fixed_number_rests_and_wakes_with_the_next_task(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    write_profile("brief", scaling={"restSeconds": 1, "max": 2})
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.replace("auto=(0, 2)", "blocks=2"))
        assert notebook.run("print(one().result())") == "1\n"
        wait_for("rest", lambda: executor()["resting"])
        wait_for("idle pilots", lambda: [p["lease"] for p in pilots("brief")] == [None, None])
        until = tmp_path / "until"
        # Held, since it rests again a second after its end.
        notebook.run(f"future = one({str(until)!r})")
        wait_for("work", lambda: not executor()["resting"])
        until.touch()
        assert notebook.run("print(future.result())") == "1\n"
        assert len(pilots("brief")) == 2


def test_more_pilots_than_a_place_allows_is_said_in_the_cell_and_with_the_place(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    write_profile("brief", scaling={"max": 2})
    said = "brief allows at most 2 pilots; you asked for 9, and get 2."
    load = "pilothouse.load('brief', {});"
    with Notebook(tmp_path / "a.ipynb") as notebook:
        printed = notebook.run("import pilothouse\n" + load.format("blocks=9"))
        assert printed.count(said) == 1
        # It points at the cell, not into the package.
        assert "UserWarning" in printed
        assert load.format("blocks=9") in printed
        status = notebook.run("print(pilothouse.status('brief'))")
        assert "wanted: 2 (notebooks ask for 9; at most 2 here)" in status
        assert notebook.run(load.format("auto=(0, 9)")).count(said) == 1
        assert notebook.run(load.format("blocks=2")) == ""
        printed = notebook.run("pilothouse.executor('brief', auto=(1, 9));")
        assert printed.count(said) == 1
