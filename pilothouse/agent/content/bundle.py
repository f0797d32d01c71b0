"""One large value as the bytes of a file: a pickle, and beside it the buffers it refers to.

Layout, all numbers little endian: ``PHB1``, the number of pieces (4 bytes), the length of each
(8 bytes); then the pieces, each at a multiple of 64 bytes, as arrays want to lie in memory. The
first piece is the pickle, or what Parsl's ``serialize`` makes (the two cannot be mistaken for each
other, see :mod:`..payload`); the others are its buffers out of band (PEP 574). An empty first piece
says that the other is the value itself, bytes.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Union

INLINE_BYTES = 32 * 1024
"""``CONTENT_LIMITS.inlineBytes`` of src/protocol/content.ts: what is larger goes by content."""

MOST_BYTES = 16 * 1024**3
"""``CONTENT_LIMITS.contentBytes``: the largest content there is."""

PICKLE_MARK = 0x80
"""First byte of a plain pickle."""

_MAGIC = b"PHB1"
_COUNT = struct.Struct("<I")
_LENGTH = struct.Struct("<Q")
_ALIGNMENT = 64
_PLAIN_AT = 64
"""Where bytes that are the value itself begin: behind a head of 24 bytes and nothing."""
_MOST_PIECES = 1 << 20
_PIECE = 1 << 20

Buffer = Union[bytes, bytearray, memoryview]  # noqa: UP007 - since 3.10

Content = Union[bytearray, bytes]  # noqa: UP007 - since 3.10
"""A whole file; bytes: the value itself, which is that and nothing else."""


class Unpack(Protocol):
    """What reads a first piece that is no plain pickle: Parsl's ``deserialize``."""

    def __call__(self, data: bytes, /) -> object: ...


@dataclass(frozen=True)
class Bundle:
    """Pieces that are not yet one: arrays are not copied to be written."""

    pieces: Sequence[Buffer]

    @property
    def content(self) -> int:
        """Bytes of the pieces alone: by this it is large or is not."""
        return sum(len(piece) for piece in self.pieces)

    @property
    def plain(self) -> bytes | None:
        """The value itself, where it is bytes and nothing else."""
        last = self.pieces[-1]
        return last if isinstance(last, bytes) and self.pieces[:-1] == [b""] else None

    def parts(self) -> list[Buffer]:
        """What the file consists of, in order."""
        head = b"".join(
            (
                _MAGIC,
                _COUNT.pack(len(self.pieces)),
                *(_LENGTH.pack(len(piece)) for piece in self.pieces),
            )
        )
        parts: list[Buffer] = [head]
        at = len(head)
        for piece in self.pieces:
            parts.append(bytes(-at % _ALIGNMENT))
            parts.append(piece)
            at += -at % _ALIGNMENT + len(piece)
        return parts


def by_pickle(value: object) -> Bundle:
    """A value by C pickle, buffers over :data:`INLINE_BYTES` beside it.

    :raises Exception: whatever pickling raises.
    """
    if type(value) is bytes and len(value) > INLINE_BYTES:
        return Bundle([b"", value])
    beside: list[Buffer] = []

    def is_small(buffer: pickle.PickleBuffer) -> bool:
        try:
            raw = buffer.raw()
        except BufferError:
            return True  # not in one piece
        if len(raw) <= INLINE_BYTES:
            return True
        beside.append(raw)
        return False

    data = pickle.dumps(value, 5, buffer_callback=is_small)
    return Bundle([data, *beside])


def sum_of(parts: Sequence[Buffer]) -> tuple[str, int]:
    """SHA-256, in hexadecimal digits, and size."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part)
    return total.hexdigest(), sum(len(part) for part in parts)


def write(descriptor: int, parts: Sequence[Buffer]) -> None:
    """Writes all of it.

    :raises OSError: if it cannot be.
    """
    for part in parts:
        left = memoryview(part)
        while len(left):
            left = left[os.write(descriptor, left) :]


def _read_plain(descriptor: int, size: int) -> bytes | None:
    head = os.pread(descriptor, _PLAIN_AT, 0)
    begin = len(_MAGIC) + _COUNT.size
    if len(head) < _PLAIN_AT or head[:begin] != _MAGIC + _COUNT.pack(2):
        return None
    first, length = (_LENGTH.unpack_from(head, begin + at * _LENGTH.size)[0] for at in (0, 1))
    if first or length != size - _PLAIN_AT:
        return None
    value = os.pread(descriptor, length, _PLAIN_AT)
    while len(value) < length:  # the most that is read at once is 2 GiB (read(2))
        more = os.pread(descriptor, length - len(value), _PLAIN_AT + len(value))
        if not more:
            raise ValueError(f"the content is cut short: {len(value)} bytes of {length}")
        value += more
    return value


def read(descriptor: int, size: int) -> Content:
    """A whole file of ``size`` bytes, from its beginning.

    :raises OSError: if it cannot be read.
    :raises ValueError: if it is shorter.
    """
    plain = _read_plain(descriptor, size)
    if plain is not None:
        return plain
    data = bytearray(size)
    with memoryview(data) as left:
        at = 0
        while at < size:
            count = os.preadv(descriptor, [left[at : at + _PIECE]], at)
            if count == 0:
                raise ValueError(f"the content is cut short: {at} bytes of {size}")
            at += count
    return data


def first_piece(data: Content) -> memoryview:
    """The pickle, or whatever is in its place.

    :raises ValueError: it is no bundle, or has none.
    """
    if isinstance(data, bytes):
        raise ValueError("the content is bytes, and no pickle")
    return _pieces(data)[0]


def load(data: Content, unpack: Unpack) -> object:
    """The value. Its arrays lie in ``data``, which nobody else may have; they can be written to.

    :raises ValueError: it is no bundle.
    :raises Exception: whatever unpickling raises.
    """
    if isinstance(data, bytes):
        return data
    first, *beside = _pieces(data)
    if not first:
        return bytes(beside[0])
    if first[0] == PICKLE_MARK:
        return pickle.loads(first, buffers=beside)
    return unpack(bytes(first))


def _pieces(data: bytearray) -> list[memoryview]:
    view = memoryview(data)
    at = len(_MAGIC) + _COUNT.size
    if data[: len(_MAGIC)] != _MAGIC or len(data) < at:
        raise ValueError("the content is none that this version of Pilothouse has made")
    (count,) = _COUNT.unpack_from(data, len(_MAGIC))
    if not 1 <= count <= _MOST_PIECES or len(data) < at + count * _LENGTH.size:
        raise ValueError(f"the content cannot have {count} pieces")
    lengths = [_LENGTH.unpack_from(data, at + number * _LENGTH.size)[0] for number in range(count)]
    at += count * _LENGTH.size
    pieces = []
    for length in lengths:
        at += -at % _ALIGNMENT
        pieces.append(view[at : at + length])
        at += length
    if at != len(data):
        raise ValueError(f"the content is {len(data)} bytes, and says {at}")
    if count == 1 and not lengths[0]:
        raise ValueError("the content is empty")
    return pieces
