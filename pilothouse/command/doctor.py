"""`doctor`: the walk, printed with ticks, and the bundle."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import cast

from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.bridge.paths import state_folder
from pilothouse.bridge.tail import read_end
from pilothouse.command.doctor_login import asks_to_listen, submit_hosts
from pilothouse.command.logins.shapes import Hosts
from pilothouse.command.logs import PIECE_BYTES
from pilothouse.command.shapes import LogPiece, Status
from pilothouse.command.shown import shown
from pilothouse.doctor import bundle, walk
from pilothouse.doctor.hops import Finding, Found
from pilothouse.errors import PilothouseError

_TICKS = {Found.WELL: "✓", Found.DOUBT: "?", Found.ILL: "✗", Found.SKIPPED: "-"}
_LOG_BYTES = 256 * 1024
_LOGS = ("output", "error", "events", "pool")


def doctor(arguments: argparse.Namespace) -> int:
    """Walks the hops; 1 if one fails."""
    findings: list[Finding] = []
    name: str = arguments.name
    with connect("command") as bridge:
        for finding in _findings(bridge, name, arguments):
            _print(finding)
            findings.append(finding)
        if arguments.bundle is not None:
            _bundle(bridge, name, findings, arguments.bundle)
    return 1 if any(finding.found is Found.ILL for finding in findings) else 0


def _findings(bridge: BridgeClient, name: str, arguments: argparse.Namespace) -> Iterator[Finding]:
    def may_listen() -> bool:
        return bool(arguments.listen) or asks_to_listen(name)

    for finding in walk.without_pilot(bridge, name, submit_hosts(bridge, name), may_listen):
        yield finding
        if finding.found is Found.ILL:
            return
    if arguments.quick:
        return
    last = None
    for last in walk.pilot(bridge, name, arguments.wait):
        yield last
    if last is not None and last.hop != "pilot" and last.found is Found.WELL:
        yield walk.task(name)


def _print(finding: Finding) -> None:
    # Other machines' tools say part of it.
    print(f"{_TICKS[finding.found]} {finding.hop}: {shown(finding.says)}", flush=True)
    for text in (finding.words, finding.helps):
        for line in shown(text).strip().splitlines():
            print(f"    {line}", flush=True)


def _bundle(bridge: BridgeClient, name: str, findings: list[Finding], path: Path) -> None:
    found = cast(Status, bridge.request("pools.status"))
    pilots = [each for each in found["pilots"] if each["pool"] == name]
    newest = sorted(pilots, key=lambda each: each["createdAtMs"])[-3:]
    texts = {
        "status.json": json.dumps({**found, "pilots": pilots[-20:]}, indent=2, ensure_ascii=False),
        "bridge.log": read_end(state_folder() / "bridge.log", _LOG_BYTES),
        "packages.txt": "\n".join(
            sorted(f"{each.metadata['Name']} {each.version}" for each in distributions())
        ),
    }
    try:
        written = bridge.request("profiles.read", {"name": name})["profile"]
        texts["profile.json"] = json.dumps(written, indent=2, ensure_ascii=False)
    except PilothouseError as error:
        texts["profile.txt"] = str(error)
    for each in newest:
        for file in _LOGS:
            texts[f"{each['pilot']}-{file}.txt"] = _log(bridge, each["pilot"], file)
    connections = cast(Hosts, bridge.request("hosts.list"))["hosts"]
    # What a login asks may name a person's telephone.
    shown = [{**each, "login": None} for each in connections if name in each["pools"]]
    texts["hosts.json"] = json.dumps(shown, indent=2, ensure_ascii=False)
    hosts = [pool["submitHost"] for pool in found["pools"]]
    hosts += [each["host"] for each in pilots if each["host"]]
    hosts += [each["address"] for each in connections]
    users = [each["user"] for each in connections if each["user"]]
    bundle.write(path, findings, texts, bundle.redaction(hosts, users))
    print(f"Written {path}, {time.strftime('%Y-%m-%d %H:%M')}. Look at it before you send it.")


def _log(bridge: BridgeClient, pilot: str, file: str) -> str:
    params = {"pilot": pilot, "file": file, "offset": -PIECE_BYTES, "bytes": PIECE_BYTES}
    try:
        piece = cast(LogPiece, bridge.request("pilots.log", params))
        return bundle.without_tasks(piece["text"])
    except PilothouseError as error:
        return str(error)
