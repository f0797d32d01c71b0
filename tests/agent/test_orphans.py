"""Whoever is killed, nothing of a pool is left: no process, no temporary folder, no key."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor

from .conftest import StartPilot
from .home import Home, until
from .interchange import RESULT_SECONDS, pool_start, submit, value
from .pilot import Pilot, marked


def leaves_daemons() -> dict[str, int]:
    """Starts what outlives its task: a child, and a daemon of its own session, twice forked."""
    import os
    import subprocess

    child = subprocess.Popen(["/bin/sleep", "1000"])
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sleep", ["sleep", "1001"])
        os._exit(0)
    os.wait()
    return {"worker": os.getpid(), "fork_server": os.getppid(), "child": child.pid}


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


class Scene:
    """A pool whose tasks have left processes behind, and who is who in it."""

    def __init__(self, pilot: Pilot, found: dict[str, int], mark: str) -> None:
        self.pilot = pilot
        self.worker = found["worker"]
        self.fork_server = found["fork_server"]
        self.manager = parent(self.fork_server)
        self.keeper = parent(self.manager)
        self.zygote = parent(self.keeper)
        self.mark = mark

    def of_pool(self) -> set[int]:
        """All processes but agent and zygote and the standby."""
        return {each for each in marked(self.mark) if self.keeper in self._above(each)}

    def is_over(self) -> bool:
        """Whether nothing of the pilot is left: of two looks the second sees whom one that has
        ended during the first had just forked."""
        return not marked(self.mark) and not marked(self.mark)

    def sleepers(self) -> list[int]:
        return [each for each in marked(self.mark) if b"sleep" in _command(each)]

    def temporary_folders(self) -> list[Path]:
        """What is left in the pilot's own and in the system's temporary folder."""
        return [*(self.pilot.folder / "tmp").iterdir(), *self.pilot.temporary.iterdir()]

    @staticmethod
    def _above(process: int) -> set[int]:
        found = {process}
        while process > 1:
            try:
                process = parent(process)
            except OSError:
                break  # ended meanwhile
            found.add(process)
        return found


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _is_gone(process: int) -> bool:
    return not _command(process)


@pytest.fixture
def scene(
    home: Home, start_pilot: StartPilot, executor: HighThroughputExecutor, tmp_path: Path, mark: str
) -> Scene:
    pilot = start_pilot()
    home.next("agent.hello")
    name, _, content = mark.partition("=")
    home.send(
        "pool.start",
        pool_start(executor, "s-1", tmp_path, environment={name: content, "PATH": "/bin"}),
    )
    found = value(submit(executor, leaves_daemons).result(RESULT_SECONDS))
    assert isinstance(found, dict)
    scene = Scene(pilot, found, mark)
    until(lambda: len(scene.sleepers()) == 2, "what the task leaves")
    assert len(scene.of_pool()) >= 6
    return scene


def test_agent_killed(scene: Scene) -> None:
    os.kill(scene.pilot.process.pid, signal.SIGKILL)
    scene.pilot.ended()
    until(scene.is_over, "the end of all")
    assert scene.temporary_folders() == []
    assert not list(scene.pilot.folder.glob("leases/*/certificates"))


def test_agent_and_zygote_killed(scene: Scene) -> None:
    os.kill(scene.zygote, signal.SIGKILL)
    os.kill(scene.pilot.process.pid, signal.SIGKILL)
    scene.pilot.ended()
    until(scene.is_over, "the end of all")
    assert scene.temporary_folders() == []


def test_zygote_killed_harms_no_pool(
    scene: Scene, home: Home, executor: HighThroughputExecutor
) -> None:
    os.kill(scene.zygote, signal.SIGKILL)
    until(lambda: "the zygote is gone" in scene.pilot.output(), "the fallback")
    assert value(submit(executor, os.getpid).result(RESULT_SECONDS))
    home.send("pool.stop", {"lease": "lease-1"})
    until(lambda: not scene.of_pool() and not scene.sleepers(), "the end of the pool")
    home.send("pilot.end", {"reason": "finished"})
    assert scene.pilot.ended() == 0
    assert scene.temporary_folders() == []


@pytest.mark.parametrize("victim", ["manager", "keeper"])
def test_one_of_the_pool_killed(scene: Scene, home: Home, victim: str) -> None:
    os.kill(getattr(scene, victim), signal.SIGKILL)
    while (pool := home.next("agent.pool"))["state"] != "ended":
        pass
    assert pool["exitCode"] == (-signal.SIGKILL if victim == "manager" else None)
    until(lambda: not scene.sleepers(), "the end of the daemons")
    for process in (scene.worker, scene.fork_server, scene.manager, scene.keeper):
        until(partial(_is_gone, process), "the end of the pool")
    home.send("pilot.end", {"reason": "removed"})
    scene.pilot.ended()
    assert scene.temporary_folders() == []


def test_fork_server_killed(scene: Scene, home: Home) -> None:
    """Its workers get another parent; they go with the pool all the same."""
    os.kill(scene.fork_server, signal.SIGKILL)
    until(lambda: parent(scene.worker) == scene.keeper, "the keeper's adoption")
    home.send("pool.stop", {"lease": "lease-1"})
    until(lambda: not scene.of_pool() and not scene.sleepers(), "the end of the pool")
    until(lambda: not _command(scene.worker), "the end of the worker")


def test_whole_group_of_the_agent_killed(scene: Scene) -> None:
    """As a scheduler does that knows process groups only."""
    os.killpg(scene.pilot.process.pid, signal.SIGKILL)
    scene.pilot.ended()
    until(scene.is_over, "the end of all")
    assert scene.temporary_folders() == []
