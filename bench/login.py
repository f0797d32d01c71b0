"""A login with password and code, from asking for it to the first answer of a command there."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figure import Figure
from bench.submit_host import PLACE, Transport, by_each_transport, log_in, options
from pilothouse.bridge import connect
from testbed import user
from testbed.ssh.faces import ADDRESS
from testbed.ssh.host import SSH

RUNS = 5
FACE = "totp"
GOAL_SECONDS = 1.0


def figures() -> Iterator[Figure]:
    """Logins of ssh(1) and of the bridge in turn; what the bridge takes beyond ssh is its own."""
    return by_each_transport("login", FACE, _by)


def _by(site: SSH, transport: Transport, folder: Path) -> Iterator[Figure]:
    ours, ssh = _logins(site, folder)
    yield Figure(
        f"login with password and code by {transport}, to the first answer, beyond ssh's",
        statistics.median(ours) - statistics.median(ssh),
        "s",
        GOAL_SECONDS,
        "at most",
        peer_name=f"ssh {statistics.median(ssh):.2f} s, Pilothouse {statistics.median(ours):.2f} s",
    )


def _logins(site: SSH, folder: Path) -> tuple[list[float], list[float]]:
    def answer(prompt: str) -> str:
        person = site.person
        return person.secrets.password if "assword" in prompt else person.code()

    ours: list[float] = []
    ssh: list[float] = []
    with connect("command") as bridge:
        for _ in range(RUNS):
            environment = _asked(folder, answer)
            began = time.monotonic()
            subprocess.run(_ssh(site), check=True, env=environment, stdin=subprocess.DEVNULL)
            ssh.append(time.monotonic() - began)
            began = time.monotonic()
            host = log_in(bridge, answer)
            bridge.request("files.stat", {"pool": PLACE, "path": "."})
            ours.append(time.monotonic() - began)
            bridge.request("hosts.logout", {"host": host})
    return ours, ssh


def _ssh(site: SSH) -> list[str]:
    more = {"PubkeyAuthentication": "no", "LogLevel": "ERROR"}
    return ["/usr/bin/ssh", *options(site, FACE, more), f"{user.NAME}@{ADDRESS}", "true"]


def _asked(folder: Path, answer: Callable[[str], str]) -> dict[str, str]:
    """An environment in which ssh(1) is answered by a program (SSH_ASKPASS)."""
    told = folder / "answers"
    told.touch(0o600)
    told.write_text(f"{answer('password')}\n{answer('code')}\n")
    program = folder / "askpass"
    program.write_text(
        f"#!/bin/sh\ncase $1 in\n*assword*) sed -n 1p '{told}';;\n*) sed -n 2p '{told}';;\nesac\n"
    )
    program.chmod(0o700)
    asks = {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force"}
    return {**os.environ, **asks}
