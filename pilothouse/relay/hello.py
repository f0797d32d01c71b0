"""How workers say which bridge they are for, and bridges prove themselves; no sockets here.

Both are described in src/protocol/relay.ts.
"""

import hashlib
import hmac
from typing import Optional, Tuple

from .wire import Violation

HELLO = b"PHR1"
BRIDGE_BYTES = 16
NONCE_BYTES = 32
MAC_BYTES = 32
HELLO_BYTES = len(HELLO) + BRIDGE_BYTES + NONCE_BYTES + MAC_BYTES

#: A ClientHello fits into one TLS record (RFC 8446, 5.1) at least when agents send it.
_RECORD_BYTES = 16 * 1024
_RECORD_HEADER = 5
_HANDSHAKE = 22
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_NAME_SUFFIX = ".pilothouse"


def mac(secret: bytes, role: bytes, bridge: bytes, *nonces: bytes) -> bytes:
    """What only who knows the secret can make."""
    return hmac.new(secret, role + bridge + b"".join(nonces), hashlib.sha256).digest()


def read_hello(secret: bytes, said: bytes) -> Optional[Tuple[bytes, bytes]]:
    """The bridge and its nonce; None: there is more to come.

    :raises Violation: for whoever does not know the secret.
    """
    if not said.startswith(HELLO[: len(said)]):
        raise Violation("no hello")
    if len(said) < HELLO_BYTES:
        return None
    at = len(HELLO)
    bridge = said[at : at + BRIDGE_BYTES]
    at += BRIDGE_BYTES
    nonce = said[at : at + NONCE_BYTES]
    at += NONCE_BYTES
    if not hmac.compare_digest(said[at:HELLO_BYTES], mac(secret, b"hello", bridge, nonce)):
        raise Violation("a wrong secret")
    return bridge, nonce


def bridge_of(said: bytes) -> Optional[bytes]:
    """The bridge that a worker asks for in its ClientHello; None: there is more to come.

    :raises Violation: for what is no such hello.
    """
    if len(said) < _RECORD_HEADER:
        return None
    length = int.from_bytes(said[3:5], "big")
    if said[0] != _HANDSHAKE or said[1] != 3 or length > _RECORD_BYTES:
        raise Violation("no TLS")
    if len(said) < _RECORD_HEADER + length:
        return None
    name = _server_name(_Bytes(said[_RECORD_HEADER : _RECORD_HEADER + length]))
    if not name.endswith(_NAME_SUFFIX):
        raise Violation("for nobody here")
    try:
        bridge = bytes.fromhex(name[: -len(_NAME_SUFFIX)])
    except ValueError:
        raise Violation("for nobody here") from None
    if len(bridge) != BRIDGE_BYTES:
        raise Violation("for nobody here")
    return bridge


class _Bytes:
    """Reads numbers and pieces one after another."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise Violation("a ClientHello that is cut short")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def piece(self, length_bytes: int) -> "_Bytes":
        return _Bytes(self.take(self.number(length_bytes)))


def _server_name(record: _Bytes) -> str:
    """RFC 8446, 4.1.2 and RFC 6066, 3."""
    if record.number(1) != _CLIENT_HELLO:
        raise Violation("no ClientHello")
    hello = record.piece(3)
    hello.take(2 + 32)  # version, random
    hello.piece(1)  # session
    hello.piece(2)  # cipher suites
    hello.piece(1)  # compression
    extensions = hello.piece(2)
    while extensions.left:
        kind = extensions.number(2)
        extension = extensions.piece(2)
        if kind == _SERVER_NAME:
            names = extension.piece(2)
            if names.number(1) == 0:
                name = names.piece(2)
                return name.take(name.left).decode("ascii", "replace")
    raise Violation("a ClientHello without a name")
