"""The folder on the submit host that submissions go to."""

from __future__ import annotations

from typing import cast

from pilothouse.bridge.client import BridgeClient
from pilothouse.doctor.hops import Finding, Found, ill, well
from pilothouse.doctor.shapes import CheckedFolder
from pilothouse.errors import PilothouseError

#: A runtime with a Python of its own and a few logs.
_ENOUGH_MIB = 512


def folder(bridge: BridgeClient, name: str) -> Finding:
    """Whether it is the user's own, files can be written there, and how many more."""
    try:
        found = cast(CheckedFolder, bridge.request("checks.folder", {"pool": name}))
    except PilothouseError as error:
        helps = "Name another by `submitHost.folder` in the profile, or make room there."
        return ill("folder", str(error), helps)
    where = f"{found['path']} on {found['machine']}"
    free = found["freeMiB"]
    if free is not None and free < _ENOUGH_MIB:
        return Finding(
            "folder",
            Found.DOUBT,
            f"{where} has {free:,.0f} MiB left",
            "What pilots need may not fit: remove files there, or name another folder by "
            "`submitHost.folder` in the profile.",
        )
    if not found["runs"]:
        return Finding(
            "folder",
            Found.DOUBT,
            f"{where} starts no programs (it may be mounted noexec)",
            "Pilots do not need it. Programs that tasks bring along do.",
        )
    left = "" if free is None else f", {free / 1024:,.1f} GiB free"
    return well("folder", f"{where} is yours alone, and can be written{left}")
