"""Clocks that are wrong: programs that are shown another time of day than this machine's."""

from __future__ import annotations

from pathlib import Path

from testbed import debian
from testbed.compiled import library

SOURCE = Path(__file__).resolve().parent / "wrong_clock.c"
PACKAGES = ("gcc", "libc6-dev")


def prepare() -> None:
    """Installs and makes what is missing."""
    debian.install(PACKAGES)
    library(SOURCE)


def ahead(seconds: int) -> dict[str, str]:
    """The environment of programs whose clock is that far ahead; a negative number: behind."""
    return {"LD_PRELOAD": str(library(SOURCE)), "TESTBED_CLOCK_AHEAD": str(seconds)}
