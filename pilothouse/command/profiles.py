"""`profiles`, `show`, `check` and `script`: places as they are written."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import cast

from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.command import words
from pilothouse.command.logins import words as logins
from pilothouse.command.logins.shapes import Hosts
from pilothouse.command.shapes import Checked, Plan, Profiles, Written
from pilothouse.errors import PilothouseError


def profiles(arguments: argparse.Namespace) -> int:
    """Lists the profiles; files that are none go to standard error with the reason."""
    with connect("command") as bridge:
        found = cast(Profiles, bridge.request("profiles.list"))
        hosts = cast(Hosts, bridge.request("hosts.list"))["hosts"]
    rows = [
        (
            each["name"],
            each["title"],
            "; ".join(logins.place(host) for host in logins.of_place(each["name"], hosts)),
            each["source"],
        )
        for each in found["profiles"]
    ]
    print(words.table(("NAME", "TITLE", "SUBMIT HOST", "FROM"), rows))
    for broken in found["broken"]:
        error = PilothouseError.of_data(broken["error"])
        print(f"pilothouse: {broken['file']}: {error}", file=sys.stderr)
    return 1 if found["broken"] else 0


def show(arguments: argparse.Namespace) -> int:
    """Prints a profile as JSON: as it is written, or with all defaults filled in."""
    with connect("command") as bridge:
        if arguments.all:
            profile: object = bridge.request("profiles.get", {"name": arguments.name})
        else:
            read = cast(Written, bridge.request("profiles.read", {"name": arguments.name}))
            print(f"{read['source']}{' (read-only)' if read['readOnly'] else ''}", file=sys.stderr)
            profile = read["profile"]
    print(json.dumps(profile, indent=2, ensure_ascii=False))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Checks a file, or a profile by its name; with `--deep` the scheduler is asked too."""
    with connect("command") as bridge:
        profile = _written(bridge, arguments.file)
        checked = cast(
            Checked,
            bridge.request("profiles.check", {"profile": profile, "deep": arguments.deep}),
        )
    for understood in checked["understood"]:
        print(f"{understood['field']}: {understood['text']}")
    print_problems(checked)
    wrong = any(problem["severity"] == "error" for problem in checked["problems"])
    if not wrong:
        print("Nothing is wrong with it.")
    return 1 if wrong else 0


def script(arguments: argparse.Namespace) -> int:
    """Prints what would be submitted, and submits nothing."""
    with connect("command") as bridge:
        read = cast(Written, bridge.request("profiles.read", {"name": arguments.name}))
        params = {"profile": read["profile"], "pilots": arguments.count}
        plan = cast(Plan, bridge.request("profiles.script", params))
    if arguments.into is not None:
        return _save(plan, arguments.into)
    if len(plan["files"]) > 1 or plan["others"]:
        for other in plan["others"]:
            print(f"{other['path']}: {other['what']}", file=sys.stderr)
        for command in plan["commands"]:
            print(f"$ {command}", file=sys.stderr)
    for file in plan["files"]:
        if len(plan["files"]) > 1:
            sys.stderr.flush()
            print(f"--- {file['path']}", file=sys.stderr, flush=True)
        sys.stdout.write("".join(f"{line['text']}\n" for line in file["lines"]))
        sys.stdout.flush()
    return 0


def print_problems(checked: Checked) -> None:
    """What is wrong, each at its field, on standard error; then what a dry run said."""
    for problem in checked["problems"]:
        where = f"{problem['field']}: " if problem["field"] else ""
        print(f"{problem['severity']}: {where}{problem['message']}", file=sys.stderr)
    if checked["dryRun"]:
        print(checked["dryRun"].rstrip())


def _save(plan: Plan, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for file in plan["files"]:
        path = folder / file["path"]
        # Bytes, so that no line end is changed on the way.
        path.write_bytes("".join(f"{line['text']}\n" for line in file["lines"]).encode())
        print(path)
    return 0


def _written(bridge: BridgeClient, what: str) -> object:
    """The JSON of a file, or the profile of that name where there is no such file.

    :raises PilothouseError: ``invalid_profile``, ``unknown_profile``.
    """
    path = Path(what)
    if not path.exists() and path.name == what and path.suffix != ".json":
        return cast(Written, bridge.request("profiles.read", {"name": what}))["profile"]
    try:
        profile = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as problem:
        raise _unusable(path, str(problem)) from problem
    if not isinstance(profile, dict):
        raise _unusable(path, "A profile is a JSON object.")
    return profile


def _unusable(path: Path, problem: str) -> PilothouseError:
    return PilothouseError(
        "invalid_profile", {"name": path.stem, "file": str(path), "message": problem}
    )
