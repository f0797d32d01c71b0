"""A real agent and a real home, a switching bridge between them, a real interchange behind."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor

from pilothouse.agent.archive import build
from pilothouse.bridge.paths import folders
from pilothouse.lending.burial import Death, Undertaker
from testbed.networks.line import Line
from tests.agent import interchange, pilot
from tests.agent.home import Message, make_certificate, until

from .bridge import SECRET, Bridge
from .pair import Pair

EXECUTOR = "x-tunnel"


@dataclass
class Site:
    """All of it: a kernel's side here, a pilot there, and what lies between."""

    bridge: Bridge
    executor: HighThroughputExecutor
    pilot: pilot.Pilot
    folder: Path
    home: subprocess.Popen[bytes]
    starts: dict[str, str] = field(default_factory=dict)
    """Tunnels by the starts of pools."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start_pool(self, workers: int = 2) -> str:
        """One pool; returns its start once the interchange has it."""
        number = next(self.numbers)
        start, tunnel = f"s-{number}", secrets.token_hex(8)
        params = interchange.pool_start(
            self.executor, start, self.folder, lease=f"lease-{number}", workers=workers
        )
        self.starts[start] = tunnel
        self.bridge.start_pool(params, tunnel)
        until(lambda: start in self.managers(), "a registered pool")
        return start

    def managers(self) -> list[str]:
        """Starts that the interchange has."""
        return [str(row["manager"]) for row in self.executor.connected_managers()]

    def submit(self, function: object, *args: object) -> Future[object]:
        """One task."""
        assert callable(function)
        return interchange.submit(self.executor, function, *args)

    def bury(self, start: str) -> None:
        """As the kernel does, once the bridge has said that a start is dead."""
        undertaker = Undertaker(
            self.executor.cert_dir,
            f"tcp://127.0.0.1:{self.executor.worker_port}",
            lambda: [number for number in list(self.executor.tasks) if isinstance(number, int)],
            lambda: set(self.managers()),
        )
        undertaker.bury(Death(start, "here", "the test says so"))
        until(lambda: start not in self.managers(), "its burial")
        undertaker.close()

    def home_log(self) -> str:
        return (self.folder / "home.log").read_text()

    def ended(self, start: str) -> Message:
        """What the agent says of a pool's end."""
        found: list[Message] = []

        def look() -> bool:
            found.extend(
                pool
                for pool in self.bridge.pools
                if pool["start"] == start and pool["state"] == "ended"
            )
            return bool(found)

        until(look, f"the end of {start}")
        return found[0]


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[HighThroughputExecutor]:
    folder = tmp_path / "htex"
    folder.mkdir()
    executor = interchange.open_executor(folder)
    yield executor
    executor.shutdown()


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short path with Pilothouse's folders in it, and the secret of its bridge."""
    root = Path(tempfile.mkdtemp(prefix="ph-", dir="/tmp"))
    monkeypatch.setenv("PILOTHOUSE_STATE_DIR", str(root / "state"))
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(root / "run"))
    where = folders()
    for folder in (where.state, where.runtime):
        folder.mkdir(mode=0o700, exist_ok=True)
    where.secret.touch(0o600)
    where.secret.write_text(SECRET)
    yield root
    shutil.rmtree(root)


def start_home(folder: Path, port: int) -> subprocess.Popen[bytes]:
    words = [str(os.getpid()), str(folder / "home.log"), EXECUTOR, str(port)]
    return subprocess.Popen([sys.executable, "-m", "pilothouse.home", *words])


@contextmanager
def everything(
    root: Path, folder: Path, executor: HighThroughputExecutor, line: Line | None = None
) -> Iterator[Site]:
    """Everything runs; afterwards nothing may be left.

    :param line: the only way from the agent's machine; else it is on this one.
    """
    host = "127.0.0.1" if line is None else line.address
    bridge = Bridge(make_certificate(folder), folders().socket, host)
    mark = f"PILOTHOUSE_TEST={uuid.uuid4()}"
    port = bridge.port if line is None else bridge.own_port
    content: dict[str, object] = {
        "protocol": 1, "pilot": "p-test", "attempt": 1, "secret": "ab" * 32,
        "expiresAtMs": 4102444800000, "fingerprint": bridge.certificate.fingerprint,
        "contactFile": None, "addresses": [{"host": host, "port": port}],
        "workers": 2, "cores": 2, "memoryMiB": 1000, "walltimeSeconds": None,
        "warnSeconds": 0, "idleSeconds": 600, "noContactSeconds": 600,
        "pingMs": 300, "silenceMs": 2000, "sharesFiles": True,
    }  # fmt: skip
    name, _, value = mark.partition("=")
    archive = build(root / "agent")
    before = () if line is None else line.first.command([])
    agent = pilot.start(archive, root / "pilot", content, {name: value}, {}, before)
    assert executor.worker_port is not None
    home = start_home(folder, executor.worker_port)
    site = Site(bridge, executor, agent, folder, home)
    try:
        bridge.ready()
        until(lambda: bridge.openings, "a home")
        yield site
    finally:
        site.home.kill()
        site.home.wait()
        bridge.do(bridge.way.goes.set)
        agent.process.send_signal(signal.SIGTERM)
        agent.ended()
        bridge.close()
        until(lambda: not pilot.marked(mark), "the end of all processes", 20)
    assert bridge.violations == []


@pytest.fixture
def site(root: Path, tmp_path: Path, executor: HighThroughputExecutor) -> Iterator[Site]:
    """On this machine, by a way that can be made bad."""
    with everything(root, tmp_path, executor) as site:
        yield site


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.close()
