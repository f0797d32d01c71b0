"""Runtimes of this Python, made once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Made:
    """As ``python -m pilothouse.runtime`` prints it."""

    hash: str
    path: Path
    name: str
    bytes: int
    minor: str
    parsl: str
    architecture: str
    glibc: str | None
    carries_python: bool


def make(
    folder: Path,
    *more: str,
    python: Sequence[str] = (sys.executable,),
    env: dict[str, str] | None = None,
) -> Made:
    """Runs the builder."""
    done = subprocess.run(
        [*python, "-m", "pilothouse.runtime", str(folder), *more],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return Made(path=Path(said.pop("path")), carries_python=said.pop("carriesPython"), **said)


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they are."""
    return tmp_path_factory.mktemp("archives")


@pytest.fixture(scope="session")
def whole(archives: Path) -> Made:
    """With this Python itself."""
    return make(archives, "--python")


@pytest.fixture(scope="session")
def bare(archives: Path) -> Made:
    """For a site that has this Python."""
    return make(archives)
