"""The package as a user gets it: built, and installed into a fresh environment elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Distributions:
    """What `python -m build` makes."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Installed:
    """A fresh environment with the wheel in it, and no Node on its PATH."""

    folder: Path
    environment: dict[str, str]

    def run(
        self, argv: Sequence[str], environment: dict[str, str] | None = None, seconds: float = 180
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program of this environment; its output is on both streams' attributes."""
        return subprocess.run(
            [str(self.folder / "bin" / argv[0]), *argv[1:]],
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def path_without_node(first: Path, shims: Path) -> str:
    """A PATH on which the ordinary programs are, and neither node nor npm."""
    shims.mkdir()
    hidden = {"node", "nodejs", "npm", "npx"}
    for folder in ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        for program in Path(folder).iterdir() if Path(folder).is_dir() else []:
            link = shims / program.name
            if program.name not in hidden and not link.is_symlink():
                link.symlink_to(program)
    return f"{first}:{shims}"


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """An sdist of the checkout and the wheel built from that sdist, by a PATH without Node."""
    folder = tmp_path_factory.mktemp("dist")
    shims = tmp_path_factory.mktemp("path") / "bin"
    environment = {**os.environ, "PATH": path_without_node(Path(sys.prefix) / "no-bin", shims)}
    built = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-4000:]
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return Distributions(sdist, wheel)


@pytest.fixture(scope="session")
def installed(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel and JupyterLab in a fresh environment outside the checkout."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    shims = folder / "programs"
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "JUPYTER", "PILOTHOUSE", "NODE", "npm_"))
    }
    environment["PATH"] = path_without_node(folder / "bin", shims)
    assert shutil.which("node", path=environment["PATH"]) is None
    done = Installed(folder, environment)
    pip = done.run(
        [
            "python", "-m", "pip", "install", "-q", "--disable-pip-version-check",
            f"{distributions.wheel}[lab]", "jupyterlab==4.6.4", "nbclient",
        ],
        seconds=600,
    )  # fmt: skip
    assert pip.returncode == 0, pip.stdout + pip.stderr
    return done
