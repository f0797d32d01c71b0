"""Two notebooks on one pool of two pilots: an idle one gives way, a busy one shares."""

from __future__ import annotations

import json
import os
from pathlib import Path

from conftest import PilothouseHome

from .notebook import Notebook

LOAD = """
import pilothouse
from parsl import python_app
pilothouse.load("local", blocks=2)

@python_app
def where(seconds=0.0):
    import os, time
    time.sleep(seconds)
    return os.environ["PARSL_WORKER_POOL_ID"]

@python_app
def short(no_more):
    import os, time
    if not os.path.exists(no_more):
        time.sleep(0.2)
"""


def limit_local(pilots: int) -> None:
    """Replaces the built-in profile by one with at most this many pilots."""
    folder = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "pilothouse" / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    profile = {"name": "local", "scaling": {"max": pilots}}
    (folder / "local.json").write_text(json.dumps(profile))


def test_idle_notebook_gives_way_and_gets_back(
    pilothouse_home: PilothouseHome, tmp_path: Path
) -> None:
    limit_local(2)
    with Notebook(tmp_path / "a.ipynb") as first, Notebook(tmp_path / "b.ipynb") as second:
        first.run(LOAD)
        first.run("print(len({where(0.2).result() for _ in range(4)}))")
        second.run(LOAD)
        assert second.run("print(where().result())").strip()
        assert first.run("print(where().result())").strip()


def test_busy_notebook_shares(pilothouse_home: PilothouseHome, tmp_path: Path) -> None:
    limit_local(2)
    with Notebook(tmp_path / "a.ipynb") as first, Notebook(tmp_path / "b.ipynb") as second:
        first.run(LOAD)
        # Work for longer than a test waits; what is left in the end is done at once.
        no_more = tmp_path / "no-more"
        first.run(f"futures = [short({str(no_more)!r}) for _ in range(1500)]")
        second.run(LOAD)
        assert second.run("print(where().result())").strip()
        assert first.run("print(all(f.done() for f in futures))").strip() == "False"
        no_more.touch()
        assert first.run("print(len([f.result() for f in futures]))", seconds=120) == "1500\n"
