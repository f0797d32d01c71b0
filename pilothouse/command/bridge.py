"""`bridge status|restart|stop|log`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import cast

from pilothouse.bridge import client, lock, starter
from pilothouse.bridge import ensure as ensure_bridge
from pilothouse.bridge.paths import state_folder
from pilothouse.bridge.tail import read_end
from pilothouse.bridge.version import version
from pilothouse.command import words
from pilothouse.command.logins import words as logins
from pilothouse.command.logins.shapes import HostConnection, Hosts
from pilothouse.command.shapes import BridgeStatus
from pilothouse.errors import PilothouseError

#: A bridge that ends writes its database and closes its sockets; that takes no time.
_END_TIMEOUT_SECONDS = 15.0
_LOG_BYTES = 64 * 1024


def status(arguments: argparse.Namespace) -> int:
    """Says what runs, and starts nothing; 1 if nothing does."""
    if not lock.is_held(state_folder() / "bridge.lock"):
        print("No bridge runs. The next command or notebook that needs one starts it.")
        return 1
    with client.connect("command", ensure=False, other_version=True) as bridge:
        found = cast(BridgeStatus, bridge.request("bridge.status"))
        hosts = _hosts(bridge, found["version"])
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
    for host in hosts:
        print(f"{'connection':14}  {_connection(host)}")
    return 0


def _hosts(bridge: client.BridgeClient, running: str) -> list[HostConnection]:
    """Nothing of a bridge of another version, which may only be asked for its status."""
    if running != version():
        return []
    return cast(Hosts, bridge.request("hosts.list"))["hosts"]


def _connection(host: HostConnection) -> str:
    if host["state"] != "connected":
        return logins.place(host)
    by = ", ".join(host["methods"])
    channels = host["channels"]
    return (
        f"{logins.place(host)}{f' by {by}' if by else ''}; "
        f"{channels['open']} of {channels['most']} channels"
    )


def restart(arguments: argparse.Namespace) -> int:
    """Ends the bridge if one runs, and starts the installed one, which takes up the pilots."""
    _end(restarting=True)
    ensure_bridge()
    return status(arguments)


def stop(arguments: argparse.Namespace) -> int:
    """Ends the bridge; that none runs is no error."""
    print("The bridge has ended." if _end(restarting=False) else "No bridge runs.")
    return 0


def log(arguments: argparse.Namespace) -> int:
    """Prints the end of the bridge's log; where it is, is on standard error."""
    path = state_folder() / "bridge.log"
    print(path, file=sys.stderr)
    sys.stdout.write(read_end(path, _LOG_BYTES))
    return 0


def _end(*, restarting: bool) -> bool:
    """End the bridge and wait for its end; whether there was one.

    :param restarting: tells clients to wait for the next one.
    """
    try:
        with client.connect("command", ensure=False, other_version=True) as bridge:
            try:
                bridge.request("bridge.stop", {"restarting": restarting})
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
