"""What a person is told of a connection and its login. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pilothouse.command import words
from pilothouse.command.logins.shapes import HostConnection, Login, MachineKey
from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError

_SSH_PORT = 22
_MANY = 8


def state(connection: HostConnection, now_ms: float | None = None) -> str:
    """`connected as alice, 2 h`, `not logged in`, and what is between."""
    now = time.time() * 1000 if now_ms is None else now_ms
    since = words.duration(now - connection["sinceMs"])
    match connection["state"]:
        case "connected":
            return f"connected as {shown(connection['user'])}, {since}"
        case "logging-in":
            login = connection["login"]
            user = connection["user"] or ("" if login is None else login["hop"]["user"])
            return f"logging in as {shown(user)}" if user else "logging in"
        case "lost":
            again = connection["nextTryMs"]
            later = "" if again is None else f", tries again in {words.duration(again - now)}"
            return f"connection lost {since} ago{later}"
        case "failed":
            return f"not logged in: {_why(connection)}"
        case "away":
            return "not logged in"


def place(connection: HostConnection, now_ms: float | None = None) -> str:
    """The submit host as its place's line has it: `ap40.example.org: not logged in`."""
    return f"{shown(connection['address'])}: {state(connection, now_ms)}"


def needs_person(connection: HostConnection) -> bool:
    """Whether nothing goes on there until somebody logs in."""
    state = connection["state"]
    return state not in ("connected", "lost") or (
        state == "lost" and connection["nextTryMs"] is None
    )


def of_pool(name: str, hosts: Sequence[HostConnection], now_ms: float | None = None) -> list[str]:
    """A place's submit hosts, in lines, with what to do where somebody has to."""
    return [
        place(each, now_ms) + (f"; `pilothouse login {name}` logs in" if needs_person(each) else "")
        for each in of_place(name, hosts)
    ]


def of_place(name: str, hosts: Sequence[HostConnection]) -> list[HostConnection]:
    """The connections that a place needs: none where its submit host is this machine."""
    return [each for each in hosts if name in each["pools"]]


def told(host: str, before: Login | None, now: Login) -> list[str]:
    """What is new since `before`, in lines: of the same login, or of another one.

    :param host: what the person calls the last machine on the way.

    A machine that has not said anything yet is not worth a line: the way may turn out another.
    """
    if not _speaks(now):
        return []
    if before is not None and not _speaks(before):
        before = None
    if before is not None and before["login"] != now["login"]:
        before = None
    same_hop = before is not None and before["hop"] == now["hop"]
    last = before if same_hop else None
    lines: list[str] = []
    if last is None:
        lines += ["", heading(host, now)]
    lines += _key(last, now)
    banner = shown(now["banner"])
    known = "" if last is None else shown(last["banner"])
    if banner != known:
        fresh = banner[len(known) :] if banner.startswith(known) else banner
        lines += fresh.strip("\n").split("\n")
    question = now["question"]
    if question["kind"] == "prompts" and (last is None or question != last["question"]):
        if question["again"]:
            lines.append("The answer was refused.")
        for text in (question["name"], question["instructions"]):
            if text.strip():
                lines += shown(text).strip("\n").split("\n")
    return lines


def heading(host: str, login: Login) -> str:
    """`Log in to ap40.example.org as alice (machine 2 of 2 on the way)`."""
    hop = login["hop"]
    name = machine(host, login)
    where = [] if name == shown(hop["address"]) else [shown(hop["address"])]
    if hop["port"] != _SSH_PORT:
        where.append(f"port {hop['port']}")
    if hop["of"] > 1:
        where.append(f"machine {hop['number']} of {hop['of']} on the way")
    beside = f" ({', '.join(where)})" if where else ""
    return f"Log in to {name} as {shown(hop['user'])}{beside}"


def machine(host: str, login: Login) -> str:
    """What the person calls the machine that a login is at."""
    hop = login["hop"]
    return shown(host if hop["number"] == hop["of"] else hop["address"])


def new_key(name: str, key: MachineKey, file: str) -> list[str]:
    """A machine that is not known yet: what a person compares before it is trusted."""
    lines = [
        f"{name} is not known here yet. It shows this machine key:",
        f"  {shown(key['fingerprint'])} ({shown(key['algorithm'])})",
        "Compare it with what those who run it have published. "
        f"If you trust it, it is remembered in {shown(file)}.",
    ]
    names = [shown(name) for name in key["alsoKnownAs"]]
    if names:
        more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
        lines.append(f"The same key is known for {', '.join(names[:_MANY])}{more}.")
    return lines


def trouble(connection: HostConnection) -> PilothouseError:
    """Why a login is over that did not lead to a connection."""
    found = connection["trouble"]
    if found is None:
        return PilothouseError("login_cancelled", {"host": connection["address"]})
    return PilothouseError.of_data(found)


def left(ends_by_ms: float, now_ms: float) -> str:
    """`1:52`; `0:00` when time is over."""
    seconds = max(0, int((ends_by_ms - now_ms) // 1000))
    return f"{seconds // 60}:{seconds % 60:02}"


def _speaks(login: Login) -> bool:
    question = login["question"]["kind"]
    return login["key"] is not None or login["banner"] != "" or question != "none"


def _why(connection: HostConnection) -> str:
    return shown(str(trouble(connection)).partition("\n")[0])


def _key(last: Login | None, now: Login) -> list[str]:
    key = now["key"]
    if key is None or (last is not None and last["key"] is not None):
        return []
    since = key["knownSinceMs"]
    known = "known"
    if since is not None:
        known = f"known since {time.strftime('%Y-%m-%d', time.localtime(since / 1000))}"
    return [f"Machine key {shown(key['fingerprint'])} ({shown(key['algorithm'])}), {known}"]
