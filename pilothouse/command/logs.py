"""`logs`: what a pilot wrote."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from pilothouse.command import words
from pilothouse.command.shapes import LogFile, LogFiles, LogPiece, Status
from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError

#: LIMITS.logBytes of src/protocol/limits.ts.
PIECE_BYTES = 256 * 1024
_FOLLOW_SECONDS = 0.5
_PASSING = frozenset({"no_log", "agent_unreachable"})


def logs(arguments: argparse.Namespace) -> int:
    """Prints one of a pilot's files; with `-f` goes on until the pilot has ended."""
    if arguments.worker is not None and arguments.file not in (None, "worker"):
        print(f"pilothouse: --worker does not go with --file {arguments.file}", file=sys.stderr)
        return 2
    with connect("command") as bridge:
        if arguments.list:
            return _list(bridge, arguments.pilot)
        reading = _Reading(bridge, {"pilot": arguments.pilot, **_which(arguments)})
        while True:
            # Asked before the file, so that what is written before the end is not missed.
            follow = arguments.follow and not _has_ended(bridge, arguments.pilot)
            try:
                reading.print_rest()
            except PilothouseError as error:
                # It may come while the pilot lives; one that was there may go with the pilot.
                if error.code not in _PASSING or not (follow or reading.begun):
                    raise
                reading.explain(error)
            if not follow:
                return 0
            time.sleep(_FOLLOW_SECONDS)


def _which(arguments: argparse.Namespace) -> dict[str, object]:
    """Which of its files, as `pilots.log` takes it; a worker's number alone means its output."""
    if arguments.file == "worker" or (arguments.file is None and arguments.worker is not None):
        return {"file": "worker", "worker": arguments.worker or 0}
    return {"file": arguments.file or "output"}


def _list(bridge: BridgeClient, pilot: str) -> int:
    """Print which files there are, where, how large, and until when they are kept."""
    found = cast(LogFiles, bridge.request("pilots.files", {"pilot": pilot}))
    rows = [(_name(each), f"{each['size']:,}", each["path"]) for each in found["files"]]
    print(words.table(("FILE", "BYTES", "PATH"), rows))
    if found["trouble"] is not None:
        print(shown(str(PilothouseError.of_data(found["trouble"]))), file=sys.stderr)
    until = found["keptUntilMs"]
    if until is not None:
        when = datetime.fromtimestamp(until / 1000).astimezone()
        print(f"kept until {when:%Y-%m-%d %H:%M}", file=sys.stderr)
    return 0


def _name(file: LogFile) -> str:
    return file["file"] if file["worker"] is None else f"{file['file']} {file['worker']}"


class _Reading:
    """Of one file, from its beginning on."""

    def __init__(self, bridge: BridgeClient, which: Mapping[str, object]) -> None:
        self._bridge = bridge
        self._which = which
        self._offset = 0
        self._path: str | None = None
        self._explained = ""

    @property
    def begun(self) -> bool:
        """Whether there was such a file."""
        return self._path is not None

    def explain(self, error: PilothouseError) -> None:
        """Say why there is nothing more, once."""
        if str(error) != self._explained:
            self._explained = str(error)
            print(shown(self._explained), file=sys.stderr)

    def print_rest(self) -> None:
        """Print what was written since."""
        while True:
            params = {**self._which, "offset": self._offset, "bytes": PIECE_BYTES}
            piece = cast(LogPiece, self._bridge.request("pilots.log", params))
            is_other = self._path not in (None, piece["path"])
            self._path = piece["path"]
            if is_other or piece["offset"] != self._offset:
                self._offset = 0  # a newer lease's, or shorter than it was: another file
                continue
            sys.stdout.write(piece["text"])
            sys.stdout.flush()
            if piece["end"] == self._offset:
                return
            self._offset = piece["end"]


def _has_ended(bridge: BridgeClient, pilot: str) -> bool:
    """Whether the pilot has ended, or is not known any more."""
    found = cast(Status, bridge.request("pools.status"))
    return not any(each["pilot"] == pilot and each["state"] != "ended" for each in found["pilots"])
