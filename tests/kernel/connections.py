"""Connections to submit hosts, as the bridge tells of them."""

from __future__ import annotations

from typing import Literal

from pilothouse.command.logins.shapes import HostConnection

State = Literal["away", "logging-in", "connected", "lost", "failed"]


def connection(state: State, *pools: str) -> HostConnection:
    """Alice's to ap40, since the epoch."""
    return {
        "host": "alice@ap40",
        "address": "ap40",
        "user": "alice",
        "port": 22,
        "via": [],
        "transport": "ssh2",
        "state": state,
        "sinceMs": 0,
        "login": None,
        "key": None,
        "methods": [],
        "returnsByItself": False,
        "nextTryMs": None,
        "channels": {"open": 0, "most": 8},
        "trouble": None,
        "pools": list(pools),
    }
