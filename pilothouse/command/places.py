"""`up`, `down` and `status`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import cast

from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.command import words
from pilothouse.command.logins import words as logins
from pilothouse.command.logins.shapes import Hosts
from pilothouse.command.shapes import Executor, Pilot, Pool, Profile, Status
from pilothouse.command.shown import shown

#: A pilot that is told to end has 5 s before it is killed; schedulers take longer to say so.
_END_SECONDS = 30.0
_LOOK_SECONDS = 0.2


def up(arguments: argparse.Namespace) -> int:
    """Types a number of pilots, which then holds."""
    with connect("command") as bridge:
        count = arguments.count
        if count is None:
            profile = cast(Profile, bridge.request("profiles.get", {"name": arguments.name}))
            count = profile["scaling"].get("initial", 1)
        params = {"pool": arguments.name, "count": count}
        pool = cast(Pool, bridge.request("pools.setWanted", params))
    print(_place(pool))
    return 0


def down(arguments: argparse.Namespace) -> int:
    """Ends the pilots of one profile or of all, clears typed numbers, and waits for the end."""
    with connect("command") as bridge:
        if arguments.all:
            names = [pool["pool"] for pool in _status(bridge.request("pools.status"))["pools"]]
        else:
            names = [arguments.name]
        for name in names:
            ended = bridge.request("pools.down", {"pool": name})["ended"]
            print(f"{name}: {ended} {'pilot' if ended == 1 else 'pilots'} told to end")
        left = _wait_for_ends(bridge, frozenset(names))
    if left:
        print(f"pilothouse: still there after {_END_SECONDS:g} s: {left}", file=sys.stderr)
    return 1 if left else 0


def _wait_for_ends(bridge: BridgeClient, names: frozenset[str]) -> str:
    """Wait for the end of the pilots that these pools have now; returns those that remain.

    Pilots that a notebook asks for meanwhile are not waited for.
    """
    deadline = time.monotonic() + _END_SECONDS
    first: frozenset[str] | None = None
    while True:
        found = _status(bridge.request("pools.status"))["pilots"]
        alive = frozenset(
            each["pilot"] for each in found if each["pool"] in names and each["state"] != "ended"
        )
        first = alive if first is None else first
        left = alive & first
        if not left or time.monotonic() >= deadline:
            return ", ".join(sorted(left))
        time.sleep(_LOOK_SECONDS)


def status(arguments: argparse.Namespace) -> int:
    """Shows places and their pilots; with `--json` just what the bridge says."""
    params = {} if arguments.name is None else {"pool": arguments.name}
    with connect("command") as bridge:
        answer = bridge.request("pools.status", params)
        hosts = cast(Hosts, bridge.request("hosts.list"))["hosts"]
    if arguments.json:
        pools = {pool["pool"] for pool in _status(answer)["pools"]}
        answer["hosts"] = [each for each in hosts if pools.intersection(each["pools"])]
        print(json.dumps(answer, indent=2, ensure_ascii=False))
        return 0
    found = _status(answer)
    now = time.time() * 1000
    for pool in found["pools"]:
        print(_place(pool, found["executors"]))
        for line in logins.of_pool(pool["pool"], hosts):
            print(f"  {line}")
        _print_pilots([pilot for pilot in found["pilots"] if pilot["pool"] == pool["pool"]], now)
    if not found["pools"]:
        print("No pilots. `pilothouse up local -n 4` starts four on this computer.")
    return 0


def _status(answer: dict[str, object]) -> Status:
    return cast(Status, answer)


def _place(pool: Pool, executors: Sequence[Executor] = ()) -> str:
    name = pool["title"] if pool["title"] == pool["pool"] else f"{pool['title']} ({pool['pool']})"
    line = f"{name}   {words.wanted(pool['wanted'])}   {words.counted(pool)}"
    return shown("\n".join([line, *(f"  {why}" for why in words.whys(pool, executors))]))


def _print_pilots(pilots: list[Pilot], now: float) -> None:
    rows = [
        (
            pilot["pilot"],
            words.state_word(pilot),
            pilot["site"] or pilot["host"] or "-",
            words.duration(now - (pilot["startedAtMs"] or pilot["createdAtMs"])),
            str(pilot["ran"]),
            words.apps(pilot["running"]) or words.reason(pilot),
        )
        for pilot in pilots
        if pilot["state"] != "ended"
    ]
    if rows:
        print(_indented(words.table(("PILOT", "STATE", "WHERE", "AGE", "RAN", "RUNS"), rows)))
    ended = len(pilots) - len(rows)
    if ended:
        print(f"  {ended:,} ended")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
