"""What a view of the bridge is told of pilots, and when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypedDict, cast

from pilothouse.bridge.client import BridgeClient

#: States of a pilot whose job runs, as far as anybody knows.
STARTED = ("starting", "idle", "leased", "draining")


class Pilot(TypedDict):
    """The part of a pilot that is used here (src/protocol/entities.ts)."""

    pilot: str
    pool: str
    state: str
    words: str
    schedulerId: str | None


class _Change(TypedDict, total=False):
    kind: str
    value: Pilot
    pilot: str


class Watcher:
    """The pilots of a bridge, kept up to date as the panel keeps them."""

    def __init__(self, bridge: BridgeClient) -> None:
        self._pilots: dict[str, Pilot] = {}
        #: When a pilot was first shown as started, in seconds since the epoch.
        self.started: dict[str, float] = {}
        self._changed = threading.Condition()
        bridge.on_notification(self._heard)
        self._take(cast(list[Pilot], bridge.request("state.subscribe")["pilots"]))

    def pilots(self, pool: str) -> list[Pilot]:
        """Those of a pool that have not ended."""
        return [
            pilot
            for pilot in self._pilots.values()
            if pilot["pool"] == pool and pilot["state"] != "ended"
        ]

    def wait_for(self, what: str, there: Callable[[], bool], seconds: float = 120) -> float:
        """When it was there, in seconds since the epoch. Raises TimeoutError with all states."""
        with self._changed:
            if self._changed.wait_for(there, seconds):
                return time.time()
        states = [(pilot["state"], pilot["words"]) for pilot in self._pilots.values()]
        raise TimeoutError(f"{what}; pilots: {states[-5:]}")

    def _heard(self, method: str, params: Mapping[str, object]) -> None:
        if method != "state.changed":
            return
        changes = cast(list[_Change], params["changes"])
        with self._changed:
            self._take([each["value"] for each in changes if each["kind"] == "pilot"])
            for change in changes:
                if change["kind"] == "pilot-gone":
                    self._pilots.pop(change["pilot"], None)
            self._changed.notify_all()

    def _take(self, pilots: list[Pilot]) -> None:
        now = time.time()
        for pilot in pilots:
            self._pilots[pilot["pilot"]] = pilot
            if pilot["state"] in STARTED:
                self.started.setdefault(pilot["pilot"], now)
