"""How long the bridge takes to read what a scheduler says of many jobs (status.ts)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, cast

from bench.bundle import bundled
from bench.processes import NODE, said


class Readings(TypedDict):
    """Readings of one recording, made ten thousand jobs of."""

    #: Jobs by what they are reported to do.
    states: dict[str, int]
    #: Milliseconds, of the first reading on: the first is slower, as after a bridge's start.
    taken: list[float]
    bytes: int


class StatusReader:
    """The bridge's own readers, bundled into a folder."""

    def __init__(self, folder: Path, site: str) -> None:
        self._site = site
        self._program = bundled("status", folder)

    def answer(self, job: str) -> Readings:
        """Asks the scheduler for all jobs that this one is of, as the bridge does."""
        words = cast(list[str], json.loads(self._run(["command", job], "")))
        asked = subprocess.run(words, capture_output=True, text=True, check=True)
        return cast(Readings, json.loads(self._run(["answer"], asked.stdout)))

    def log(self, text: str) -> Readings:
        """Reads a job event log."""
        return cast(Readings, json.loads(self._run(["log"], text)))

    def _run(self, words: Sequence[str], given: str) -> str:
        return said(
            [str(NODE), str(self._program), self._site, *words],
            name=f"status.ts {' '.join(words)}",
            given=given,
        )
