"""A person whose SSH knows the faces of the testbed, and the terminal they sit at."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from conftest import PilothouseHome
from testbed.ssh.host import SSH

LIMIT_SECONDS = 40.0


def name_of(face: str) -> str:
    """The submit host as a profile names it."""
    return f"{face}.testbed.invalid"


@dataclass(frozen=True)
class Visitor:
    """A person with a home folder and a place for each face."""

    home: PilothouseHome
    site: SSH
    environment: dict[str, str]

    @classmethod
    def arrive(cls, home: PilothouseHome, site: SSH) -> Visitor:
        """Writes what such a person's home has: `~/.ssh`, and profiles."""
        own = home.root / "home"
        ssh, programs = own / ".ssh", own / "bin"
        for folder in (own, ssh, programs):
            folder.mkdir(mode=0o700)
        (ssh / "known_hosts").write_text(site.person.known_hosts.read_text())
        addresses = json.loads(site.person.faces_file.read_text())["faces"]
        lines = [
            f"Host {name_of(face)}\n  HostName {found['address']}\n  Port {found['port']}\n"
            for face, found in addresses.items()
        ]
        lines.append(f"Host *\n  User pilothouse-tester\n  UserKnownHostsFile {ssh}/known_hosts\n")
        (ssh / "config").write_text("".join([*lines, "  IdentityFile none\n"]))
        # ssh(1) goes by the home folder of passwd(5), whatever $HOME says.
        program = programs / "ssh"
        program.write_text(f"#!/bin/sh\nexec /usr/bin/ssh -F '{ssh}/config' \"$@\"\n")
        program.chmod(0o700)
        environment = {
            **home.environment,
            "HOME": str(own),
            "PATH": f"{programs}:{home.environment['PATH']}",
            "SSH_AUTH_SOCK": "",
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        }
        return cls(home, site, environment)

    @property
    def password(self) -> str:
        return self.site.person.secrets.password

    @property
    def code(self) -> str:
        return self.site.person.code()

    @property
    def known_hosts(self) -> Path:
        return self.home.root / "home" / ".ssh" / "known_hosts"

    def place(self, face: str, name: str | None = None, **host: object) -> str:
        """A place whose submit host is a face."""
        folder = self.home.jupyter_config / "pilothouse" / "profiles"
        folder.mkdir(parents=True, exist_ok=True)
        name = name or face
        written = {
            "name": name,
            "submitHost": {"address": name_of(face), **host},
            "scheduler": {"kind": "slurm"},
            "pilot": {"walltime": "10"},
            "uplink": {"kinds": ["submit-host"]},
        }
        (folder / f"{name}.json").write_text(json.dumps(written))
        return name

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`pilothouse WORDS`, where there is no terminal."""
        return subprocess.run(
            [sys.executable, "-m", "pilothouse", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The same, not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", "pilothouse", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def said(self, *words: str) -> str:
        """What a command that succeeds prints."""
        done = self.run(*words)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    def at_terminal(self, *words: str, columns: int = 80) -> Session:
        """`pilothouse WORDS`, on a terminal."""
        argv = [sys.executable, "-m", "pilothouse", *words]
        return Session(argv, self.environment, columns)


class Session:
    """A program on a terminal of its own: what it shows, and what is typed."""

    def __init__(self, argv: list[str], environment: dict[str, str], columns: int) -> None:
        self.shown = ""
        """All that has come to the terminal."""
        self._read_up_to = 0
        size = struct.pack("HHHH", 24, columns, 0, 0)
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execve(argv[0], argv, environment)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def see(self, pattern: str) -> str:
        """Waits until the terminal shows it, after what was waited for before; returns it."""
        end = time.monotonic() + LIMIT_SECONDS
        while (found := re.search(pattern, self.shown[self._read_up_to :])) is None:
            assert self._more(end - time.monotonic()), f"no {pattern!r} in:\n{self.shown}"
        self._read_up_to += found.end()
        return found[0]

    def type(self, text: str) -> None:
        """Keys, as they are."""
        os.write(self._terminal, text.encode())

    def see_text(self, text: str) -> str:
        """The same for a text, as it is."""
        return self.see(re.escape(text))

    def answer(self, prompt: str, text: str) -> None:
        """Waits for a prompt and types a line."""
        self.see_text(prompt)
        self.type(f"{text}\n")

    def close_terminal(self) -> None:
        """As a window that is closed."""
        os.close(self._terminal)
        self._terminal = os.open("/dev/null", os.O_RDONLY)

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows by itself what is typed."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def end(self) -> int:
        """Waits for the program's end; its exit code."""
        end = time.monotonic() + LIMIT_SECONDS
        while self._more(end - time.monotonic()):
            pass
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _more(self, seconds: float) -> bool:
        readable, _, _ = select.select([self._terminal], [], [], max(0.0, seconds))
        if not readable:
            return False
        try:
            data = os.read(self._terminal, 4096)
        except OSError:  # Nobody has the other side any more.
            return False
        self.shown += data.decode(errors="replace")
        return data != b""
