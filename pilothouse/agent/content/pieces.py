"""Pieces of contents on the connection to the bridge (src/protocol/content.ts)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from ..checked import InvalidMessage
from .bundle import MOST_BYTES

HEADER = struct.Struct(">IQ")
PIECE_BYTES = 256 * 1024
WINDOW_BYTES = 4 * 1024 * 1024
READS = 16
WRITES = 64


class Piece(NamedTuple):
    """Bytes of one transfer."""

    transfer: int
    offset: int
    data: memoryview


def read(frame: bytes | memoryview) -> Piece:
    """A frame of kind ``content``.

    :raises InvalidMessage: it is none.
    """
    count = len(frame) - HEADER.size
    if not 1 <= count <= PIECE_BYTES:
        raise InvalidMessage(f"a piece of {count} bytes")
    transfer, offset = HEADER.unpack_from(frame)
    if offset > MOST_BYTES:
        raise InvalidMessage(f"a piece at byte {offset}")
    return Piece(transfer, offset, memoryview(frame)[HEADER.size :])


def head(transfer: int, offset: int) -> bytes:
    """What stands before the bytes of a piece."""
    return HEADER.pack(transfer, offset)
