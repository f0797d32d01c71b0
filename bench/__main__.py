"""Prints all figures: `python -m bench [PART...]`. Ends with 1 if a goal was missed."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from bench.figure import Figure
from bench.profiles import own_profiles
from scripts.own_home import own_home

PARTS = (
    "throughput",
    "tunnel",
    "content",
    "restart",
    "loss",
    "sharing",
    "sites",
    "breaks",
    "login",
    "transfer",
    "leases",
    "strip",
)


def main(names: Sequence[str]) -> int:
    """Measures the named parts, each with a bridge of its own."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"no part {unknown[0]}: there are {', '.join(PARTS)}")
    missed = False
    for name in names or PARTS:
        began = time.monotonic()
        figures = cast(
            Callable[[], Iterator[Figure]], importlib.import_module(f"bench.{name}").figures
        )
        with own_profiles(), own_home():
            for figure in figures():
                print(figure, flush=True)
                missed = missed or figure.missed
        print(f"  ({name}: {time.monotonic() - began:.0f} s)", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
