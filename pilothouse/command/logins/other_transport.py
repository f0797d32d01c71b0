"""The other way to log in, where Pilothouse's own SSH cannot: this machine's OpenSSH."""

from __future__ import annotations

import sys
from typing import cast

from pilothouse.bridge.client import BridgeClient
from pilothouse.command.shapes import Written
from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError


def agreed(bridge: BridgeClient, name: str, why: PilothouseError) -> bool:
    """Whether the person at the terminal has had a place's profile changed to OpenSSH.

    Without a terminal, a profile of one's own and a yes nothing is changed.

    :raises KeyboardInterrupt: the person gives up.
    """
    if why.code != "transport_unfit" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    read = cast(Written, bridge.request("profiles.read", {"name": name}))
    profile, submit_host = read["profile"], read["profile"].get("submitHost")
    if read["readOnly"] or not isinstance(submit_host, dict):
        return False
    if submit_host.get("transport", "ssh2") != "ssh2":
        return False
    print(shown(str(why)), file=sys.stderr)
    if not _asked(
        "Use this machine's OpenSSH for this place? That is written into "
        f"{shown(read['source'])} (y/n) "
    ):
        return False
    changed = {**profile, "submitHost": {**submit_host, "transport": "openssh"}}
    bridge.request("profiles.save", {"profile": changed, "replaces": name})
    return True


def _asked(question: str) -> bool:
    try:
        while True:
            answer = input(question).strip().lower()
            if answer in ("y", "yes"):
                return True
            if answer in ("n", "no"):
                return False
    except EOFError:
        return False
