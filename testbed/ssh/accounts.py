"""Accounts of the submit hosts: one person, whose login shells are of all kinds, and a stranger.

They are in the site's own /etc and nowhere else. All but the stranger have the tester's number, so
that schedulers know whose jobs theirs are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from testbed import places, user

HOMES = places.SHARED / "homes"
RED = r"\033[1;31m"


@dataclass(frozen=True)
class Account:
    """One line of passwd(5); `files` are start files of its home, which is made for it."""

    name: str
    shell: str
    uid: int = user.UID
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The tester's is everywhere the same."""
        return user.HOME if self.name == user.NAME else HOMES / self.name

    @property
    def line(self) -> str:
        """As passwd(5) has it."""
        return f"{self.name}:x:{self.uid}:{self.uid}::{self.home}:{self.shell}"


TESTER = Account(user.NAME, "/bin/bash")
NEIGHBOUR = Account("pilothouse-neighbour", "/bin/bash", user.UID + 1)
"""Somebody else who may log in."""

# Debian's bash reads .bashrc also for a command that sshd runs; other shells read theirs always.
LOUD = Account(
    "pilothouse-loud",
    "/bin/bash",
    files={
        ".bashrc": f"printf '{RED}*** Maintenance on Tuesday ***\\033[0m\\n'\n"
        "echo 'quota: 97 % of 10 GB' >&2\n"
        "printf 'and a line that does not end'\n"
    },
)
LINGERING = Account(
    "pilothouse-lingering",
    "/bin/bash",
    files={".bashrc": "# What it starts keeps the command's output open.\nsleep 300 &\n"},
)
BOTH_ROOTS = (TESTER, NEIGHBOUR, LOUD, LINGERING)
ACCOUNTS = (
    *BOTH_ROOTS,
    Account("pilothouse-dash", "/bin/dash"),
    Account(
        "pilothouse-zsh",
        "/usr/bin/zsh",
        files={".zshenv": f"printf '{RED}zsh of the site\\033[0m\\n'\n"},
    ),
    Account(
        "pilothouse-tcsh",
        "/usr/bin/tcsh",
        files={".cshrc": "echo 'tcsh of the site'\nalias ls 'ls --color=always'\n"},
    ),
    Account(
        "pilothouse-fish",
        "/usr/bin/fish",
        files={".config/fish/config.fish": "echo 'fish of the site'\n"},
    ),
)


def add(accounts: Sequence[Account], etc: Path, hashed: str) -> None:
    """Adds accounts to the files of an `etc`, all with one password (crypt(5))."""
    names = {account.name for account in accounts}
    numbers = {account.uid: account.name for account in accounts if account.uid != user.UID}
    rows = {
        "passwd": [account.line for account in accounts],
        "shadow": [f"{name}:{hashed}:20000:0:99999:7:::" for name in names],
        "group": [f"{name}:x:{number}:" for number, name in numbers.items()],
    }
    for file, more in rows.items():
        path = etc / file
        kept = [
            line
            for line in path.read_text().splitlines()
            if file == "group" or line.partition(":")[0] not in names
        ]
        mode = path.stat().st_mode & 0o777
        path.write_text("\n".join([*kept, *more]) + "\n")
        path.chmod(mode)


def make_homes(accounts: Sequence[Account]) -> None:
    """Homes with their start files as they are at first."""
    HOMES.mkdir(mode=0o755, parents=True, exist_ok=True)
    for account in accounts:
        if account.name == user.NAME:
            continue
        made = [account.home]
        for name, text in account.files.items():
            path = account.home / name
            made += [folder for folder in reversed(path.parents) if account.home in folder.parents]
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(text)
            made.append(path)
        account.home.mkdir(mode=0o700, exist_ok=True)
        for path in made:
            os.chown(path, account.uid, account.uid)
