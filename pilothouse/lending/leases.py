"""What this kernel knows of the leases of one executor: a table, and no more than that."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum


class LeaseState(str, Enum):
    """``LeaseState`` of ``src/protocol/states.ts``."""

    asked = "asked"
    lent = "lent"
    starting = "starting"
    registered = "registered"
    draining = "draining"
    ended = "ended"


@dataclass
class Lease:
    """One pilot asked for, lent or given back; ``block`` is Parsl's name of it."""

    lease: str
    command: list[str]
    block: str
    state: LeaseState = LeaseState.asked
    start: str | None = None
    """The pool start that serves it, which is the manager's name at the interchange."""
    words: str = ""
    host: str = "an unknown host"
    giving_back: bool = False
    """Held at the interchange; given back when its tasks are done."""
    was_registered: bool = False
    lost: bool = False
    """It ended because of its pilot or pool, and was not given back."""
    dead: set[str] = field(default_factory=set)
    """Pool starts that are known to be gone."""

    def wire(self) -> dict[str, object]:
        return {"lease": self.lease, "command": self.command}


class Leases:
    """All leases that have not ended, in the order in which they were asked for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leases: dict[str, Lease] = {}
        self._ended: dict[str, Lease] = {}

    def add(self, lease: Lease) -> None:
        with self._lock:
            self._leases[lease.lease] = lease

    def get(self, lease: str) -> Lease | None:
        with self._lock:
            return self._leases.get(lease)

    def of_block(self, block: str) -> Lease | None:
        with self._lock:
            return next((one for one in self._leases.values() if one.block == block), None)

    def all(self) -> list[Lease]:
        with self._lock:
            return list(self._leases.values())

    def held(self) -> list[Lease]:
        """Those that count against the target: all but the ones that are being given back."""
        return [lease for lease in self.all() if not lease.giving_back]

    def unregistered(self) -> list[Lease]:
        """Those whose pool may be about to appear at the interchange."""
        about = (LeaseState.lent, LeaseState.starting)
        return [lease for lease in self.all() if lease.state in about]

    def ended(self, lease: str) -> Lease | None:
        """One that has ended lately and not been forgotten."""
        with self._lock:
            return self._ended.get(lease)

    def end(self, names: Iterable[str], words: str = "") -> list[Lease]:
        """Takes leases off the table; those that were on it are returned."""
        gone = []
        with self._lock:
            for name in names:
                lease = self._leases.pop(name, None)
                if lease is not None:
                    lease.state = LeaseState.ended
                    lease.words = words or lease.words
                    self._ended[name] = lease
                    gone.append(lease)
            # Burials need the newest ones' hosts and words; Parsl's poller the rest for nothing.
            while len(self._ended) > ENDED_KEPT:
                del self._ended[next(iter(self._ended))]
        return gone


ENDED_KEPT = 1000


@dataclass(frozen=True)
class Change:
    """``leases.changed``, read."""

    lease: str
    state: LeaseState
    cause: str
    words: str
    start: str | None
    dead: tuple[str, ...]
    host: str | None
    tunnel: bool
    """Whether the pool comes by a tunnel, so that there must be a home."""

    @classmethod
    def of(cls, params: Mapping[str, object]) -> Change:
        """:raises ValueError: the message is not what ``src/protocol/methods`` says."""
        lease, state, dead = params.get("lease"), params.get("state"), params.get("dead")
        start, host = params.get("start"), params.get("host")
        if not isinstance(lease, str) or not isinstance(dead, list):
            raise ValueError(f"not a leases.changed: {str(dict(params))[:500]}")
        return cls(
            lease,
            LeaseState(state),
            str(params.get("cause", "")),
            str(params.get("words", "")),
            start if isinstance(start, str) else None,
            tuple(str(one) for one in dead),
            host if isinstance(host, str) else None,
            isinstance(params.get("tunnel"), str),
        )
