"""What the kernel side needs of a profile (``src/protocol/profile.ts``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .asks import LEASES_PER_EXECUTOR, Ask, Auto, Blocks

RESUME_SECONDS = 120
"""``uplink.resumeSeconds`` where a profile does not say it."""


@dataclass(frozen=True)
class Profile:
    """A profile as the bridge gives it, its defaults filled in."""

    name: str
    workers: int
    """Tasks that one pilot runs at the same time."""
    initial: int | None
    """Pilots asked for by ``load()`` without a number."""
    low: int
    high: int
    automatic: bool
    resume_seconds: int
    """A pilot that cannot be reached for this long has lost its tasks."""

    @classmethod
    def of(cls, profile: Mapping[str, object]) -> Profile:
        pilot, scaling = _part(profile, "pilot"), _part(profile, "scaling")
        uplink = _part(profile, "uplink")
        initial, workers = scaling.get("initial"), pilot.get("workers", pilot.get("cores"))
        return cls(
            name=str(profile["name"]),
            workers=_whole(workers, 1),
            initial=initial if isinstance(initial, int) else None,
            low=_whole(scaling.get("min"), 0),
            high=_whole(scaling.get("max"), 1),
            automatic=scaling.get("automatic") is not False,
            resume_seconds=_whole(uplink.get("resumeSeconds"), RESUME_SECONDS),
        )

    def default_ask(self) -> Ask:
        """What ``load(name)`` asks for: ``initial``, else what is needed, else one or ``min``; of
        a pool that is larger than one executor can use, as many as that can."""
        if self.initial is not None:
            return Blocks(_usable(self.initial))
        if self.automatic:
            return Auto(_usable(self.low), _usable(self.high))
        return Blocks(_usable(max(1, self.low)))


def _usable(pilots: int) -> int:
    return min(pilots, LEASES_PER_EXECUTOR)


def _part(profile: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = profile.get(name)
    return part if isinstance(part, Mapping) else {}


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) else default
