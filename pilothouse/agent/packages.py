"""Python packages that a pool can import, looked up before there is a lease.

HTEX's manager lists name and version of each before it takes its first task, which is 0.05 s
for 120 packages and more on a network's file system: the larger half of a warm pool's start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.metadata import distributions as _discover
from typing import NamedTuple


class Package(NamedTuple):
    """What HTEX asks of an ``importlib.metadata.Distribution``."""

    metadata: dict[str, str]
    version: str


_known: dict[str, tuple[int, list[Package]]] = {}
"""By entry of ``sys.path``, with the entry's time of change."""


def distributions() -> Iterator[Package]:
    """``importlib.metadata.distributions()``, in the same order."""
    for entry in sys.path:
        yield from _in(entry)


def look_up() -> None:
    """Looks all up that can be imported just now."""
    for entry in sys.path:
        _in(entry)


def _in(entry: str) -> list[Package]:
    try:
        changed = os.stat(entry).st_mtime_ns
    except OSError:
        return _found(entry)  # "" for the working folder, or what is no file at all
    known = _known.get(entry)
    # An installation adds a folder to the entry, which is so noticed (as importlib itself does).
    if known is None or known[0] != changed or not os.path.isabs(entry):
        known = _known[entry] = (changed, _found(entry))
    return known[1]


def _found(entry: str) -> list[Package]:
    return [Package({"Name": one.metadata["Name"]}, one.version) for one in _discover(path=[entry])]
