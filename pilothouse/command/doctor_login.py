"""What the doctor asks of a person: whether to log in, or to listen; it does neither by itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from pilothouse.bridge.client import BridgeClient
from pilothouse.command.login import hosts_of, log_in
from pilothouse.command.logins import words
from pilothouse.command.logins.shapes import HostConnection
from pilothouse.command.shown import shown
from pilothouse.doctor.hops import Finding, Found, ill, well
from pilothouse.doctor.submit_host import reach
from pilothouse.errors import PilothouseError


def submit_hosts(bridge: BridgeClient, name: str) -> Iterator[Finding]:
    """The hops to each submit host of a place; none where it is this machine."""
    for connection in hosts_of(bridge, name):
        if connection["state"] == "connected":
            yield from _there(connection)
            continue
        for finding in reach(connection):
            yield finding
            if finding.found is Found.ILL:
                return
        if not _may(connection):
            yield ill(
                "login",
                words.place(connection),
                f"Log in by `pilothouse login {name}` or in the panel; then ask the doctor again.",
            )
            return
        try:
            there = log_in(bridge, name)
        except PilothouseError as error:
            hop = "machine key" if error.code.startswith("machine_key") else "login"
            yield ill(hop, shown(str(error)), "")
            return
        yield from _there(there)


def _there(connection: HostConnection) -> Iterator[Finding]:
    key = connection["key"]
    if key is not None:
        since = key["knownSinceMs"]
        known = "known"
        if since is not None:
            known = f"known since {time.strftime('%Y-%m-%d', time.localtime(since / 1000))}"
        says = f"{shown(key['fingerprint'])} ({shown(key['algorithm'])}), {known}"
        yield well("machine key", says)
    by = ", ".join(shown(method) for method in connection["methods"])
    yield well("login", words.place(connection) + (f", by {by}" if by else ""))


def _may(connection: HostConnection) -> bool:
    """Whether the person at the terminal, if there is one, wants to log in now."""
    return _asks(f"{words.place(connection)}. Log in now (yes/no)? ")


def asks_to_listen(name: str) -> bool:
    """Whether they agree to a port of this machine being opened for a moment."""
    return _asks(f"Listen on this machine as {name} says, to try that way home (yes/no)? ")


def _asks(question: str) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        answer = input(question)
    except EOFError:
        return False
    return answer.strip().lower() == "yes"
