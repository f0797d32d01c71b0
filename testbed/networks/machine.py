"""A machine that is a network namespace: ip-netns(8), network_namespaces(7)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed import user
from testbed.processes import Process, known
from testbed.programs import run

PREFIX = "pilothouse"
NAME = re.compile(rf"{PREFIX}-(\d+)-(\d+)-(\d+)")
"""Process id, its start, and a number: whoever made it is known by the first two."""


@dataclass(frozen=True)
class Machine:
    """This machine's files and processes, and a network of its own; `name` None: this machine's."""

    label: str
    name: str | None

    @property
    def file(self) -> Path:
        """Its namespace, for nsenter(1)."""
        return Path("/proc/self/ns/net") if self.name is None else Path("/run/netns") / self.name

    def command(self, argv: Sequence[str | Path]) -> list[str]:
        """The words that run a program there, when they are run by root."""
        words = [str(word) for word in argv]
        return words if self.name is None else ["nsenter", f"--net={self.file}", "--", *words]

    def run(self, argv: Sequence[str | Path], *, stdin: str | None = None) -> str:
        """Runs a program there as root and returns what it printed.

        Raises:
            TestbedError: it failed.
        """
        return run(self.command(argv), stdin=stdin)

    def popen(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        stdin: int | None = subprocess.DEVNULL,
        stdout: int | None = subprocess.PIPE,
        stderr: int | None = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        """Starts a program there as the tester, with a login's environment and `env`."""
        return subprocess.Popen(
            self.command(user.command(argv)),
            env=user.environment(env),
            cwd=user.HOME,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def processes(self) -> list[Process]:
        """What runs there, whoever has started it."""
        if self.name is None:
            return []
        numbers = run(["ip", "netns", "pids", self.name]).split()
        return [process for process in map(known, map(int, numbers)) if process is not None]

    def listening(self) -> list[str]:
        """Addresses that somebody listens at there."""
        lines = self.run(["ss", "-H", "-l", "-t", "-n"]).splitlines()
        return [line.split()[3] for line in lines]


def create(name: str, label: str) -> Machine:
    """Makes a machine that reaches nobody but itself."""
    run(["ip", "netns", "add", name])
    machine = Machine(label, name)
    machine.run(["ip", "link", "set", "lo", "up"])
    return machine


def remove(name: str) -> None:
    """Ends what runs in a machine, and takes it away with its lines."""
    for process in Machine("", name).processes():
        process.end(0)
    run(["ip", "netns", "del", name])


def existing() -> list[str]:
    """Machines of all processes, also those that have ended."""
    folder = Path("/run/netns")
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if NAME.fullmatch(path.name))
