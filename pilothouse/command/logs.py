"""`logs`: what a pilot wrote."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from typing import cast

from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.command import words
from pilothouse.command.shapes import LogFiles, LogPiece, Status

#: LIMITS.logBytes of src/protocol/limits.ts.
PIECE_BYTES = 256 * 1024
_FOLLOW_SECONDS = 0.5


def logs(arguments: argparse.Namespace) -> int:
    """Prints one of a pilot's files; with `-f` goes on until the pilot has ended."""
    with connect("command") as bridge:
        if arguments.list:
            return _list(bridge, arguments.pilot)
        offset = 0
        while True:
            # Asked before the file, so that what is written before the end is not missed.
            follow = arguments.follow and not _has_ended(bridge, arguments.pilot)
            offset = _print_from(bridge, arguments.pilot, arguments.file, offset)
            if not follow:
                return 0
            time.sleep(_FOLLOW_SECONDS)


def _list(bridge: BridgeClient, pilot: str) -> int:
    """Print which files there are, where, how large, and until when they are kept."""
    found = cast(LogFiles, bridge.request("pilots.files", {"pilot": pilot}))
    rows = [(each["file"], f"{each['size']:,}", each["path"]) for each in found["files"]]
    print(words.table(("FILE", "BYTES", "PATH"), rows))
    until = found["keptUntilMs"]
    if until is not None:
        when = datetime.fromtimestamp(until / 1000).astimezone()
        print(f"kept until {when:%Y-%m-%d %H:%M}", file=sys.stderr)
    return 0


def _print_from(bridge: BridgeClient, pilot: str, file: str, offset: int) -> int:
    """Print from `offset` to the end; returns where the end is."""
    while True:
        params = {"pilot": pilot, "file": file, "offset": offset, "bytes": PIECE_BYTES}
        piece = cast(LogPiece, bridge.request("pilots.log", params))
        if piece["offset"] != offset:
            offset = 0  # The file is shorter than it was: another one.
            continue
        sys.stdout.write(piece["text"])
        sys.stdout.flush()
        if piece["end"] == offset:
            return offset
        offset = piece["end"]


def _has_ended(bridge: BridgeClient, pilot: str) -> bool:
    """Whether the pilot has ended, or is not known any more."""
    found = cast(Status, bridge.request("pools.status"))
    return not any(each["pilot"] == pilot and each["state"] != "ended" for each in found["pilots"])
