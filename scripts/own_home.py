"""A bridge of one's own, for programs that must neither use nor end a person's pilots."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict, cast

import psutil

from pilothouse.bridge import connect
from pilothouse.errors import PilothouseError
from scripts.surroundings import surroundings

ENDS_WITHIN_SECONDS = 20.0


class _Pool(TypedDict):
    pool: str


class _Pilot(TypedDict):
    pilot: str
    state: str


class Status(TypedDict):
    """The part of `pools.status` that is used here (src/protocol/methods)."""

    pools: list[_Pool]
    pilots: list[_Pilot]


@contextmanager
def own_home() -> Iterator[None]:
    """State and bridge of this block only; both and all pilots are gone after it.

    The path is short, because a unix socket's may have at most 103 bytes.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ph-", dir="/tmp", ignore_cleanup_errors=True) as root,
        surroundings(PILOTHOUSE_STATE_DIR=f"{root}/state", PILOTHOUSE_RUNTIME_DIR=f"{root}/run"),
    ):
        try:
            yield
        finally:
            end_everything()


def end_everything() -> None:
    """Ends all pilots of this home, then its bridge; returns once they are gone.

    Raises TimeoutError if a pilot does not end. Without a bridge there is nothing to end.
    """
    try:
        bridge = connect("command", ensure=False)
    except PilothouseError as error:
        if error.code == "bridge_unreachable":
            return
        raise
    with bridge:
        pid = cast(int, bridge.hello["pid"])
        for pool in cast(Status, bridge.request("pools.status", {}))["pools"]:
            bridge.request("pools.down", {"pool": pool["pool"]})
        deadline = time.monotonic() + ENDS_WITHIN_SECONDS
        while left := [
            pilot["pilot"]
            for pilot in cast(Status, bridge.request("pools.status", {}))["pilots"]
            if pilot["state"] != "ended"
        ]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"these pilots do not end: {', '.join(left)}")
            time.sleep(0.05)
        process = psutil.Process(pid)
        os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(psutil.NoSuchProcess):
        process.wait(ENDS_WITHIN_SECONDS)
