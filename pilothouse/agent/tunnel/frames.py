"""Frames of tunnels as bytes: what src/protocol/tunnel.ts says."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

from ..checked import InvalidMessage

TUNNEL_ID_BYTES = 8
HEADER_BYTES = 17
"""Before the bytes of a part."""
WINDOW_BYTES = 1024 * 1024
"""Bytes that an end may have sent and the other not taken."""
PART_BYTES = 64 * 1024
"""Bytes of one part."""
TAKEN_EVERY_BYTES = 128 * 1024
TAKEN_WITHIN_SECONDS = 0.25
MOST_FRAME_BYTES = HEADER_BYTES + PART_BYTES

_SHORT = struct.Struct(">8sB")
_NUMBERED = struct.Struct(">8sBQ")


class TunnelFrame(IntEnum):
    """The byte after the tunnel's number."""

    PART = 0
    TAKEN = 1
    RESUME = 2
    OVER = 3
    WAY = 4


_KINDS = {int(kind): kind for kind in TunnelFrame}
_NUMBERED_ONLY = (TunnelFrame.TAKEN, TunnelFrame.RESUME)


class Frame(NamedTuple):
    """A frame, read. ``number`` is 0 and ``data`` empty where its kind has none."""

    tunnel: bytes
    kind: TunnelFrame
    number: int
    data: memoryview


_NOTHING = memoryview(b"")
_PART = int(TunnelFrame.PART)
_NUMBER = struct.Struct(">Q")


def is_part(content: bytes) -> bool:
    """Whether it is a part: what most frames are, so that they are not read in vain."""
    return HEADER_BYTES < len(content) <= MOST_FRAME_BYTES and content[TUNNEL_ID_BYTES] == _PART


def read_part(content: bytes) -> tuple[int, memoryview]:
    """Of a part: the number of its first byte, and its bytes."""
    (first,) = _NUMBER.unpack_from(content, TUNNEL_ID_BYTES + 1)
    return first, memoryview(content)[HEADER_BYTES:]


def read(content: bytes) -> Frame:
    """The frame that these bytes are.

    :raises InvalidMessage: they are none.
    """
    length = len(content)
    if length < _SHORT.size:
        raise InvalidMessage(f"a tunnel's frame of {length} bytes")
    kind = _KINDS.get(content[TUNNEL_ID_BYTES])
    if kind is None:
        raise InvalidMessage(f"a tunnel's frame of kind {content[TUNNEL_ID_BYTES]}")
    if kind is TunnelFrame.PART or kind in _NUMBERED_ONLY:
        if length < HEADER_BYTES:
            raise InvalidMessage(f"a tunnel's frame of kind {kind.name} without its number")
        tunnel, _, number = _NUMBERED.unpack_from(content)
        data = memoryview(content)[HEADER_BYTES:]
        if kind is TunnelFrame.PART:
            if not 1 <= len(data) <= PART_BYTES:
                raise InvalidMessage(f"a tunnel's part of {len(data)} bytes")
        elif len(data):
            raise InvalidMessage(f"a tunnel's frame of kind {kind.name} with {len(data)} bytes")
        return Frame(tunnel, kind, number, data)
    if length != _SHORT.size:
        raise InvalidMessage(f"a tunnel's frame of kind {kind.name} of {length} bytes")
    return Frame(content[:TUNNEL_ID_BYTES], kind, 0, _NOTHING)


def part_header(tunnel: bytes, first: int) -> bytes:
    """What stands before the bytes of a part, the first of which has this number."""
    return _NUMBERED.pack(tunnel, _PART, first)


def taken(tunnel: bytes, count: int) -> bytes:
    """So many bytes were taken and handed on."""
    return _NUMBERED.pack(tunnel, TunnelFrame.TAKEN, count)


def resume(tunnel: bytes, count: int) -> bytes:
    """The same, and the other end may send on from there."""
    return _NUMBERED.pack(tunnel, TunnelFrame.RESUME, count)


def over(tunnel: bytes) -> bytes:
    """The tunnel is over."""
    return _SHORT.pack(tunnel, TunnelFrame.OVER)


def way(tunnel: bytes) -> bytes:
    """There is a new way; only bridges say so."""
    return _SHORT.pack(tunnel, TunnelFrame.WAY)
