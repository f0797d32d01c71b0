"""A large file to and from a submit host, beside scp to the same sshd."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypedDict, cast

from bench.figure import Figure
from bench.profiles import own_profiles
from bench.sites import up
from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.errors import PilothouseError
from testbed import debian, user
from testbed.ssh.faces import ADDRESS
from testbed.ssh.host import SSH

RUNS = 3
MEGABYTES = 200
GOAL = 0.8
PLACE = "host"
LIMIT_SECONDS = 120.0

Direction = Literal["put", "get"]


class Transfer(TypedDict):
    """The part of a transfer that is used here (src/protocol/hosts.ts)."""

    transfer: str
    state: str
    error: dict[str, object] | None


def figures() -> Iterator[Figure]:
    """Runs of both interleaved; medians."""
    reason = debian.cannot_start()
    if reason is not None:
        print(f"transfer: not measured: {reason}", flush=True)
        return
    site = SSH()
    with up(site), own_profiles({PLACE: _profile(site)}), _home(site) as home:
        local, back = home / "large", home / "back"
        local.write_bytes(os.urandom(MEGABYTES * 1_000_000))
        there = user.HOME / f"bench-{os.getpid()}"

        def by_scp(direction: Direction) -> None:
            remote = f"{user.NAME}@{ADDRESS}:{there}"
            ends = [str(local), remote] if direction == "put" else [remote, str(back)]
            subprocess.run([*_scp(site), *ends], check=True)

        try:
            with connect("command") as bridge:
                _log_in(bridge)

                def by_bridge(direction: Direction) -> None:
                    here = local if direction == "put" else back
                    _carry(bridge, direction, here, there)

                for direction in cast("tuple[Direction, ...]", ("put", "get")):
                    yield _compared(direction, by_bridge, by_scp, (there, back))
                if back.read_bytes() != local.read_bytes():
                    raise RuntimeError("what came back is something else")
        finally:
            there.unlink(missing_ok=True)


def _compared(
    direction: Direction,
    by_bridge: Callable[[Direction], None],
    by_scp: Callable[[Direction], None],
    made: tuple[Path, Path],
) -> Figure:
    ours: list[float] = []
    scp: list[float] = []
    for _ in range(RUNS):
        for rates, carry in ((scp, by_scp), (ours, by_bridge)):
            # Neither finds anything there.
            made[0 if direction == "put" else 1].unlink(missing_ok=True)
            began = time.monotonic()
            carry(direction)
            rates.append(MEGABYTES / (time.monotonic() - began))
    rate, peer = statistics.median(ours), statistics.median(scp)
    name = f"{direction} of {MEGABYTES} MB"
    return Figure(name, rate, "MB/s", GOAL, "at least", peer, "scp to the same sshd")


def _scp(site: SSH) -> list[str]:
    options = {
        "UserKnownHostsFile": site.person.known_hosts,
        "IdentityFile": site.person.key,
        "IdentitiesOnly": "yes",
        "Port": site.faces["keys"].port,
        "BatchMode": "yes",
    }
    said = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["scp", "-q", "-F", "none", "-S", "/usr/bin/ssh", *said]


def _profile(site: SSH) -> dict[str, object]:
    return {
        "scheduler": {"kind": "slurm"},
        "submitHost": {
            "address": ADDRESS,
            "port": site.faces["keys"].port,
            "user": user.NAME,
            "keyFile": str(site.person.key),
        },
    }


@contextmanager
def _home(site: SSH) -> Iterator[Path]:
    """A folder for files, while the bridge that is started knows the site's machine keys."""
    before = {name: os.environ.get(name) for name in ("PATH", "SSH_AUTH_SOCK")}
    with tempfile.TemporaryDirectory(prefix="ph-transfer-") as folder:
        config = Path(folder) / "config"
        config.write_text(
            f"Host *\n  UserKnownHostsFile {site.person.known_hosts}\n  IdentityFile none\n"
        )
        # ssh(1), which the bridge asks, goes by the home folder of passwd(5), whatever $HOME says.
        program = Path(folder) / "ssh"
        program.write_text(f"#!/bin/sh\nexec /usr/bin/ssh -F '{config}' \"$@\"\n")
        program.chmod(0o700)
        os.environ.update(PATH=f"{folder}:{os.environ['PATH']}", SSH_AUTH_SOCK="")
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _log_in(bridge: BridgeClient) -> None:
    bridge.request("hosts.login", {"pool": PLACE})
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        (host,) = cast("list[dict[str, object]]", bridge.request("hosts.list")["hosts"])
        if host["state"] == "connected":
            return
        if host["state"] == "failed" or _asks(host) or time.monotonic() > deadline:
            raise RuntimeError(f"no login: {host}")
        time.sleep(0.1)


def _asks(host: dict[str, object]) -> bool:
    login = cast("dict[str, dict[str, object]] | None", host["login"])
    return login is not None and login["question"]["kind"] != "none"


def _carry(bridge: BridgeClient, direction: Direction, local: Path, there: Path) -> None:
    params = {"pool": PLACE, "direction": direction, "local": str(local), "remote": str(there)}
    begun = cast(Transfer, bridge.request("files.transfer", params))
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        found = cast("list[Transfer]", bridge.request("hosts.list")["transfers"])
        (now,) = (each for each in found if each["transfer"] == begun["transfer"])
        if now["state"] == "done":
            return
        if now["error"] is not None:
            raise PilothouseError.of_data(now["error"])
        time.sleep(0.01)
    raise RuntimeError(f"{direction}: not done within {LIMIT_SECONDS:g} s")
