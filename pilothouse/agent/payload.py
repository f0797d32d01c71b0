"""What travels to a worker for one task: a function and its arguments, as bytes.

Layout: ``PH1`` and a line feed, the length of the function's bytes (4 bytes, little endian),
those bytes (of Parsl's ``serialize``), and to the end the arguments: ``(args, kwargs)``
either by ``pickle.dumps(…, 5)`` or by Parsl's ``serialize``. The two cannot be mistaken for
each other: a pickle of protocol 2 or later begins with 0x80, Parsl's header is ASCII.

Where some of it goes by content, ``PH2`` and a line feed, the lengths of the function's bytes and
of the references (4 bytes each), those bytes, and to the end the arguments: in them None stands
for positional arguments that are referred to, and others are absent.
"""

from __future__ import annotations

import struct

from .content import reference
from .content.reference import References

MAGIC = b"PH1\n"
MAGIC_BESIDE = b"PH2\n"
PICKLE_MARK = 0x80
"""First byte of arguments that are a plain pickle."""

_LENGTH = struct.Struct("<I")
_FUNCTION_AT = len(MAGIC) + _LENGTH.size
_LENGTHS = struct.Struct("<II")
_FUNCTION_BESIDE_AT = len(MAGIC_BESIDE) + _LENGTHS.size


def pack(function_bytes: bytes, args_bytes: bytes) -> bytes:
    """One buffer of a function and its arguments.

    :raises ValueError: if the function's bytes are 4 GiB or more.
    """
    if len(function_bytes) > 0xFFFFFFFF:
        raise ValueError(f"a function of {len(function_bytes)} bytes; at most 4 GiB can be sent")
    return b"".join((MAGIC, _LENGTH.pack(len(function_bytes)), function_bytes, args_bytes))


def unpack(buffer: bytes) -> tuple[memoryview, memoryview]:
    """The function's bytes and the arguments' bytes, as views into ``buffer``.

    :raises ValueError: if the buffer was not made by :func:`pack` of this version.
    """
    if buffer[: len(MAGIC)] != MAGIC or len(buffer) < _FUNCTION_AT:
        raise ValueError(
            "the task is not in this agent's format: kernel and pilot have different versions"
            " of Pilothouse; restart the kernel"
        )
    args_at = _FUNCTION_AT + _LENGTH.unpack_from(buffer, len(MAGIC))[0]
    if args_at > len(buffer):
        raise ValueError(f"the task is cut short: {len(buffer)} bytes, {args_at} announced")
    view = memoryview(buffer)
    return view[_FUNCTION_AT:args_at], view[args_at:]


def pack_beside(function_bytes: bytes, references: References, args_bytes: bytes) -> bytes:
    """The same where some of it goes by content; see :func:`is_beside`.

    :raises ValueError: if the function's bytes are 4 GiB or more.
    """
    if len(function_bytes) > 0xFFFFFFFF:
        raise ValueError(f"a function of {len(function_bytes)} bytes; at most 4 GiB can be sent")
    named = reference.encode(references)
    lengths = _LENGTHS.pack(len(function_bytes), len(named))
    return b"".join((MAGIC_BESIDE, lengths, function_bytes, named, args_bytes))


def is_beside(buffer: bytes) -> bool:
    """Whether it was made by :func:`pack_beside`."""
    return buffer[: len(MAGIC_BESIDE)] == MAGIC_BESIDE


def unpack_beside(buffer: bytes) -> tuple[memoryview, memoryview, References]:
    """The function's bytes, the arguments' bytes, and what is to be brought.

    :raises ValueError: if the buffer was not made by :func:`pack_beside`.
    """
    if not is_beside(buffer) or len(buffer) < _FUNCTION_BESIDE_AT:
        raise ValueError("the task is cut short, or not in this agent's format")
    function_size, named_size = _LENGTHS.unpack_from(buffer, len(MAGIC_BESIDE))
    named_at = _FUNCTION_BESIDE_AT + function_size
    args_at = named_at + named_size
    if args_at > len(buffer):
        raise ValueError(f"the task is cut short: {len(buffer)} bytes, {args_at} announced")
    view = memoryview(buffer)
    named = reference.decode(bytes(view[named_at:args_at]))
    return view[_FUNCTION_BESIDE_AT:named_at], view[args_at:], named
