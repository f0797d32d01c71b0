"""Messages between agent, zygote, keeper and pool: 4 bytes of length, then the content."""

from __future__ import annotations

import socket
import struct

_LENGTH = struct.Struct(">I")
MOST_BYTES = 64 * 1024 * 1024


def encode_message(content: bytes) -> bytes:
    """``content`` with its length in front."""
    return _LENGTH.pack(len(content)) + content


def receive_message(sender: socket.socket) -> bytes | None:
    """The next message of a blocking socket; None at its end.

    :raises ValueError: if the length cannot be one of ours.
    """
    header = _receive(sender, _LENGTH.size)
    if header is None:
        return None
    (length,) = _LENGTH.unpack(header)
    if length > MOST_BYTES:
        raise ValueError(f"a control message of {length} bytes; at most {MOST_BYTES} are accepted")
    return _receive(sender, length)


def _receive(sender: socket.socket, count: int) -> bytes | None:
    pieces: list[bytes] = []
    while count:
        piece = sender.recv(min(count, 1 << 20))
        if not piece:
            return None
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
