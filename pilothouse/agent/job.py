"""What the scheduler tells a job on its node: Slurm by variables, HTCondor by files with ads."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

_CHARS = 300
_CLOCK_SECONDS = 60
"""By which clocks of one site may differ; more is no clock to go by."""
_PROLOG_SECONDS = 1800
"""What may pass between a job's begin and its script: prologs, nodes that are started for it."""
_ATTRIBUTE = re.compile(r"^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")
_MOST_BYTES = 1024 * 1024
_SITES = ("GLIDEIN_Site", "GLIDEIN_ResourceName", "ResourceName")
"""Attributes of a machine, or variables, by which OSG's glideins name the institution."""


@dataclass(frozen=True)
class Job:
    """All that is not known is None."""

    restarts: int = 0
    """How often the scheduler has started this job before."""
    slot: str | None = None
    """Node or slot, as the scheduler calls it."""
    site: str | None = None
    started_at_ms: float | None = None
    """When the scheduler says that it began, since the epoch by the scheduler's clock."""
    ends_by_ms: float | None = None
    """When the scheduler will end it, likewise."""

    def seconds_left(self, ran_seconds: float, now_ms: float) -> float | None:
        """How long until the scheduler ends it; None: it has not said.

        Where this node's clock cannot be the scheduler's, the job's length counts, and that it has
        run since its script began.

        :param ran_seconds: how long ago the job's script began.
        :param now_ms: this node's clock.
        """
        if self.ends_by_ms is None:
            return None
        if self.started_at_ms is not None:
            before_script = (now_ms - self.started_at_ms) / 1000 - ran_seconds
            if not -_CLOCK_SECONDS <= before_script <= _PROLOG_SECONDS:
                return (self.ends_by_ms - self.started_at_ms) / 1000 - ran_seconds
        return (self.ends_by_ms - now_ms) / 1000


def read(environment: Mapping[str, str]) -> Job:
    """Of the job this process is in; of no job, if it is in none."""
    job = parse_ad(_content(environment.get("_CONDOR_JOB_AD")))
    machine = parse_ad(_content(environment.get("_CONDOR_MACHINE_AD")))
    return of(environment, job, machine)


def removes(environment: Mapping[str, str], folder: Path) -> bool:
    """Whether a folder goes with the job: it is HTCondor's scratch directory.

    HTCondor manual, "Services for Running Jobs": ``_CONDOR_SCRATCH_DIR``.
    """
    scratch = environment.get("_CONDOR_SCRATCH_DIR")
    try:
        return bool(scratch) and folder.samefile(scratch or "")
    except OSError as problem:
        log.warning("HTCondor's scratch directory %s cannot be seen: %s", scratch, problem)
        return False


def disk_granted(environment: Mapping[str, str], folder: Path) -> tuple[Path, int] | None:
    """Of what is in HTCondor's scratch directory: that folder, and the bytes that all in it may
    take; None: ``folder`` lies elsewhere, or nothing is said.

    The machine's ``Disk`` is what the slot was given, the job's ``RequestDisk`` what it asked for,
    both in KiB (HTCondor manual, "Machine ClassAd Attributes", "Job ClassAd Attributes"); sites
    hold jobs that use more than the one, or than the other.
    """
    scratch = environment.get("_CONDOR_SCRATCH_DIR")
    if not scratch:
        return None
    top = Path(scratch).resolve()
    if not folder.resolve().is_relative_to(top):
        return None
    given = parse_ad(_content(environment.get("_CONDOR_MACHINE_AD"))).get("disk")
    asked = parse_ad(_content(environment.get("_CONDOR_JOB_AD"))).get("requestdisk")
    known = [count for count in map(_number, (given, asked)) if count]
    return (top, min(known) * 1024) if known else None


def of(environment: Mapping[str, str], job: Mapping[str, str], machine: Mapping[str, str]) -> Job:
    """:param job: HTCondor's ad of the job, names in lower case; empty: there is none.
    :param machine: the ad of its slot, likewise.
    """
    # Neither counts the start that this process is: Slurm says nothing of the first, and the
    # starter writes the ad before the shadow counts.
    restarts = _number(environment.get("SLURM_RESTART_COUNT") or job.get("numjobstarts"))
    start = _number(environment.get("SLURM_JOB_START_TIME"))
    end = _number(environment.get("SLURM_JOB_END_TIME"))
    named = [environment.get(name) or machine.get(name.lower()) for name in _SITES]
    return Job(
        restarts=restarts or 0,
        slot=_first(
            environment.get("SLURMD_NODENAME"),
            machine.get("name"),
            job.get("remotehost"),
            environment.get("_CONDOR_SLOT"),
        ),
        site=_first(*named, environment.get("SLURM_CLUSTER_NAME")),
        started_at_ms=None if not start else start * 1000.0,
        ends_by_ms=None if not end else end * 1000.0,
    )


def parse_ad(text: str) -> dict[str, str]:
    """An ad in HTCondor's long form, ``Name = value`` by lines (Submit file manual, ClassAds).

    Names are not told apart by case. Texts come without their quotes; other values as they stand.
    """
    attributes = {}
    for line in text.splitlines():
        found = _ATTRIBUTE.match(line)
        if found is not None:
            name, value = found.groups()
            if len(value) > 1 and value[0] == value[-1] == '"':
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            attributes[name.lower()] = value
    return attributes


def _content(path: str | None) -> str:
    if not path:
        return ""
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError as problem:
        log.warning("what HTCondor says of this job cannot be read: %s", problem)
        return ""


def _first(*texts: str | None) -> str | None:
    return next((text[:_CHARS] for text in texts if text and text.lower() != "undefined"), None)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,15}", text) else None
