"""Frames between agent and bridge: 4 bytes of length, a byte of kind, content (agent.ts)."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple, Union

from .checked import InvalidMessage, mapping
from .tunnel.frames import MOST_FRAME_BYTES

MOST_BYTES_IN = 16 * 1024 * 1024
"""Largest frame accepted from the bridge; a lease's environment makes the largest."""
MOST_BYTES_OUT = 4 * 1024 * 1024
"""``agentFrameBytes`` of src/protocol/limits.ts."""

_LARGE_BYTES = 1 + MOST_FRAME_BYTES
"""A longer frame is large."""
_KEPT_BYTES = 1024 * 1024
"""Memory for so large a frame is used again."""

_LENGTH = struct.Struct(">I")
_HEADER = struct.Struct(">IB")


class FrameKind(IntEnum):
    """The byte after the length."""

    JSON = 0
    STREAM = 1
    CONTENT = 2


_STREAM = int(FrameKind.STREAM)  # comparing members costs ten times as much


Bytes = Union[bytes, memoryview]  # noqa: UP007 - since 3.10


class ContentFrame(NamedTuple):
    """A piece of a content, as it came (:mod:`.content.pieces`); see :class:`Splitter`."""

    content: Bytes


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
    return _HEADER.pack(len(frame) + 1, _STREAM)


def encode_piece(head: bytes, size: int) -> bytes:
    """What stands before the bytes of a piece of a content."""
    return _HEADER.pack(len(head) + size + 1, FrameKind.CONTENT) + head


Message = Union[Mapping[str, object], bytes, ContentFrame]  # noqa: UP007 - since 3.10
"""A message, a frame of a tunnel, or a piece of a content."""


class Splitter:
    """Cuts what arrives into frames: kinds and contents.

    What is larger than a tunnel's frame and comes in parts is gathered in memory that is used
    again: its content is a view, which holds until the next but one such frame has begun.
    """

    def __init__(self) -> None:
        self._begun = bytearray()  # of the frame that is not whole yet
        self._wanted = _LENGTH.size
        """What must be there before there is anything to do."""
        self._whole = self._missing = memoryview(b"")
        """The large frame that has begun, its kind first, and what is not there of it."""
        self._next, self._other = bytearray(), bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, Bytes]]:
        """The frames that are whole with ``data``, all of which is taken in any case.

        :raises InvalidMessage: on a frame that cannot be; the connection is then of no use.
        """
        if len(self._missing):
            more = data[: len(self._missing)]
            self._missing[: len(more)] = more
            self._missing = self._missing[len(more) :]
            if len(self._missing):
                return
            yield self._whole[0], self._whole[1:]
            data = data[len(more) :]
        if self._begun:
            self._begun += data
            if len(self._begun) < self._wanted:
                return
            data = bytes(self._begun)
            self._begun.clear()
        start, size = 0, len(data)
        while size - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(data, start)
            if not 1 <= length <= MOST_BYTES_IN:
                raise InvalidMessage(f"a frame of {length} bytes; 1 to {MOST_BYTES_IN} can be")
            content = start + _HEADER.size
            end = start + _LENGTH.size + length
            if end > size:
                if length > _LARGE_BYTES:
                    self._begin(length, data[start + _LENGTH.size :])
                else:
                    self._wanted = end - start
                    self._begun += data[start:]
                return
            start = end
            yield data[content - 1], data[content:end]
        if start < size:
            self._wanted = _LENGTH.size
            self._begun += data[start:]

    def _begin(self, length: int, data: bytes) -> None:
        self._next, self._other = self._other, self._next
        if length > _KEPT_BYTES:
            whole = memoryview(bytearray(length))
        else:
            if len(self._next) < length:
                self._next = bytearray(length)
            whole = memoryview(self._next)[:length]
        whole[: len(data)] = data
        self._whole, self._missing = whole, whole[len(data) :]


class Decoder:
    """Makes of what arrives messages, and frames of tunnels and pieces, which are bytes."""

    def __init__(self) -> None:
        self._splitter = Splitter()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages and frames that are whole with ``data``.

        :raises InvalidMessage: on a frame that cannot be; the connection is then of no use.
        """
        for kind, content in self._splitter.feed(data):
            if kind == _STREAM:
                if len(content) > MOST_FRAME_BYTES:
                    raise InvalidMessage(f"a tunnel's frame of {len(content)} bytes")
                yield bytes(content)  # which they are: as large ones alone are not
            elif kind == FrameKind.CONTENT:
                yield ContentFrame(content)
            elif kind == FrameKind.JSON:
                yield message_of(bytes(content))
            else:
                raise InvalidMessage(f"a frame of kind {kind}, which this agent does not know")


def message_of(content: bytes) -> Mapping[str, object]:
    """What a frame of kind JSON says.

    :raises InvalidMessage: it is none.
    """
    try:
        message: object = json.loads(content)
    except ValueError as problem:
        raise InvalidMessage(f"a frame that is not JSON: {problem}") from problem
    return mapping(message, "the frame's content")
