"""`login` and `logout`."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from typing import cast

from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.command.logins import other_transport, words
from pilothouse.command.logins.dialogue import Dialogue
from pilothouse.command.logins.shapes import HostConnection, Hosts, Login
from pilothouse.command.logins.terminal import Terminal
from pilothouse.command.logins.watch import Watch
from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError


def login(arguments: argparse.Namespace) -> int:
    """Logs in to a place's submit host; 1 if that did not succeed, or was given up."""
    name: str = arguments.name
    with connect("command") as bridge:
        hosts = hosts_of(bridge, name)
        if not hosts:
            print(f"{name} is on this machine: nobody has to log in.")
            return 0
        if not arguments.wait:
            return _begin_only(begin(bridge, name)[0], name)
        connection = log_in(bridge, name)
    print(f"{shown(connection['address'])}: {words.state(connection)}")
    return 0


def logout(arguments: argparse.Namespace) -> int:
    """Closes a place's connections; that there is none is no error."""
    name: str = arguments.name
    with connect("command") as bridge:
        hosts = hosts_of(bridge, name)
        there = [each for each in hosts if each["state"] not in ("away", "failed")]
        for each in there:
            bridge.request("hosts.logout", {"host": each["host"]})
            others = [pool for pool in each["pools"] if pool != name]
            print(f"Logged out of {shown(each['address'])}." + _also(others))
    if not hosts:
        print(f"{name} is on this machine: there is no login to end.")
    elif not there:
        print(f"Nobody is logged in to {shown(hosts[0]['address'])}.")
    return 0


def hosts_of(bridge: BridgeClient, name: str) -> list[HostConnection]:
    """The connections that a place needs: none where its submit host is this machine.

    :raises PilothouseError: unknown_profile.
    """
    bridge.request("pools.status", {"pool": name})
    return words.of_place(name, cast(Hosts, bridge.request("hosts.list"))["hosts"])


def begin(bridge: BridgeClient, name: str) -> tuple[HostConnection, bool]:
    """Begins a login, or joins the one under way; whether it was begun by this."""
    before = {_id(each) for each in hosts_of(bridge, name)}
    connection = cast(HostConnection, bridge.request("hosts.login", {"pool": name}))
    return connection, _id(connection) not in before


def log_in(bridge: BridgeClient, name: str) -> HostConnection:
    """Logs in, with the person at the terminal where there is one.

    :raises PilothouseError: why that was in vain.
    :raises KeyboardInterrupt: it was given up; where it was begun by this, it is cancelled.
    """
    # As with Ctrl-C: what is begun here is cancelled.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _log_in(bridge, name)
    except PilothouseError as error:
        if not other_transport.agreed(bridge, name, error):
            raise
    return _log_in(bridge, name)


def _log_in(bridge: BridgeClient, name: str) -> HostConnection:
    connection, begun = begin(bridge, name)
    host = connection["host"]
    try:
        with Watch(bridge) as watch:
            terminal = Terminal.of_this_process()
            if terminal is None:
                return _follow(watch, host, name)
            with terminal:
                return Dialogue(bridge, watch, terminal, host).run()
    except KeyboardInterrupt:
        _give_up(bridge, host, begun)
        raise


def _follow(watch: Watch, host: str, name: str) -> HostConnection:
    """Waits for its end where nobody can be asked; others may answer."""
    seen: Login | None = None
    asked = False
    while True:
        connection = watch.newest(host)
        if connection is None:
            raise PilothouseError("login_cancelled", {"host": host})
        login = connection["login"]
        if connection["state"] == "connected":
            return connection
        if login is None:
            raise words.trouble(connection)
        if login["question"]["kind"] != "none":
            for line in words.told(connection["address"], seen, login):
                print(line, file=sys.stderr)
            seen = login
            if not asked:
                asked = True
                print(_no_terminal(connection, login, name), file=sys.stderr, flush=True)
        watch.wait()


def _begin_only(connection: HostConnection, name: str) -> int:
    print(f"{shown(connection['address'])}: {words.state(connection)}")
    if connection["state"] != "connected":
        print(f"What it asks can be answered in the panel, or by {_command(name)} on a terminal.")
    return 0


def _no_terminal(connection: HostConnection, login: Login, name: str) -> str:
    question = login["question"]
    what = "something"
    if question["kind"] == "machine-key":
        what = f"whether to trust the machine key {shown(question['key']['fingerprint'])}"
    elif question["kind"] == "prompts":
        what = ", ".join(shown(each["text"]).strip() for each in question["prompts"])
    return (
        f"{shown(connection['address'])} asks: {what}\n"
        f"This is no terminal. Answer in the panel, or by {_command(name)} on a terminal, "
        "within the time that the machine gives."
    )


def _give_up(bridge: BridgeClient, host: str, begun: bool) -> None:
    found = cast(Hosts, bridge.request("hosts.list"))["hosts"]
    login = next((each["login"] for each in found if each["host"] == host), None)
    if login is None:
        return
    if not begun:
        _say("The login goes on: it was begun elsewhere.")
        return
    try:
        bridge.request("logins.cancel", {"login": login["login"]})
    except PilothouseError as error:
        if error.code != "unknown_login":  # It is over already.
            raise
    _say("The login is cancelled.")


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # Its terminal may be gone.
        print(text, file=sys.stderr, flush=True)


def _also(others: list[str]) -> str:
    return f" It was the connection of {', '.join(others)}, too." if others else ""


def _command(name: str) -> str:
    return f"`pilothouse login {name}`"


def _id(connection: HostConnection) -> str | None:
    login = connection["login"]
    return None if login is None else login["login"]
