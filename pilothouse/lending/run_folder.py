"""The private folder of one executor's run: certificates, Parsl's run folder, logs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from parsl import curvezmq

from ..bridge.paths import folders
from ..errors import PilothouseError

KEPT = 20
"""Folders of ended runs that are kept for their logs."""

_NAME = re.compile(r"\d+-(?P<pid>\d+)-.+")


class RunFolder:
    """``runs/<time>-<pid>-<executor>`` in the state folder, mode 0700.

    :raises PilothouseError: ``folder_unsafe``, of the state folder.
    """

    def __init__(self, executor_id: str, now_seconds: float) -> None:
        runs = folders().state / "runs"
        runs.mkdir(mode=0o700, exist_ok=True)
        _prune(runs)
        self.path = runs / f"{int(now_seconds)}-{os.getpid()}-{executor_id}"
        self.path.mkdir(mode=0o700)

    @property
    def parsl(self) -> Path:
        """Parsl's ``run_dir``."""
        return self.path / "parsl"

    @property
    def interchange_output(self) -> Path:
        """What the interchange prints: nothing, unless something is wrong."""
        return self.path / "interchange.out"

    @property
    def home_output(self) -> Path:
        """What the home logs, where tunnels made one necessary."""
        return self.path / "home.log"

    @property
    def certificates(self) -> Path:
        return self.path / "certificates"

    @property
    def contents(self) -> Path:
        """What is large and lies here while tasks need it; ``src/bridge/content`` knows its
        name."""
        return self.path / "content"

    def make_certificates(self) -> str:
        """New CURVE keys, for HTEX's ``cert_dir``. Parsl makes their folder private; a copy of a
        file goes without its folder."""
        made = curvezmq.create_certificates(self.path)
        for key in self.certificates.glob("*.key_secret"):
            key.chmod(0o600)
        return str(made)

    def last_words(self, most_chars: int = 4000) -> str:
        """The end of what the interchange printed."""
        try:
            return self.interchange_output.read_text(errors="replace")[-most_chars:].strip()
        except FileNotFoundError:
            return ""

    def interchange_error(
        self, code: str, process: subprocess.Popen[bytes] | None
    ) -> PilothouseError:
        """That the interchange has ended: how, its last words, and where there are more."""
        ended = None if process is None else process.returncode
        params = {"exit": ended, "log": str(self.interchange_output)}
        return PilothouseError(code, params, words=self.last_words() or None)

    def close(self) -> None:
        """Removes keys and contents, and the whole folder if it holds no log."""
        shutil.rmtree(self.contents, ignore_errors=True)
        shutil.rmtree(self.certificates, ignore_errors=True)
        written = [*self.path.rglob("*.log"), self.interchange_output]
        if not any(log.is_file() and log.stat().st_size for log in written):
            shutil.rmtree(self.path, ignore_errors=True)


def _prune(runs: Path) -> None:
    """Removes the oldest folders of processes that are gone."""
    ended = sorted(folder for folder in runs.iterdir() if _is_over(folder.name))
    for folder in ended[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _is_over(name: str) -> bool:
    found = _NAME.fullmatch(name)
    if found is None:
        return False
    pid = int(found["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return True  # reused by another user's process
    return False
