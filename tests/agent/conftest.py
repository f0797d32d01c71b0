"""Agents, a scripted bridge and a real interchange for each test that wants them."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor

from pilothouse.agent.archive import build

from . import interchange, pilot
from .home import Certificate, Home, make_certificate, until

StartPilot = Callable[..., pilot.Pilot]
StartPool = Callable[..., pilot.Pilot]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("agent"))


@pytest.fixture
def home(certificate: Certificate) -> Iterator[Home]:
    with Home(certificate) as home:
        yield home
    assert home.violations == []


@pytest.fixture
def mark() -> str:
    """An entry of the environment that all processes of this test's pilots have."""
    return f"PILOTHOUSE_TEST={uuid.uuid4()}"


@pytest.fixture
def start_pilot(home: Home, archive: Path, mark: str) -> Iterator[StartPilot]:
    """Starts agents; afterwards no process of theirs may be left."""
    pilots: list[pilot.Pilot] = []
    # short, because of the sockets in a pilot's temporary folders (unix(7): 107 bytes)
    root = Path(tempfile.mkdtemp(prefix="ph-", dir="/tmp"))

    def start(
        environment: dict[str, str] | None = None,
        beside: dict[str, str] | None = None,
        **changes: object,
    ) -> pilot.Pilot:
        name, _, value = mark.partition("=")
        content = pilot.pilot_file(home, **changes)
        folder = root / f"pilot-{len(pilots)}"
        surroundings = {**(environment or {}), name: value}
        started = pilot.start(archive, folder, content, surroundings, beside or {})
        pilots.append(started)
        return started

    yield start
    for each in pilots:
        if each.process.poll() is None:
            each.process.send_signal(signal.SIGTERM)
            each.ended()
    try:
        until(lambda: not pilot.marked(mark), "the end of all processes")
    finally:
        for process in pilot.marked(mark):
            os.kill(process, signal.SIGKILL)
    shutil.rmtree(root)


@pytest.fixture(params=["zygote", "plain"])
def begun(request: pytest.FixtureRequest, home: Home, start_pilot: StartPilot) -> pilot.Pilot:
    """A pilot that starts pools in one of the two ways."""
    begun = start_pilot({"ONLY_THE_AGENTS": "yes"})
    home.next("agent.hello")
    if request.param == "plain":
        until(lambda: pilot.zygotes(begun.process.pid), "a zygote")
        for zygote in pilot.zygotes(begun.process.pid):
            os.kill(zygote, signal.SIGKILL)
        until(lambda: "the zygote is gone" in begun.output(), "the fallback")
        home.cut()
        assert home.next("agent.hello")["starts"] == "plain"
    return begun


@pytest.fixture
def start_pool(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path
) -> StartPool:
    """Starts pool `s-1` of `lease-1` at a pilot that is new, or has just been started."""

    def start(
        at: pilot.Pilot | None = None, workers: int = 2, accelerators: tuple[str, ...] = ()
    ) -> pilot.Pilot:
        at = at or start_pilot()
        home.next("agent.hello")
        params = interchange.pool_start(
            executor, "s-1", tmp_path, workers=workers, accelerators=accelerators
        )
        home.send("pool.start", params)
        return at

    return start


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[HighThroughputExecutor]:
    folder = tmp_path / "htex"
    folder.mkdir()
    executor = interchange.open_executor(folder)
    yield executor
    executor.shutdown()
