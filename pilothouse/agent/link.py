"""The one connection home: TLS 1.3, the bridge's certificate pinned, never blocking."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import selectors
import socket
import ssl
from collections.abc import Mapping
from enum import Enum

from .checked import InvalidMessage
from .frames import Bytes, ContentFrame, Decoder, Message, encode, encode_piece, encode_stream
from .pilot_file import Address

MOST_UNSENT_BYTES = 16 * 1024 * 1024
"""What may wait for a bridge that does not read; beyond it the connection is given up."""
CROWDED_BYTES = 512 * 1024
"""With so much unsent no more comes from tunnels: it would only wait, and pings behind it."""
_RECORD_BYTES = 16 * 1024
"""What a record of TLS holds at most (RFC 8446, 5.1), and one call returns."""
_UNACKNOWLEDGED_MS = 9000
"""What was sent and not acknowledged for so long is lost, and with it the connection (tcp(7))."""


class LinkLost(Exception):
    """The connection cannot go on; the text says why. Dial again."""


class LinkState(Enum):
    """How far a connection has come."""

    CONNECTING = "connecting"
    SHAKING_HANDS = "shaking hands"
    OPEN = "open"
    CLOSED = "closed"


class Link:
    """One connection to one address. Register :attr:`socket` for :meth:`events`."""

    def __init__(self, address: Address, fingerprint: str) -> None:
        """Begins to connect.

        :raises LinkLost: if that fails at once (no such host, refused).
        """
        self.state = LinkState.CONNECTING
        self._fingerprint = fingerprint
        self._unsent = bytearray()
        self._decoder = Decoder()
        self._where = f"{address.host}:{address.port}"
        self._wants_write = True
        try:
            family, kind, protocol, _, target = socket.getaddrinfo(
                address.host, address.port, type=socket.SOCK_STREAM
            )[0]
            plain = socket.socket(family, kind, protocol)
        except OSError as problem:
            raise LinkLost(f"{self._where}: {problem}") from problem
        try:
            plain.setblocking(False)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
            with contextlib.suppress(BlockingIOError):  # under way; its end shows as writable
                plain.connect(target)
            self.socket: socket.socket | ssl.SSLSocket = plain
        except OSError as problem:
            plain.close()
            raise LinkLost(f"{self._where}: {problem}") from problem

    def events(self) -> int:
        """What to wait for."""
        if self.state is LinkState.CONNECTING:
            return selectors.EVENT_WRITE
        wants_write = self._wants_write or (self.state is LinkState.OPEN and bool(self._unsent))
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if wants_write else 0)

    def send(self, message: Mapping[str, object]) -> None:
        """Queues a message and sends what can be sent now.

        :raises LinkLost: if the bridge has not read for too long, or the connection broke.
        """
        self._send(encode(message))

    def send_stream(self, frame: bytes) -> None:
        """The same for a tunnel's frame.

        :raises LinkLost: as :meth:`send`.
        """
        self._send(encode_stream(frame), frame)

    def send_piece(self, head: bytes, data: Bytes) -> None:
        """The same for a piece of a content.

        :raises LinkLost: as :meth:`send`.
        """
        self._send(encode_piece(head, len(data)), data)

    def _send(self, *pieces: Bytes) -> None:
        data = b"".join(pieces)
        is_open = self.state is LinkState.OPEN
        sent = self._write(data) if is_open and not self._unsent else 0
        if sent == len(data):
            return
        waited = bool(self._unsent)
        with memoryview(data) as whole:
            self._unsent += whole[sent:]
        if len(self._unsent) > MOST_UNSENT_BYTES:
            raise LinkLost(f"{self._where} does not read: {len(self._unsent)} bytes wait")
        if is_open and waited:
            self._flush()

    @property
    def unsent(self) -> int:
        """Bytes that wait."""
        return len(self._unsent)

    def advance(self) -> list[Message]:
        """Does what the socket is ready for; the messages and tunnels' frames that arrived.

        :raises LinkLost: at the connection's end, for whatever reason.
        """
        try:
            if self.state is LinkState.CONNECTING:
                self._connected()
            if self.state is LinkState.SHAKING_HANDS:
                self._shake_hands()
            if self.state is not LinkState.OPEN:
                return []
            self._flush()
            return self._read()
        except InvalidMessage as problem:
            raise LinkLost(f"{self._where} sent {problem}") from problem
        except OSError as problem:  # ssl.SSLError is one
            raise LinkLost(f"{self._where}: {problem}") from problem

    def close(self) -> None:
        """Closes the socket; the other end sees the end of file."""
        self.state = LinkState.CLOSED
        self.socket.close()

    def _connected(self) -> None:
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # No authority signs the bridge's certificate: its fingerprint is compared instead,
        # before a byte is sent.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # By this name a relay knows which bridge the connection is for (src/protocol/relay.ts).
        name = f"{self._fingerprint[:32]}.pilothouse"
        self.socket = context.wrap_socket(
            self.socket, server_hostname=name, do_handshake_on_connect=False
        )
        self.state = LinkState.SHAKING_HANDS

    def _shake_hands(self) -> None:
        assert isinstance(self.socket, ssl.SSLSocket)
        self._wants_write = False
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLWantWriteError:
            self._wants_write = True
            return
        certificate = self.socket.getpeercert(binary_form=True) or b""
        found = hashlib.sha256(certificate).hexdigest()
        if not hmac.compare_digest(found, self._fingerprint):
            raise LinkLost(
                f"{self._where} is not this pilot's bridge: its certificate has fingerprint"
                f" {found[:16]}…, expected was {self._fingerprint[:16]}…; nothing was sent"
            )
        self.state = LinkState.OPEN

    def _flush(self) -> None:
        self._wants_write = False
        if self._unsent:
            sent = self._write(self._unsent)
            del self._unsent[:sent]

    def _write(self, data: bytes | bytearray) -> int:
        """How much was sent; where that is not all, the rest is to be given again, or more."""
        sent, size = 0, len(data)
        try:
            # OpenSSL wants the same bytes again after "want write", which Python's
            # SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER lets move
            if size <= _RECORD_BYTES:
                return self.socket.send(data)
            with memoryview(data) as whole:
                while sent < size:  # a record at a time: Python has SSL_MODE_ENABLE_PARTIAL_WRITE
                    with whole[sent:] as rest:
                        sent += self.socket.send(rest)
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError, BlockingIOError):
            self._wants_write = True
        except OSError as problem:
            raise LinkLost(f"{self._where}: {problem}") from problem
        return sent

    def _read(self) -> list[Message]:
        messages: list[Message] = []
        while True:
            try:
                data = self.socket.recv(_RECORD_BYTES)
            except (ssl.SSLWantReadError, BlockingIOError):
                return messages
            except ssl.SSLWantWriteError:
                self._wants_write = True
                return messages
            if not data:
                if messages:
                    return messages  # the end shows again at the next look
                raise LinkLost(f"{self._where} closed the connection")
            messages.extend(self._decoder.feed(data))
            # As a rule all there is; else the socket is still readable. A piece is taken before
            # the next one comes.
            if len(data) < _RECORD_BYTES or any(isinstance(one, ContentFrame) for one in messages):
                return messages
