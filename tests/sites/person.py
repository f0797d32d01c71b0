"""A person at a site: an account of the submit host, with a home, profiles and notebooks."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import psutil

from conftest import PilothouseHome
from testbed import user

from .shapes import Pilot, Pool, Status, Task

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")

POLLING = {"floorSeconds": 1, "everySeconds": 1, "ceilingSeconds": 2}
"""So that tests need not wait; a site would not allow it."""


class Refused(AssertionError):
    """The bridge, or a cell, raised an error."""

    def __init__(self, text: str, code: str, words: str | None) -> None:
        super().__init__(text)
        self.code = code
        self.words = words or ""


@dataclass(frozen=True)
class Host:
    """A submit host that a key opens."""

    address: str
    port: int
    key: Path
    known_to_workers: str | None = None
    """Its address, as workers know it; None: the same."""

    def way(self, folder: Path) -> dict[str, dict[str, object]]:
        """Fields of a profile: there, and back home.

        :param folder: for pilots; made where it is not there.
        """
        return {
            "submitHost": {
                "address": self.address,
                "port": self.port,
                "user": user.NAME,
                "keyFile": str(self.key),
                "folder": str(folder),
            },
            "uplink": {
                "kinds": ["submit-host"],
                "submitHostAddress": self.known_to_workers or self.address,
            },
        }


@dataclass(frozen=True)
class Person(PilothouseHome):
    """The tester with a home of one test; all is run as that account, with its rights.

    `environment` may be changed: what is started later has it.
    """

    desks: list[subprocess.Popen[str]] = field(default_factory=list)
    """One, from the first order on."""
    through: tuple[str, ...] = ()
    """What leads to the machine that the person sits at; this one if empty."""
    site: Mapping[str, str] = field(default_factory=dict)
    """What the scheduler's commands need, where only they have it: at a submit host elsewhere."""
    host: Host | None = None
    """Where that is; None: the person sits there."""

    def run(self, *argv: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command at the submit host, to its end; it may fail."""
        return user.run(
            argv,
            env={**self.environment, **self.site},
            cwd=self.root,
            stdin=stdin,
            check=False,
            through=self.through,
        )

    def said(self, *argv: str | Path, stdin: str = "") -> str:
        """What a command that succeeds prints."""
        done = self.run(*argv, stdin=stdin)
        assert done.returncode == 0, (argv, done.stdout, done.stderr)
        return done.stdout

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`pilothouse WORDS`."""
        return user.run(
            [sys.executable, "-m", "pilothouse", *words],
            env=self.environment,
            cwd=self.root,
            check=False,
            through=self.through,
        )

    def status(self, *pools: str) -> Status:
        """What `pilothouse status --json` prints."""
        done = self.command("status", *pools, "--json")
        assert done.returncode == 0, done.stderr
        return cast(Status, json.loads(done.stdout))

    def profile(
        self, name: str, scheduler: Mapping[str, object], **fields: Mapping[str, object]
    ) -> Path:
        """Writes a profile whose scheduler is asked often; logs in where that is needed."""
        file = self.write_profile(name, scheduler, **fields)
        self.log_in_again(name)
        return file

    def write_profile(
        self, name: str, scheduler: Mapping[str, object], **fields: Mapping[str, object]
    ) -> Path:
        """The same without logging in."""
        folder = self.jupyter_config / "pilothouse" / "profiles"
        file = folder / f"{name}.json"
        way = {} if self.host is None else self.host.way(self.root / "there")
        parts = {part: {**way.get(part, {}), **fields.get(part, {})} for part in {**way, **fields}}
        written = {"name": name, "scheduler": {"polling": POLLING, **scheduler}, **parts}
        self.write(file, json.dumps(written))
        return file

    def log_in_again(self, pool: str) -> None:
        """Where that is needed, as after the end of a bridge."""
        if self.host is not None:
            self.log_in(pool)

    def log_in(self, pool: str) -> None:
        """By a key; the machine's is trusted where it is new to this account."""
        self.request("hosts.login", pool=pool)

        def connected() -> bool:
            (host,) = cast("list[dict[str, object]]", self.request("hosts.list")["hosts"])
            login = cast("dict[str, object] | None", host["login"])
            question = cast("dict[str, dict[str, str]]", login["question"]) if login else {}
            if login and cast(object, question["kind"]) == "machine-key":
                fingerprint = question["key"]["fingerprint"]
                self.request("logins.trust", login=login["login"], fingerprint=fingerprint)
            assert host["state"] != "failed", host["trouble"]
            return host["state"] == "connected"

        self.wait_for("the login", connected)

    @property
    def submit_host(self) -> str:
        """As the panel calls it."""
        return socket.gethostname() if self.host is None else self.host.address

    def write(self, file: Path, text: str, *, program: bool = False) -> None:
        """A file of the person's own."""
        self.said("sh", "-c", 'mkdir -p "${0%/*}" && cat > "$0"', str(file), stdin=text)
        if program:
            file.chmod(0o755)

    def instead_of(self, program: str, *lines: str) -> Path:
        """Puts lines of sh before a program of the scheduler's on PATH; `$real` is that program.

        The file may be removed, or written again, at any time.
        """
        file = self.root / "bin" / program
        head = [
            "#!/bin/sh",
            f'PATH=$(echo "$PATH" | sed "s#^{self.root}/bin:##")',
            f"real=$(command -v {program})",
        ]
        made = file.with_suffix(".new")
        self.write(made, "\n".join([*head, *lines, ""]), program=True)
        made.rename(file)
        return file

    def order(self, do: str, **more: object) -> object:
        """Has the desk do something.

        :raises Refused: with what it said.
        """
        desk = self._desk()
        assert desk.stdin is not None
        assert desk.stdout is not None
        desk.stdin.write(json.dumps({"do": do, **more}) + "\n")
        desk.stdin.flush()
        line = desk.stdout.readline()
        assert line, f"the desk ended: {(self.root / 'desk.log').read_text()[-4000:]}"
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"], answer["code"], answer["words"])
        return cast(object, answer["result"])

    def _desk(self) -> subprocess.Popen[str]:
        if not self.desks:
            argv = [sys.executable, "-m", "tests.sites.desk", str(self.root / "work")]
            with (self.root / "desk.log").open("w") as said:
                desk = user.popen(
                    argv,
                    env=self.environment,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stderr=said.fileno(),
                    through=self.through,
                )
            self.desks.append(desk)
        return self.desks[0]

    def request(self, method: str, **params: object) -> dict[str, object]:
        """A request of the command's to the bridge."""
        return cast("dict[str, object]", self.order("request", method=method, params=params))

    def open(self, notebook: str = "a") -> Cells:
        """A notebook with its kernel, closed when the test ends."""
        self.order("open", notebook=notebook)
        return Cells(self, notebook)

    def pool(self, name: str) -> Pool:
        """A pool as the panel has it."""
        (found,) = cast(Status, self.request("pools.status", pool=name))["pools"]
        return found

    def pilots(self, pool: str) -> list[Pilot]:
        """All its pilots, ended ones too, oldest first."""
        found = cast(Status, self.request("pools.status", pool=pool))["pilots"]
        return sorted(found, key=lambda pilot: int(pilot["pilot"][1:].partition("-")[0]))

    def tasks_of(self, app: str | None = None) -> list[Task]:
        """Tasks as they are, of one app or of all, oldest first."""
        found = cast("list[Task]", self.request("tasks.list", limit=500)["tasks"])
        own = [task for task in found if app in (None, task["app"])]
        return sorted(own, key=lambda task: task["task"])

    def tasks(self) -> list[Task]:
        """All tasks, once the kernel has told the end of each."""

        def over() -> bool:
            return all(task["endedAtMs"] for task in self.tasks_of())

        self.wait_for("the end of all", over)
        return self.tasks_of()

    def wait_for(self, what: str, look: Callable[[], T], seconds: float = 60.0) -> T:
        """The first true answer; fails with the last one and what the bridge's log says."""
        end = time.monotonic() + seconds
        while not (answer := look()):
            if time.monotonic() > end:
                raise AssertionError(
                    f"waited {seconds:g} s in vain for {what}; last: {answer!r}\n{self.log()}"
                )
            time.sleep(0.1)
        return answer

    def wait_for_states(self, pool: str, *states: str, seconds: float = 60.0) -> list[Pilot]:
        """Waits until the pilots of a pool that have not ended are in these states."""

        living: list[Pilot] = []

        def reached() -> bool:
            living[:] = [pilot for pilot in self.pilots(pool) if pilot["state"] != "ended"]
            return sorted(pilot["state"] for pilot in living) == sorted(states)

        def seen() -> list[tuple[str, str, str]]:
            return [(p["pilot"], p["state"], p["words"]) for p in self.pilots(pool)]

        try:
            self.wait_for(f"pilots that are {states}", reached, seconds)
        except AssertionError as error:
            raise AssertionError(f"{self.pool(pool)}\n{seen()}\n{error}") from error
        return living

    def log(self) -> str:
        """The end of the bridge's log."""
        file = self.state / "bridge.log"
        return file.read_text()[-6000:] if file.exists() else ""

    @staticmethod
    def lives(pid: int | None) -> bool:
        """Whether a process does anything any more."""
        if pid is None or not psutil.pid_exists(pid):
            return False
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def close(self) -> None:
        """Closes all notebooks, as a person who goes home."""
        for desk in self.desks:
            desk.communicate(timeout=60)

    def end(self) -> None:
        """Ends pilots and bridge; raises if the bridge refuses."""
        pid = self.bridge_pid()
        if pid is None or not psutil.pid_exists(pid):
            return
        down = self.command("down", "--all")
        stop = self.command("bridge", "stop")
        assert (down.returncode, stop.returncode) == (0, 0), (down, stop, self.log())


@dataclass(frozen=True)
class Cells:
    """One notebook of a person's."""

    person: Person
    name: str

    def send(self, code: str) -> int:
        """Starts a cell and returns at once."""
        return cast(int, self.person.order("send", notebook=self.name, code=code))

    def wait(self, sent: int, seconds: float = 90.0) -> str:
        """What the cell printed, once it has ended; raises Refused if it raised."""
        try:
            return cast(str, self.person.order("wait", sent=sent, seconds=seconds))
        except Refused as error:
            raise Refused(f"{error}\n{self.person.log()}", error.code, error.words) from error

    def run(self, code: str, seconds: float = 90.0) -> str:
        """Runs a cell to its end and returns what it printed."""
        return self.wait(self.send(code), seconds)

    def restart(self) -> None:
        """JupyterLab's restart button."""
        self.person.order("restart", notebook=self.name)
