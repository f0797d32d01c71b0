"""An agent as a pilot script starts it, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .home import LIMIT_SECONDS, Home


@dataclass
class Pilot:
    """A running agent."""

    process: subprocess.Popen[bytes]
    folder: Path
    temporary: Path

    def output(self) -> str:
        """What the agent has logged."""
        return (self.folder / "output").read_text()

    def ended(self) -> int:
        """Its exit code, once it has one."""
        return self.process.wait(LIMIT_SECONDS)


def pilot_file(home: Home, **changes: object) -> dict[str, object]:
    """A pilot file that reaches ``home``."""
    content: dict[str, object] = {
        "protocol": 1,
        "pilot": "p-test",
        "attempt": 1,
        "secret": "ab" * 32,
        "expiresAtMs": 4102444800000,
        "fingerprint": home.certificate.fingerprint,
        "contactFile": None,
        "addresses": [{"host": "127.0.0.1", "port": home.port}],
        "workers": 2,
        "cores": 2,
        "memoryMiB": 1000,
        "walltimeSeconds": None,
        "warnSeconds": 0,
        "idleSeconds": 600,
        "noContactSeconds": 600,
        "pingMs": 500,
        "silenceMs": 60000,
        "sharesFiles": True,
    }
    content.update(changes)
    return content


def start(
    archive: Path,
    folder: Path,
    content: dict[str, object],
    environment: dict[str, str],
    beside: dict[str, str],
    before: Sequence[str] = (),
) -> Pilot:
    """Starts an agent whose pilot file has ``content``, with ``environment`` on top of ours.

    :param beside: files in its folder, by their names.
    :param before: words of a command that becomes the agent, elsewhere.
    """
    folder.mkdir(mode=0o700)
    for name, text in beside.items():
        (folder / name).write_text(text)
    temporary = folder / "system-tmp"
    temporary.mkdir(mode=0o700)
    file = folder / "pilot.json"
    file.touch(0o600)
    file.write_text(json.dumps(content))
    with open(folder / "output", "wb") as output:
        process = subprocess.Popen(
            [*before, sys.executable, str(archive), str(folder)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(temporary), **environment},
            start_new_session=True,
            umask=0o022,
        )
    return Pilot(process, folder, temporary)


def marked(mark: str) -> list[int]:
    """Living processes whose environment has ``mark``, an entry ``NAME=value``."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue  # ended meanwhile
    return found


def zygotes(agent: int) -> list[int]:
    """The agent's child that forks pools: a session leader itself, unlike those it forks."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == agent and b".zygote" in command:
                found.append(int(entry.name))
    return found
