"""What a hop is, and what the doctor found there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Found(Enum):
    """How a hop is."""

    WELL = "well"
    DOUBT = "doubt"
    """It may work; something is to be known."""
    ILL = "ill"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What was found at one hop; ``helps`` is what a person can do, or empty."""

    hop: str
    found: Found
    says: str
    helps: str = ""
    words: str = ""
    """The failing tool's own."""


def well(hop: str, says: str) -> Finding:
    """A hop that works."""
    return Finding(hop, Found.WELL, says)


def ill(hop: str, says: str, helps: str, words: str = "") -> Finding:
    """A hop that does not work; what lies behind it is not tried."""
    return Finding(hop, Found.ILL, says, helps, words)
