"""Connections inside a tunnel's pipe: records of src/protocol/tunnel.ts."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from ..checked import InvalidMessage
from .frames import WINDOW_BYTES

RECORD_HEADER_BYTES = 9
MOST_CONNECTIONS = 16
"""In one tunnel at one time."""
MOST_RECORD_BYTES = WINDOW_BYTES
"""What an end says at once fits into its window."""

_HEADER = struct.Struct(">IBI")


class TunnelRecord(IntEnum):
    """The byte after the connection's number."""

    OPEN = 0
    BYTES = 1
    CLOSED = 2


class Record(NamedTuple):
    """A record, or as much of one of kind BYTES as has arrived.

    ``consumed``: bytes of the pipe that were read for it, besides ``data``.
    """

    connection: int
    kind: TunnelRecord
    data: memoryview
    consumed: int


_NOTHING = memoryview(b"")
_BYTES = int(TunnelRecord.BYTES)


def header(connection: int, kind: TunnelRecord, length: int = 0) -> bytes:
    """What stands before the bytes of a record."""
    return _HEADER.pack(connection, kind, length)


class Records:
    """Cuts the bytes of a pipe into records, without a copy and without waiting for whole ones."""

    def __init__(self) -> None:
        self._head = b""
        self._connection = 0
        self._missing = 0  # bytes of the record of kind BYTES that has begun

    def whole(self, data: memoryview) -> int | None:
        """The connection, if ``data``, which follows what was fed before, is one record of kind
        BYTES and nothing else: what most parts are. Its bytes are behind the header, and it is
        not to be fed."""
        if self._missing or self._head or len(data) <= RECORD_HEADER_BYTES:
            return None
        connection: int
        connection, kind, length = _HEADER.unpack_from(data)
        return connection if kind == _BYTES and length == len(data) - RECORD_HEADER_BYTES else None

    def feed(self, data: memoryview) -> Iterator[Record]:
        """The records in ``data``, which follows what was fed before.

        :raises InvalidMessage: on a record that cannot be; the pipe is then of no use.
        """
        while len(data):
            consumed = 0
            if not self._missing:
                consumed = min(len(data), RECORD_HEADER_BYTES - len(self._head))
                self._head += bytes(data[:consumed])
                data = data[consumed:]
                if len(self._head) < RECORD_HEADER_BYTES:
                    yield Record(0, TunnelRecord.BYTES, _NOTHING, consumed)
                    return
                head, self._head = self._head, b""
                self._connection, kind, length = _HEADER.unpack(head)
                if kind in (TunnelRecord.OPEN, TunnelRecord.CLOSED) and length == 0:
                    yield Record(self._connection, TunnelRecord(kind), _NOTHING, consumed)
                    continue
                if kind != TunnelRecord.BYTES or not 1 <= length <= MOST_RECORD_BYTES:
                    raise InvalidMessage(f"a tunnel's record of kind {kind} of {length} bytes")
                self._missing = length
            piece = data[: self._missing]
            data = data[len(piece) :]
            self._missing -= len(piece)
            yield Record(self._connection, TunnelRecord.BYTES, piece, consumed)
