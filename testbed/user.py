"""The person of the sites: one account with the same name and number on each of them."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from testbed import places
from testbed.errors import TestbedError
from testbed.programs import run as run_program

NAME = "pilothouse-tester"
UID = 5901
HOME = Path("/home") / NAME
SHARED = places.SHARED / NAME
"""The account's own folder that every submit host has at the same path."""


def make(root: Path = Path("/")) -> None:
    """Adds the account to the system in a folder, with its shared folder on this machine.

    Raises:
        TestbedError: its name or number is somebody else's.
    """
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == NAME and (uid, gid) == (str(UID), str(UID)):
            break
        if name == NAME or uid == str(UID):
            raise TestbedError(f"{root / 'etc/passwd'}: {line!r} is in the way of user {NAME}")
    else:
        _add(root)
    if root == Path("/"):
        SHARED.mkdir(parents=True, exist_ok=True)
        os.chown(SHARED, UID, UID)


def _add(root: Path) -> None:
    at = [] if root == Path("/") else ["--root", str(root)]
    run_program(["groupadd", *at, "--gid", str(UID), NAME])
    run_program(
        [
            *("useradd", *at, "--uid", str(UID), "--gid", str(UID)),
            *("--create-home", "--home-dir", str(HOME), "--shell", "/bin/bash", NAME),
        ]
    )


def ends_at(path: Path) -> Path | None:
    """The first folder on the way to a path that the account may not enter, or None."""
    for folder in [*reversed(path.resolve().parents), path.resolve()]:
        if not folder.is_dir():
            continue
        found = folder.stat()
        mode = found.st_mode
        if found.st_uid == UID:
            enter = mode & 0o100
        elif found.st_gid == UID:
            enter = mode & 0o010
        else:
            enter = mode & 0o001
        if not enter:
            return folder
    return None


def command(argv: Sequence[str | Path]) -> list[str]:
    """The words that run a program as the account, when they are run by root.

    It may read files that others may not where the checkout, or the Python that runs this, is in
    such a folder: nothing is made readable for that, since other people's files are there too.
    """
    needed = [Path(__file__).resolve().parent.parent, Path(sys.prefix), Path(sys.base_prefix)]
    closed = any(ends_at(path) is not None for path in needed)
    reads = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    return [
        "setpriv",
        *("--reuid", str(UID), "--regid", str(UID), "--init-groups"),
        *(reads if closed else []),
        "--",
        *(os.fspath(word) for word in argv),
    ]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a login gives the account, with additions; of this process it has nothing."""
    return {
        "HOME": str(HOME),
        "USER": NAME,
        "LOGNAME": NAME,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        **(more or {}),
    }


def popen(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | None = subprocess.PIPE,
    stderr: int | None = subprocess.PIPE,
    through: Sequence[str] = (),
) -> subprocess.Popen[str]:
    """Starts a program as the account, in a session of its own.

    :param env: added to a login's.
    :param through: words in front, run as root: a machine's (`networks.machine.Machine.command`).
    """
    return subprocess.Popen(
        [*through, *command(argv)],
        env=environment(env),
        cwd=cwd or HOME,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        text=True,
        errors="replace",
        umask=0o022,
        start_new_session=True,
    )


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
    check: bool = True,
    timeout_seconds: float = 120,
    through: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Runs a program as the account to its end; `env` and `through` as for `popen`.

    Raises:
        AssertionError: it failed, and `check` is true; with what it said.
        subprocess.TimeoutExpired: it did not end in time, and was killed.
    """
    with popen(argv, env=env, cwd=cwd, stdin=subprocess.PIPE, through=through) as process:
        try:
            out, err = process.communicate(stdin, timeout=timeout_seconds)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(
        [os.fspath(word) for word in argv], process.returncode, out, err
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{done.args}: exit code {done.returncode}\n{out}{err}")
    return done


def exists() -> bool:
    """Whether this machine has the account."""
    try:
        return pwd.getpwnam(NAME).pw_uid == UID and grp.getgrgid(UID).gr_name == NAME
    except KeyError:
        return False
