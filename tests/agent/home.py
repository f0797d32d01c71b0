"""A scripted bridge: TLS 1.3 on loopback, one thread, answers as the test says."""

from __future__ import annotations

import contextlib
import hashlib
import json
import queue
import select
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from tests.ports import HeldPort

from .contract import violation

LIMIT_SECONDS = 60.0

Message = dict[str, object]


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate and the SHA-256 of its DER."""

    certificate: Path
    key: Path
    fingerprint: str


def make_certificate(folder: Path) -> Certificate:
    """By the openssl command, as nothing in Python's standard library makes one."""
    key, certificate = folder / "tls.key", folder / "tls.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=pilothouse", "-days", "2"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    return Certificate(certificate, key, hashlib.sha256(der).hexdigest())


def until(condition: Callable[[], object], what: str, limit: float = LIMIT_SECONDS) -> None:
    """Waits for a state; says what did not come."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {limit:g} s")
        time.sleep(0.01)


@dataclass
class Home:
    """Listens for agents and keeps what they say."""

    certificate: Certificate
    welcome: bool = True
    heard: list[Message] = field(default_factory=list)
    bytes_before_close: list[int] = field(default_factory=list)
    connections: int = 0
    violations: list[str] = field(default_factory=list)
    """Messages that are not as src/protocol/agent.ts says."""
    hellos: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived: queue.Queue[Message] = queue.Queue()
        self._link: ssl.SSLSocket | None = None
        self._turn = threading.Lock()  # OpenSSL's connections are for one thread at a time
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._held = HeldPort()
        self.port = self._held.number
        self.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        self._held.close()

    def open(self) -> None:
        """Listens, again on the same port after :meth:`close`."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """As a bridge that was killed: listener and connection closed."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.cut()

    def cut(self) -> None:
        """Ends the connection there is."""
        link, self._link = self._link, None
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def send(self, method: str, params: Message) -> None:
        """A notification to the agent."""
        self.send_raw(_frame({"jsonrpc": "2.0", "method": method, "params": params}))

    def send_raw(self, data: bytes) -> None:
        """Bytes as they are."""
        link = self._link
        assert link is not None
        with self._turn:
            link.settimeout(LIMIT_SECONDS)
            link.sendall(data)
            link.settimeout(0)

    def next(self, method: str, limit: float = LIMIT_SECONDS) -> Message:
        """The params of the next message of a method; others are passed over."""
        end = time.monotonic() + limit
        while True:
            try:
                message = self._arrived.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"no {method} within {limit:g} s; heard {self.heard}"
                ) from None
            if message["method"] == method:
                params = message["params"]
                assert isinstance(params, dict)
                return params

    def _accept(self, listener: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return  # closed
            self.connections += 1
            try:
                link = context.wrap_socket(plain, server_side=True)
            except OSError:
                continue  # the agent left during the handshake
            with link:
                link.settimeout(0)
                self._link = link
                self._read(link)

    def _read(self, link: ssl.SSLSocket) -> None:
        count = 0
        try:
            while True:
                header = self._exactly(link, 5)
                count += len(header)
                (length,) = struct.unpack(">I", header[:4])
                content = self._exactly(link, length - 1)
                count += len(content)
                message: Message = json.loads(content)
                if message["method"] == "agent.hello":
                    result = {"welcome": self.welcome, "reason": None if self.welcome else "old"}
                    self.send_raw(_frame({"jsonrpc": "2.0", "id": message["id"], "result": result}))
                    self.hellos.append(message)
                self.heard.append(message)
                if (wrong := violation(message)) is not None:
                    self.violations.append(wrong)
                self._arrived.put(message)
        except (OSError, EOFError, ValueError):  # ValueError: cut while it waited
            self.bytes_before_close.append(count)

    def _exactly(self, link: ssl.SSLSocket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                with self._turn:
                    piece = link.recv(count - len(data))
            except ssl.SSLWantReadError:
                select.select([link], [], [])
                continue
            if not piece:
                raise EOFError
            data += piece
        return data


def _frame(message: Message) -> bytes:
    content = json.dumps(message).encode()
    return struct.pack(">I", len(content) + 1) + b"\0" + content


def ended_pool(home: Home) -> Message:
    """The next pool that the agent says has ended."""
    while (pool := home.next("agent.pool"))["state"] != "ended":
        pass
    return pool


def listed(message: Message, name: str) -> list[dict[str, object]]:
    """A list in a message."""
    found = message[name]
    assert isinstance(found, list)
    return found
