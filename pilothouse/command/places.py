"""`profiles`, `up`, `down` and `status`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import cast

from pilothouse.bridge import connect
from pilothouse.command import words
from pilothouse.command.shapes import Pilot, Pool, Profile, Profiles, Status
from pilothouse.errors import PilothouseError


def profiles(arguments: argparse.Namespace) -> None:
    """Lists the profiles; files that are none go to standard error with the reason."""
    with connect("command") as bridge:
        found = cast(Profiles, bridge.request("profiles.list"))
    rows = [(each["name"], each["title"], each["source"]) for each in found["profiles"]]
    print(words.table(("NAME", "TITLE", "FROM"), rows))
    for broken in found["broken"]:
        error = PilothouseError.of_data(broken["error"])
        print(f"pilothouse: {broken['file']}: {error}", file=sys.stderr)


def up(arguments: argparse.Namespace) -> None:
    """Types a number of pilots, which then holds."""
    with connect("command") as bridge:
        count = arguments.count
        if count is None:
            profile = cast(Profile, bridge.request("profiles.get", {"name": arguments.name}))
            count = profile["scaling"].get("initial", 1)
        params = {"pool": arguments.name, "count": count}
        pool = cast(Pool, bridge.request("pools.setWanted", params))
    print(_place(pool))


def down(arguments: argparse.Namespace) -> None:
    """Ends the pilots of one profile or of all, and clears typed numbers."""
    with connect("command") as bridge:
        if arguments.all:
            names = [pool["pool"] for pool in _status(bridge.request("pools.status"))["pools"]]
        else:
            names = [arguments.name]
        for name in names:
            ended = bridge.request("pools.down", {"pool": name})["ended"]
            print(f"{name}: {ended} {'pilot' if ended == 1 else 'pilots'} ended")


def status(arguments: argparse.Namespace) -> None:
    """Shows places and their pilots; with `--json` just what the bridge says."""
    params = {} if arguments.name is None else {"pool": arguments.name}
    with connect("command") as bridge:
        answer = bridge.request("pools.status", params)
    if arguments.json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    found = _status(answer)
    now = time.time() * 1000
    for pool in found["pools"]:
        print(_place(pool))
        _print_pilots([pilot for pilot in found["pilots"] if pilot["pool"] == pool["pool"]], now)
    if not found["pools"]:
        print("No pilots. `pilothouse up local -n 4` starts four on this computer.")


def _status(answer: dict[str, object]) -> Status:
    return cast(Status, answer)


def _place(pool: Pool) -> str:
    name = pool["title"] if pool["title"] == pool["pool"] else f"{pool['title']} ({pool['pool']})"
    lines = [f"{name}   {words.wanted(pool['wanted'])}   {words.counted(pool)}"]
    stopped = pool["stopped"]
    if stopped is not None:
        error = PilothouseError(stopped["code"], stopped["params"], words=stopped["words"] or None)
        lines.append(f"  stopped after {stopped['failures']} like failures: {error}")
    if pool["waitingWhy"]:
        lines.append(f"  {pool['waitingWhy']}")
    return "\n".join(lines)


def _print_pilots(pilots: list[Pilot], now: float) -> None:
    rows = [
        (
            pilot["pilot"],
            words.state_word(pilot),
            pilot["site"] or pilot["host"] or "-",
            words.duration(now - (pilot["startedAtMs"] or pilot["createdAtMs"])),
            str(pilot["ran"]),
            words.apps(pilot["running"]) or pilot["words"].partition("\n")[0],
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
