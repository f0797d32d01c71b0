"""Profiles whose pilots are of no use: the reason is said, nothing is lent, and help helps."""

from __future__ import annotations

import sys
from pathlib import Path

from conftest import PilothouseHome
from pilothouse.bridge import connect

from .notebook import Notebook
from .processes import wait_for
from .test_bad_input import write_profile

LOAD = """
import pilothouse
from parsl import python_app
dfk = pilothouse.load({name!r}, blocks=2)

@python_app
def one():
    return 1
future = one()
"""


def pool(name: str) -> dict[str, object]:
    """The pool as the panel has it."""
    with connect("command") as bridge:
        found = bridge.request("pools.status", {"pool": name})["pools"]
    assert isinstance(found, list)
    (only,) = found
    assert isinstance(only, dict)
    return only


def pilots(name: str) -> list[dict[str, object]]:
    """All its pilots, ended ones too."""
    with connect("command") as bridge:
        found = bridge.request("pools.status", {"pool": name})["pilots"]
    assert isinstance(found, list)
    return found


def test_a_failing_worker_init_stops_the_asking_until_it_is_resumed(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    failing = "echo getting ready\necho 'module: cannot load gcc/99' >&2\nexit 3\n"
    write_profile("site", environment={"workerInit": failing})
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.format(name="site"))
        stopped = wait_for("the stop", lambda: pool("site")["stopped"])
        assert isinstance(stopped, dict)
        assert "module: cannot load gcc/99" in stopped["words"]
        assert "exit code 3" in stopped["words"]
        tried = len(pilots("site"))
        assert tried <= 4  # three, and one that was submitted together with the third
        said = notebook.run("print(pilothouse.status('site'))")
        assert "stopped after 3 like failures" in said
        assert said.count("module: cannot load gcc/99") == 1
        assert "<" not in said  # no parameter is missing
        assert notebook.run("print(future.done(), dfk.executors['site'].bad_state_is_set)") == (
            "False False\n"
        )
        write_profile("site", environment={"workerInit": "echo getting ready\n"})
        assert len(pilots("site")) == tried
        with connect("command") as bridge:
            bridge.request("pools.resume", {"pool": "site"})
        assert notebook.run("print(future.result())").strip() == "1"
        assert pool("site")["stopped"] is None


def test_a_pilot_of_another_parsl_is_never_lent(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "parsl-2020.1.1.dist-info").mkdir(parents=True)
    (elsewhere / "parsl-2020.1.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: parsl\nVersion: 2020.1.1\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={elsewhere} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    write_profile("other", environment={"python": str(python)})
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD.format(name="other"))
        why = wait_for("the reason", lambda: pool("other")["waitingWhy"])
        ours = notebook.run("import parsl; print(parsl.__version__)").strip()
        assert isinstance(why, str)
        assert f"pilots have Parsl 2020.1.1 ({python}), the kernel has Parsl {ours}" in why
        assert f"{python} -m pip install parsl=={ours}" in why
        assert why in notebook.run("print(pilothouse.status('other'))")
        wait_for("both pilots", lambda: [p["state"] for p in pilots("other")] == ["idle"] * 2)
        assert notebook.run("print(future.done())").strip() == "False"
        # The executor is as good as ever, and so is the kernel.
        notebook.run("pilothouse.load('local', restart=True)")
        assert notebook.run("print(one().result())").strip() == "1"
