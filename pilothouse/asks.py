"""What a person may write for a number of pilots, checked, in the wire's form."""

from __future__ import annotations

import operator
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
