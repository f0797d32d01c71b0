"""The wheel holds all that a user needs, and works where nothing else is installed."""

from __future__ import annotations

import re
import tarfile
import zipfile

from conftest import PilothouseHome
from tests.package.conftest import Distributions, Installed

LABEXTENSION = "share/jupyter/labextensions/jupyterlab-pilothouse"


def test_wheel_holds_labextension_bridge_agent_and_schemas(distributions: Distributions) -> None:
    names = zipfile.ZipFile(distributions.wheel).namelist()
    data = next(name.split("/")[0] for name in names if ".data/" in name)
    for name in (
        "pilothouse/__init__.py",
        "pilothouse/bridge/bridge.js",
        "pilothouse/bridge/bridge.js.LEGAL.txt",
        "pilothouse/schemas/protocol.json",
        "pilothouse/agent/archive.py",
        "pilothouse/agent/worker.py",
        f"{data}/data/{LABEXTENSION}/package.json",
        f"{data}/data/{LABEXTENSION}/install.json",
        f"{data}/data/{LABEXTENSION}/static/style.js",
        f"{data}/data/{LABEXTENSION}/schemas/jupyterlab-pilothouse/plugin.json",
        f"{data}/data/etc/jupyter/jupyter_server_config.d/pilothouse.json",
    ):
        assert name in names
    assert not [name for name in names if name.startswith("pilothouse/labextension/")]
    assert not [name for name in names if "node_modules" in name or name.endswith(".spec.ts")]


def test_bundled_packages_bring_their_licences(distributions: Distributions) -> None:
    wheel = zipfile.ZipFile(distributions.wheel)
    words = wheel.read("pilothouse/bridge/bridge.js.LEGAL.txt").decode()
    for package in ("ws", "zod", "@peculiar/x509"):
        assert re.search(rf"^{package} \d+\.\d+\.\d+$", words, re.MULTILINE), package
    assert "Permission is hereby granted" in words


def test_sdist_holds_sources_and_what_was_built(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    for name in (
        "package.json",
        "package-lock.json",
        "src/protocol/index.ts",
        "src/bridge/main.ts",
        "pilothouse/bridge/bridge.js",
        "pilothouse/labextension/package.json",
        "LICENSE",
        "README.md",
    ):
        assert name in names
    assert not [name for name in names if name.startswith(("node_modules/", "ui-tests/", ".venv/"))]


def test_jupyter_finds_both_extensions(installed: Installed) -> None:
    server = installed.run(["jupyter", "server", "extension", "list"])
    assert re.search(r"^\s*pilothouse .*OK", server.stdout + server.stderr, re.MULTILINE), (
        server.stderr
    )
    lab = installed.run(["jupyter", "labextension", "list"])
    assert re.search(r"jupyterlab-pilothouse .*OK", lab.stdout + lab.stderr), lab.stderr


def test_command_is_there(installed: Installed) -> None:
    version = installed.run(["pilothouse", "--version"])
    assert version.returncode == 0, version.stderr
    assert re.search(r"\d+\.\d+\.\d+", version.stdout)


ROUND_TRIP = """
import pilothouse
from parsl import python_app


@python_app
def where():
    import os

    return os.getpid()


if __name__ == "__main__":
    import os

    with pilothouse.load("local", blocks=1):
        pid = where().result(timeout=60)
    assert pid != os.getpid()
    print("ran elsewhere")
"""


def test_task_makes_its_round_trip_without_node_on_path(
    installed: Installed, pilothouse_home: PilothouseHome
) -> None:
    script = pilothouse_home.root / "trip.py"
    script.write_text(ROUND_TRIP)
    names = ("PILOTHOUSE_STATE_DIR", "PILOTHOUSE_RUNTIME_DIR")
    environment = {name: pilothouse_home.environment[name] for name in names}
    trip = installed.run(["python", str(script)], environment)
    assert trip.stdout.strip().endswith("ran elsewhere"), trip.stdout + trip.stderr
    assert trip.returncode == 0
