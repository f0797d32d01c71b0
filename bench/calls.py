"""Counts how often a scheduler's commands are run: wrappers on PATH that note each call."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

COMMANDS = {
    "slurm": ("sbatch", "squeue", "sacct", "sacctmgr", "scancel", "scontrol", "sinfo"),
    "htcondor": (
        *("condor_submit", "condor_q", "condor_history", "condor_rm", "condor_hold"),
        *("condor_release", "condor_status", "condor_config_val", "condor_version"),
    ),
}
SUBMIT = {"slurm": "sbatch", "htcondor": "condor_submit"}

WRAPPER = """#!/bin/bash
printf '%s %s\\n' "$EPOCHREALTIME" {name} >> '{log}'
exec {real} "$@"
"""


@dataclass(frozen=True)
class Call:
    """One run of a command."""

    #: Seconds since the epoch.
    at: float
    command: str


class Calls:
    """All calls of this process's children from now on; wrappers are put into a folder."""

    def __init__(self, folder: Path, site: str) -> None:
        self._log = folder / "calls"
        self._log.touch()
        for name in COMMANDS[site]:
            real = shutil.which(name)
            if real is not None:
                wrapper = folder / name
                wrapper.write_text(WRAPPER.format(name=name, log=self._log, real=real))
                wrapper.chmod(0o755)
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"

    def between(self, began: float, ended: float) -> list[Call]:
        """Calls in a span of seconds since the epoch."""
        lines = [line.split() for line in self._log.read_text().splitlines()]
        calls = [Call(float(at), command) for at, command in lines]
        return [call for call in calls if began <= call.at <= ended]


def counted(calls: list[Call]) -> str:
    """`1 sbatch, 2 squeue`."""
    found = Counter(call.command for call in calls)
    return ", ".join(f"{number} {command}" for command, number in found.items()) or "none"


def an_hour(calls: list[Call]) -> float:
    """The rate of calls that come at intervals: each command's own intervals, added up."""
    rate = 0.0
    for command in {call.command for call in calls}:
        at = sorted(call.at for call in calls if call.command == command)
        # One call in the whole span says nothing about the next.
        rate += (len(at) - 1) / (at[-1] - at[0]) * 3600 if len(at) > 1 else 0
    return rate
