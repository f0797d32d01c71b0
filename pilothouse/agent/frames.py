"""Frames between agent and bridge: 4 bytes of length, a byte of kind, content (agent.ts)."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum

from .checked import InvalidMessage, mapping
from .tunnel.frames import MOST_FRAME_BYTES

MOST_BYTES_IN = 16 * 1024 * 1024
"""Largest frame accepted from the bridge; a lease's environment makes the largest."""
MOST_BYTES_OUT = 4 * 1024 * 1024
"""``agentFrameBytes`` of src/protocol/limits.ts."""

_LENGTH = struct.Struct(">I")
_HEADER = struct.Struct(">IB")


class FrameKind(IntEnum):
    """The byte after the length."""

    JSON = 0
    STREAM = 1
    CONTENT = 2


class ContentFrame(bytes):
    """A piece of a content, as it came (:mod:`.content.pieces`)."""


def encode(message: Mapping[str, object]) -> bytes:
    """A JSON frame.

    :raises InvalidMessage: if it is larger than the bridge accepts.
    """
    content = json.dumps(message, separators=(",", ":")).encode()
    if len(content) + 1 > MOST_BYTES_OUT:
        raise InvalidMessage(f"a frame of {len(content) + 1} bytes; the bridge takes 4 MiB")
    return _LENGTH.pack(len(content) + 1) + bytes([FrameKind.JSON]) + content


def encode_stream(frame: bytes) -> bytes:
    """What stands before a tunnel's frame."""
    return _HEADER.pack(len(frame) + 1, FrameKind.STREAM)


def encode_piece(head: bytes, size: int) -> bytes:
    """What stands before the bytes of a piece of a content."""
    return _HEADER.pack(len(head) + size + 1, FrameKind.CONTENT) + head


class Decoder:
    """Cuts what arrives into messages, and into frames of tunnels and pieces, which are bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Mapping[str, object] | bytes]:
        """The messages and frames that are whole with ``data``.

        :raises InvalidMessage: on a frame that cannot be; the connection is then of no use.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if not 1 <= length <= MOST_BYTES_IN:
                raise InvalidMessage(f"a frame of {length} bytes; 1 to {MOST_BYTES_IN} can be")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            kind = self._buffer[_LENGTH.size]
            content = bytes(self._buffer[_LENGTH.size + 1 : end])
            del self._buffer[:end]
            if kind == FrameKind.STREAM:
                if len(content) > MOST_FRAME_BYTES:
                    raise InvalidMessage(f"a tunnel's frame of {len(content)} bytes")
                yield content
                continue
            if kind == FrameKind.CONTENT:
                yield ContentFrame(content)
                continue
            if kind != FrameKind.JSON:
                raise InvalidMessage(f"a frame of kind {kind}, which this agent does not know")
            try:
                message: object = json.loads(content)
            except ValueError as problem:
                raise InvalidMessage(f"a frame that is not JSON: {problem}") from problem
            yield mapping(message, "the frame's content")
