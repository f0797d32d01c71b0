"""What all Python tests share: a home of their own, and the proof that it was left empty."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

pytest_plugins = ["testbed.left_out", "testbed.fixtures"]

GONE_WITHIN_SECONDS = 15.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many of the tests are also run over SSH."""
    parser.addoption(
        "--over-ssh",
        action="store_true",
        help="run also the long ones of those at a submit host that is logged in to",
    )


@dataclass(frozen=True)
class PilothouseHome:
    """Folders of one test; `environment` names them to every process the test starts."""

    root: Path
    state: Path
    runtime: Path
    jupyter_config: Path
    environment: dict[str, str]

    def bridge_pid(self) -> int | None:
        """Process id of the bridge that last said it lives here; it may be dead."""
        try:
            return int(json.loads((self.runtime / "bridge.json").read_text())["pid"])
        except FileNotFoundError:
            return None

    def processes(self) -> list[psutil.Process]:
        """Processes that were started with this home, but for the test's own."""
        mark = str(self.root)
        found = []
        for process in psutil.process_iter():
            if process.pid == os.getpid():
                continue
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if _bears(process, mark):
                    found.append(process)
        return found

    def left(self, within_seconds: float = GONE_WITHIN_SECONDS) -> list[psutil.Process]:
        """Processes that are still there when the time is over; none as soon as there are none."""
        deadline = time.monotonic() + within_seconds
        while (processes := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return processes

    def end(self) -> None:
        """Ends pilots and bridge as a person would; raises if the bridge refuses."""
        pid = self.bridge_pid()
        if pid is None or not psutil.pid_exists(pid):
            return
        down = subprocess.run(
            [sys.executable, "-m", "pilothouse", "down", "--all"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.bridge_pid() or pid, signal.SIGTERM)
        if down.returncode != 0:
            raise AssertionError(f"pilothouse down --all: {down.stdout}{down.stderr}")


def _bears(process: psutil.Process, mark: str) -> bool:
    """Whether a process was started with this path in its command line or environment."""
    environment = process.environ()
    if any(mark in word for word in [*process.cmdline(), *environment.values()]):
        return True
    if environment:
        return False
    # Parsl's interchange names itself, for which setproctitle overwrites both.
    return any(mark in path for path in [process.cwd(), *(f.path for f in process.open_files())])


def _described(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        return f"{process.pid} {' '.join(process.cmdline())[:300]}"
    return f"{process.pid} (just gone)"


@pytest.fixture
def pilothouse_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[PilothouseHome]:
    """A fresh home in this process's environment; fails the test if a process outlives it.

    Its path is short, because a unix socket's may have at most 103 bytes.
    """
    root = Path(tempfile.mkdtemp(prefix="ph-", dir="/tmp"))
    folders = {
        "PILOTHOUSE_STATE_DIR": root / "state",
        "PILOTHOUSE_RUNTIME_DIR": root / "run",
        "JUPYTER_CONFIG_DIR": root / "config",
        "JUPYTER_DATA_DIR": root / "data",
        "JUPYTER_RUNTIME_DIR": root / "jupyter-run",
        "IPYTHONDIR": root / "ipython",
    }
    for name, folder in folders.items():
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
    home = PilothouseHome(
        root=root,
        state=folders["PILOTHOUSE_STATE_DIR"],
        runtime=folders["PILOTHOUSE_RUNTIME_DIR"],
        jupyter_config=folders["JUPYTER_CONFIG_DIR"],
        environment=dict(os.environ),
    )
    try:
        yield home
        home.end()
    finally:
        left = home.left()
        described = [_described(process) for process in left]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if left:
            log = home.state / "bridge.log"
            words = log.read_text()[-4000:] if log.exists() else ""
            pytest.fail("left behind:\n" + "\n".join(described) + f"\nbridge.log:\n{words}")
        shutil.rmtree(root, ignore_errors=True)
