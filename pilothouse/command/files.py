"""`ls`, `get` and `put`: files of a place's submit host."""

from __future__ import annotations

import argparse
import posixpath
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Literal, TypedDict, cast

from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.command import words
from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError

_LOOK_SECONDS = 0.25


class Entry(TypedDict):
    name: str
    kind: Literal["file", "folder", "other"]
    size: int
    modifiedAtMs: float
    writable: bool


class Transfer(TypedDict):
    transfer: str
    bytes: int
    size: int
    state: Literal["going", "done", "failed", "cancelled"]
    error: dict[str, object] | None


def ls(arguments: argparse.Namespace) -> int:
    """Lists a folder, or tells of a file."""
    path = from_home(arguments.path)
    with connect("command") as bridge:
        params = {"pool": arguments.name, "path": path}
        entry = _stat(bridge, arguments.name, path)
        if entry is None:
            problem = "No such file or directory"
            raise PilothouseError("file_failed", {"path": path, "problem": problem})
        entries, more = [entry], False
        if entry["kind"] == "folder":
            answer = bridge.request("files.list", params)
            entries, more = cast("list[Entry]", answer["entries"]), bool(answer["more"])
    rows = [_row(each) for each in sorted(entries, key=lambda each: each["name"])]
    if rows:
        print(words.table(("SIZE", "MODIFIED", "NAME"), rows))
    if more:
        print(f"pilothouse: there are more than these {len(rows):,}", file=sys.stderr)
    return 0


def put(arguments: argparse.Namespace) -> int:
    """Brings a file of this computer there."""
    local = Path(arguments.local).expanduser().absolute()
    with connect("command") as bridge:
        remote = from_home(arguments.remote or "")
        if remote.endswith("/") or _is_folder(bridge, arguments.name, remote):
            remote = posixpath.join(remote, local.name)
        return _carry(bridge, arguments.name, "put", local, remote)


def get(arguments: argparse.Namespace) -> int:
    """Brings a file from there."""
    remote = from_home(arguments.remote)
    local = Path(arguments.local or ".").expanduser().absolute()
    if local.is_dir():
        local = local / posixpath.basename(remote.rstrip("/"))
    with connect("command") as bridge:
        return _carry(bridge, arguments.name, "get", local, remote)


def from_home(path: str) -> str:
    """As the bridge takes it: what does not begin with / is meant from the home folder there."""
    if path in ("", "~", "~/"):
        return "."
    return path.removeprefix("~/").lstrip("/") if path.startswith("~/") else path


def _stat(bridge: BridgeClient, name: str, path: str) -> Entry | None:
    answer = bridge.request("files.stat", {"pool": name, "path": path})
    return cast("Entry | None", answer["entry"])


def _is_folder(bridge: BridgeClient, name: str, path: str) -> bool:
    entry = _stat(bridge, name, path)
    return entry is not None and entry["kind"] == "folder"


def _row(entry: Entry) -> tuple[str, str, str]:
    modified = datetime.fromtimestamp(entry["modifiedAtMs"] / 1000).strftime("%Y-%m-%d %H:%M")
    # A name may hold what a terminal obeys, or a line of its own.
    name = shown(entry["name"]).replace("\n", "?").replace("\t", "?")
    size = "-" if entry["kind"] != "file" else f"{entry['size']:,}"
    return (size, modified, f"{name}/" if entry["kind"] == "folder" else name)


def _carry(
    bridge: BridgeClient, name: str, direction: Literal["get", "put"], local: Path, remote: str
) -> int:
    params = {"pool": name, "direction": direction, "local": str(local), "remote": remote}
    # As with Ctrl-C: what was begun here is cancelled.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    transfer = cast(Transfer, bridge.request("files.transfer", params))
    progress = Progress(shown(local.name).replace("\n", "?"))
    try:
        while transfer["state"] == "going":
            progress.show(transfer)
            time.sleep(_LOOK_SECONDS)
            transfer = _newest(bridge, transfer)
    except KeyboardInterrupt:
        bridge.request("files.cancel", {"transfer": transfer["transfer"]})
        progress.end()
        print("Cancelled. What has come stays: the same command goes on from it.", file=sys.stderr)
        return 1
    progress.show(transfer)
    progress.end()
    if transfer["state"] == "done":
        return 0
    if transfer["error"] is not None:
        raise PilothouseError.of_data(transfer["error"])
    print("pilothouse: it was cancelled elsewhere", file=sys.stderr)
    return 1


def _newest(bridge: BridgeClient, transfer: Transfer) -> Transfer:
    found = cast("list[Transfer]", bridge.request("hosts.list")["transfers"])
    for each in found:
        if each["transfer"] == transfer["transfer"]:
            return each
    # The bridge has ended and was started again.
    raise PilothouseError("bridge_unreachable", {"problem": "it knows of no such transfer"})


class Progress:
    """How far a file is, on standard error where that is a terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._on = sys.stderr.isatty()
        self._began = time.monotonic()
        self._first: int | None = None

    def show(self, transfer: Transfer) -> None:
        if not self._on or transfer["size"] == 0:
            return
        self._first = transfer["bytes"] if self._first is None else self._first
        seconds = max(time.monotonic() - self._began, 0.001)
        speed = (transfer["bytes"] - self._first) / seconds / 1e6
        percent = 100 * transfer["bytes"] // transfer["size"]
        line = f"{self._name}  {percent} %  {transfer['bytes'] / 1e6:,.1f} MB  {speed:,.1f} MB/s"
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._on and self._first is not None:
            print(file=sys.stderr)
