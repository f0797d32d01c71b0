"""A large file to and from a submit host, beside scp to the same sshd."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypedDict, cast

from bench.figure import Figure
from bench.submit_host import (
    LIMIT_SECONDS,
    PLACE,
    Transport,
    by_each_transport,
    log_in,
    options,
)
from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.errors import PilothouseError
from testbed import user
from testbed.ssh.faces import ADDRESS
from testbed.ssh.host import SSH

RUNS = 5
MEGABYTES = 200
GOAL = 0.8
FACE = "keys"

Direction = Literal["put", "get"]


class Transfer(TypedDict):
    """The part of a transfer that is used here (src/protocol/hosts.ts)."""

    transfer: str
    state: str
    error: dict[str, object] | None


def figures() -> Iterator[Figure]:
    """Runs of both interleaved; medians."""
    return by_each_transport("transfer", FACE, _by)


def _by(site: SSH, transport: Transport, home: Path) -> Iterator[Figure]:
    local, back = home / "large", home / "back"
    local.write_bytes(os.urandom(MEGABYTES * 1_000_000))
    there = user.HOME / f"bench-{os.getpid()}"

    def by_scp(direction: Direction) -> None:
        remote = f"{user.NAME}@{ADDRESS}:{there}"
        ends = [str(local), remote] if direction == "put" else [remote, str(back)]
        subprocess.run([*_scp(site), *ends], check=True)

    try:
        with connect("command") as bridge:
            log_in(bridge)

            def by_bridge(direction: Direction) -> None:
                here = local if direction == "put" else back
                _carry(bridge, direction, here, there)

            for direction in cast("tuple[Direction, ...]", ("put", "get")):
                name = f"{direction} of {MEGABYTES} MB by {transport}"
                yield _compared(name, direction, by_bridge, by_scp, (there, back))
            if back.read_bytes() != local.read_bytes():
                raise RuntimeError("what came back is something else")
    finally:
        there.unlink(missing_ok=True)


def _compared(
    name: str,
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
    return Figure(name, rate, "MB/s", GOAL, "at least", peer, "scp to the same sshd")


def _scp(site: SSH) -> list[str]:
    more = {"IdentityFile": site.person.key, "IdentitiesOnly": "yes", "BatchMode": "yes"}
    return ["scp", "-q", "-S", "/usr/bin/ssh", *options(site, FACE, more)]


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
