"""What travels to a worker for one task: a function and its arguments, as bytes.

Layout: ``PH1`` and a line feed, the length of the function's bytes (4 bytes, little endian),
those bytes (of Parsl's ``serialize``), and to the end the arguments: ``(args, kwargs)``
either by ``pickle.dumps(…, 5)`` or by Parsl's ``serialize``. The two cannot be mistaken for
each other: a pickle of protocol 2 or later begins with 0x80, Parsl's header is ASCII.
"""

from __future__ import annotations

import struct

MAGIC = b"PH1\n"
PICKLE_MARK = 0x80
"""First byte of arguments that are a plain pickle."""

_LENGTH = struct.Struct("<I")
_FUNCTION_AT = len(MAGIC) + _LENGTH.size


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
