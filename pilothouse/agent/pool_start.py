"""One start of one pool, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass

from .lease_folder import LeaseFolder
from .slots import Running, SlotFile
from .standbys import Keeper
from .way_home import WayHome


@dataclass
class PoolStart:
    """One start of one pool."""

    lease: str
    start: str
    state: str = "starting"
    exit_code: int | None = None
    words: str = ""
    stopped: bool = False
    problem: str | None = None
    """Why it was stopped, where nobody has asked for it."""
    way_home: WayHome | None = None
    ending: bool = False
    """Its processes are gone; what they said last may be on its way home."""
    keeper: Keeper | None = None
    folder: LeaseFolder | None = None
    slots: SlotFile | None = None
    told_running: tuple[Running, ...] = ()

    def report(self) -> dict[str, object]:
        """As ``PoolOfAgent`` of src/protocol/agent.ts."""
        return {
            "lease": self.lease,
            "start": self.start,
            "state": self.state,
            "exitCode": self.exit_code,
            "tunnel": None if self.way_home is None else self.way_home.tunnel,
            "words": self.words,
        }
