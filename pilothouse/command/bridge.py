"""`bridge status|restart|stop|log`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import cast

from pilothouse.bridge import client, starter
from pilothouse.bridge import ensure as ensure_bridge
from pilothouse.bridge.paths import state_folder
from pilothouse.bridge.tail import read_end
from pilothouse.command import words
from pilothouse.command.shapes import BridgeStatus
from pilothouse.errors import PilothouseError

#: A bridge that ends writes its database and closes its sockets; that takes no time.
_END_TIMEOUT_SECONDS = 15.0
_LOG_BYTES = 64 * 1024


def status(arguments: argparse.Namespace) -> None:
    """Says what runs. PilothouseError bridge_unreachable if nothing does; starts nothing."""
    with client.connect("command", ensure=False, other_version=True) as bridge:
        found = cast(BridgeStatus, bridge.request("bridge.status"))
    clients = ", ".join(f"{number} {role}" for role, number in found["clients"].items() if number)
    for name, value in (
        ("version", found["version"]),
        ("node", found["node"]),
        ("process", f"{found['pid']} on {found['machine']}"),
        ("runs since", words.duration(time.time() * 1000 - found["startedAtMs"])),
        ("clients", clients),
        ("pilots' agents", str(found["agents"])),
        ("state folder", found["stateFolder"]),
        ("log", found["logFile"]),
    ):
        print(f"{name:14}  {value}")


def restart(arguments: argparse.Namespace) -> None:
    """Ends the bridge if one runs, and starts the installed one, which takes up the pilots."""
    _end()
    ensure_bridge()
    status(arguments)


def stop(arguments: argparse.Namespace) -> None:
    """Ends the bridge; that none runs is no error."""
    print("The bridge has ended." if _end() else "No bridge runs.")


def log(arguments: argparse.Namespace) -> None:
    """Prints the end of the bridge's log; where it is, is on standard error."""
    path = state_folder() / "bridge.log"
    print(path, file=sys.stderr)
    sys.stdout.write(read_end(path, _LOG_BYTES))


def _end() -> bool:
    """End the bridge and wait for its end; whether there was one."""
    try:
        with client.connect("command", ensure=False, other_version=True) as bridge:
            try:
                bridge.request("bridge.stop")
            except PilothouseError as error:
                # It may be gone before its answer is here.
                if error.code != "bridge_unreachable":
                    raise
    except PilothouseError as error:
        if error.code != "bridge_unreachable":
            raise
        starter.wait_until_ended(_END_TIMEOUT_SECONDS)
        return False
    starter.wait_until_ended(_END_TIMEOUT_SECONDS)
    return True
