"""Pilots at one site, with a bridge of their own: `python -m bench.pilots slurm|htcondor`.

Run by somebody who may submit there; prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict, cast

import parsl
import psutil

import pilothouse
from bench.calls import SUBMIT, Calls, an_hour, counted
from bench.profiles import AT_SITES, own_profiles
from bench.status import Readings, StatusReader
from bench.watcher import Watcher
from pilothouse.bridge import connect
from pilothouse.bridge.client import BridgeClient
from scripts.own_home import own_home

FEW, MANY = 10, 1000
WATCHED_SECONDS = 60
#: What a scheduler asks soon after a submission is over by then.
SETTLED_SECONDS = 10
STARTS = 3


class Steady(TypedDict):
    """Queued pilots, a minute long."""

    calls: str
    calls_an_hour: float
    #: Of one core: the bridge alone, and the commands that it runs.
    cpu: float
    commands_cpu: float


class Submitted(TypedDict):
    """Many pilots, from the typed number to the last one queued."""

    seconds: float
    submit_calls: int
    calls: str


class AtSite(TypedDict):
    """All that is measured at a site; seconds."""

    submitted: Submitted
    few: Steady
    many: Steady
    #: Of what the scheduler says of the many: its answer, and HTCondor's event log.
    status: dict[str, Readings]
    #: From the first line of a pilot's setup to the pilot in a view, by profile.
    started: dict[str, list[float]]


def started_at() -> float:
    """When the pilot that runs this began, by this machine's clock."""
    import os

    return float(os.environ["BENCH_PILOT_BEGAN"])


class Site:
    """A bridge, a view of it, and counted calls."""

    def __init__(self, site: str, bridge: BridgeClient, calls: Calls) -> None:
        self._site = site
        self._bridge = bridge
        self._calls = calls
        self._watcher = Watcher(bridge)
        self._process = psutil.Process(cast(int, bridge.hello["pid"]))

    def submit(self, number: int) -> Submitted:
        """So many pilots, none of which can start."""
        began = time.time()
        self._bridge.request("pools.setWanted", {"pool": "waiting", "count": number})
        ended = self._watcher.wait_for(f"{number} queued", lambda: self._queued() == number)
        calls = self._calls.between(began, time.time())
        return {
            "seconds": ended - began,
            "submit_calls": len([call for call in calls if call.command == SUBMIT[self._site]]),
            "calls": counted(calls),
        }

    def _queued(self) -> int:
        return len([each for each in self._watcher.pilots("waiting") if each["state"] == "queued"])

    def steady(self) -> Steady:
        """What the pilots that wait cost in a minute."""
        time.sleep(SETTLED_SECONDS)
        began, before = time.time(), self._process.cpu_times()
        time.sleep(WATCHED_SECONDS)
        ended, after = time.time(), self._process.cpu_times()
        calls = self._calls.between(began, ended)
        return {
            "calls": counted(calls),
            "calls_an_hour": an_hour(calls),
            "cpu": (after.user + after.system - before.user - before.system) / (ended - began),
            "commands_cpu": (
                after.children_user
                + after.children_system
                - before.children_user
                - before.children_system
            )
            / (ended - began),
        }

    def status(self, reader: StatusReader) -> dict[str, Readings]:
        """How soon what the scheduler says of the pilots that wait is read."""
        job = self._watcher.pilots("waiting")[0]["schedulerId"]
        assert job is not None
        read = {"answer": reader.answer(job)}
        for log in Path(os.environ["PILOTHOUSE_STATE_DIR"]).glob("site/*/events"):
            read["event log"] = reader.log(log.read_text())
        return read

    def down(self, pool: str) -> None:
        """Ends all pilots of a pool."""
        self._bridge.request("pools.down", {"pool": pool, "files": True})
        self._watcher.wait_for(f"{pool} ended", lambda: not self._watcher.pilots(pool))

    def start(self, profile: str) -> float:
        """One pilot; how long after its beginning a view has it. It is ended."""
        app = parsl.python_app(started_at)
        with pilothouse.load(profile, blocks=1):
            began = cast(float, app().result(timeout=300))
            (pilot,) = self._watcher.pilots(profile)
            seconds = self._watcher.started[pilot["pilot"]] - began
        parsl.clear()
        self.down(profile)
        return seconds


def measure(site: str, folder: Path) -> AtSite:
    """All figures of one site."""
    with own_profiles(AT_SITES[site]), own_home():
        calls = Calls(folder, site)
        with connect("view") as bridge:
            here = Site(site, bridge, calls)
            here.submit(FEW)
            few = here.steady()
            here.down("waiting")
            submitted = here.submit(MANY)
            many = here.steady()
            status = here.status(StatusReader(folder, site))
            here.down("waiting")
            profiles = [profile for profile in AT_SITES[site] if profile != "waiting"]
            for profile in profiles:
                here.start(profile)  # what is sent or unpacked once is there then
            started: dict[str, list[float]] = {profile: [] for profile in profiles}
            for _ in range(STARTS):
                for profile in profiles:
                    started[profile].append(here.start(profile))
    return {
        "submitted": submitted,
        "few": few,
        "many": many,
        "status": status,
        "started": started,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ph-calls-") as place:
        print(json.dumps(measure(sys.argv[1], Path(place))))
