"""What goes in place of something large: by which name it can be had."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Union

from ..checked import InvalidMessage, field, mapping
from .bundle import MOST_BYTES

_HASH = re.compile(r"[0-9a-f]{64}")
_START = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

STORED = b"PHR1\n"
"""How a stamp's payload begins whose result lies in the kernel's content folder."""

RESULTS = "results"
"""Folder of results in a kernel's content folder."""

Place = Union[int, str, None]  # noqa: UP007 - since 3.10
"""Of an argument: its position or its name; None: the function itself."""


@dataclass(frozen=True)
class Reference:
    """Content of ``size`` bytes by its SHA-256, in hexadecimal digits."""

    hash: str
    size: int

    def __post_init__(self) -> None:
        if not _HASH.fullmatch(self.hash):
            raise InvalidMessage("the hash of a content is not 64 hexadecimal digits")
        if not 0 < self.size <= MOST_BYTES:
            raise InvalidMessage(f"a content of {self.size} bytes")


References = dict[Place, Reference]


def encode(references: References) -> bytes:
    """As they go with a task."""
    return json.dumps([[place, one.hash, one.size] for place, one in references.items()]).encode()


def decode(content: bytes) -> References:
    """The reverse of :func:`encode`.

    :raises ValueError: these are none.
    """
    found: References = {}
    for entry in json.loads(content):
        if not isinstance(entry, list) or len(entry) != 3:
            raise InvalidMessage("a reference is not of three parts")
        place, name, size = entry
        if not (place is None or isinstance(place, (int, str))):
            raise InvalidMessage("a reference is to no argument")
        if not isinstance(name, str) or type(size) is not int:
            raise InvalidMessage("a reference has no hash, or no size")
        found[place] = Reference(name, size)
    return found


@dataclass(frozen=True)
class Stored:
    """A result of one task of one pool start, in the kernel's content folder."""

    start: str
    task: int
    size: int

    def __post_init__(self) -> None:
        if not _START.fullmatch(self.start) or self.task < 0:
            raise InvalidMessage("a stored result is of no pool start, or of no task")
        if not 0 < self.size <= MOST_BYTES:
            raise InvalidMessage(f"a stored result of {self.size} bytes")

    @property
    def name(self) -> str:
        """In the folder :data:`RESULTS`."""
        return f"{self.start}-{self.task}"

    def encode(self) -> bytes:
        """As a stamp's payload."""
        fields = {"start": self.start, "task": self.task, "size": self.size}
        return STORED + json.dumps(fields).encode()

    @staticmethod
    def decode(payload: bytes) -> Stored:
        """The reverse of :meth:`encode`.

        :raises ValueError: it is none.
        """
        if not payload.startswith(STORED):
            raise InvalidMessage("the payload is no stored result")
        value = mapping(json.loads(payload[len(STORED) :]), "stored")
        return Stored(
            field(value, "start", str, "stored"),
            field(value, "task", int, "stored"),
            field(value, "size", int, "stored"),
        )
