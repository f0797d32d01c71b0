"""What a person may write for a number of pilots, checked, in the wire's form."""

from __future__ import annotations

import operator
import sys
import warnings
from dataclasses import dataclass
from typing import SupportsIndex

from .errors import PilothouseError

LEASES_PER_EXECUTOR = 1000
"""As ``LIMITS.leasesPerExecutor``: Parsl's interchange walks all managers for each message."""


@dataclass(frozen=True)
class Blocks:
    """A fixed number of pilots."""

    blocks: int

    def wire(self) -> dict[str, object]:
        return {"kind": "blocks", "blocks": self.blocks}


@dataclass(frozen=True)
class Auto:
    """As many pilots as the tasks need, between two limits."""

    low: int
    high: int

    def wire(self) -> dict[str, object]:
        return {"kind": "auto", "min": self.low, "max": self.high}


Ask = Blocks | Auto


def checked_ask(blocks: object, auto: object) -> Ask | None:
    """The ask that ``blocks`` and ``auto`` make, or None where both are None.

    :raises PilothouseError: ``not_a_number``, ``negative_number``, ``too_many_pilots``,
        ``not_a_pair``, ``limits_reversed``, ``blocks_and_auto``.
    """
    if auto is None:
        return None if blocks is None else Blocks(_number("blocks", blocks))
    if blocks is not None:
        raise PilothouseError("blocks_and_auto")
    if not isinstance(auto, (tuple, list)) or len(auto) != 2:
        raise PilothouseError("not_a_pair", {"value": repr(auto)[:200]})
    low, high = _number("auto[0]", auto[0]), _number("auto[1]", auto[1])
    if low > high:
        raise PilothouseError("limits_reversed", {"low": low, "high": high})
    return Auto(low, high)


def warn_if_capped(ask: Ask | None, place: str, limit: int) -> None:
    """Says where the call was made that a profile allows fewer pilots than are asked for."""
    most = 0 if ask is None else ask.blocks if isinstance(ask, Blocks) else ask.high
    if most > limit:
        warnings.warn(
            f"{place} allows at most {limit:,} pilots; you asked for {most:,}, and get {limit:,}. "
            "The profile's `scaling.max` says how many are allowed.",
            stacklevel=callers_level(),
        )


def callers_level() -> int:
    """``stacklevel``, seen from the caller of this, of the first frame outside this package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return level


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


def _number(field: str, value: object) -> int:
    """A whole number; True and 2.0 are none, numpy's integers are."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise PilothouseError("not_a_number", {"field": field, "value": repr(value)[:200]})
    number = operator.index(value)
    if number < 0:
        raise PilothouseError("negative_number", {"field": field, "value": str(number)[:40]})
    if number > LEASES_PER_EXECUTOR:
        raise PilothouseError(
            "too_many_pilots",
            {"field": field, "value": str(number)[:40], "limit": LEASES_PER_EXECUTOR},
        )
    return number
