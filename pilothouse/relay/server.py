"""A relay that runs by itself, on a machine that bridges and workers both can dial.

One port serves both: first bytes tell them apart. Bridges prove that they know the secret, and
are each known by a public id, for which workers ask in their TLS ClientHello. Nobody is sent a
byte before that.
"""

import contextlib
import hmac
import json
import os
import socket
import time
from pathlib import Path
from typing import Callable, Dict, List

from .carrier import Carrier
from .entrance import TLS_HANDSHAKE, Entrance, Waiting, open_port
from .hello import HELLO_BYTES, MAC_BYTES, NONCE_BYTES, bridge_of, mac, read_hello
from .loop import Loop
from .machine import own_names, raise_descriptors
from .wire import CONNECTIONS, READY, Violation

#: `openssl rand -hex 16` makes so many.
SHORTEST_SECRET = 32
#: Bridges at one time.
BRIDGES = 256
#: What a connection may have said before it is known what it is.
_SAID_BYTES = 32 * 1024


class SecretError(Exception):
    """The secret cannot be used; the text says why and what helps."""


def read_secret(file: Path) -> bytes:
    """The secret in a file that only its owner can read. Raises SecretError."""
    try:
        if file.stat().st_mode & 0o077:
            raise SecretError(f"{file} can be read by others; run: chmod 600 {file}")
        secret = file.read_text(encoding="utf-8").strip().encode()
    except (OSError, UnicodeDecodeError) as problem:
        raise SecretError(
            f"{file}: {problem}; make one with: (umask 077; openssl rand -hex 32 > {file})"
        ) from problem
    if len(secret) < SHORTEST_SECRET:
        raise SecretError(
            f"{file} holds fewer than {SHORTEST_SECRET} characters; make one with:"
            f" (umask 077; openssl rand -hex 32 > {file})"
        )
    return secret


class Relay:
    """Listens from the moment it is made. Raises OSError if it cannot."""

    def __init__(
        self, secret: bytes, host: str, ports: List[int], told: Callable[[str], None]
    ) -> None:
        raise_descriptors()
        self._secret = secret
        self._told = told
        self._loop = Loop()
        self._bridges: Dict[bytes, Carrier] = {}
        listeners, self.port = open_port(host, ports, time.monotonic())
        self._entrance = Entrance(self._loop, listeners, self._judge)

    def turn(self, seconds: float) -> None:
        """One round; call it for ever."""
        self._loop.turn(seconds)
        now = time.monotonic()
        self._entrance.look(now)
        for carrier in list(self._bridges.values()):
            carrier.look(now)

    def close(self) -> None:
        """End all connections."""
        self._entrance.close()
        for carrier in list(self._bridges.values()):
            carrier.close("the relay ends")

    def _judge(self, waiting: Waiting) -> bool:
        if len(waiting.said) > _SAID_BYTES:
            raise Violation("too much before it has said what it is")
        if waiting.said[0] == TLS_HANDSHAKE:
            return self._worker(waiting)
        return self._bridge(waiting)

    def _worker(self, waiting: Waiting) -> bool:
        bridge = bridge_of(waiting.said)
        if bridge is None:
            return False
        carrier = self._bridges.get(bridge)
        if carrier is None:
            raise Violation("its bridge is not here")
        count = sum(each.count for each in self._bridges.values())
        if count >= CONNECTIONS or carrier.crowded:
            raise Violation("too many connections")
        carrier.carry(waiting.sock, waiting.source, waiting.said)
        return True

    def _bridge(self, waiting: Waiting) -> bool:
        hello = read_hello(self._secret, waiting.said)
        if hello is None:
            return False
        bridge, nonce = hello
        if not waiting.asked:
            waiting.asked = os.urandom(NONCE_BYTES)
            proof = mac(self._secret, b"relay", bridge, nonce, waiting.asked)
            with contextlib.suppress(OSError):  # it has gone, which its reading tells
                waiting.sock.send(waiting.asked + proof)
        end = HELLO_BYTES + MAC_BYTES
        if len(waiting.said) < end:
            return False
        right = mac(self._secret, b"bridge", bridge, nonce, waiting.asked)
        if not hmac.compare_digest(waiting.said[HELLO_BYTES:end], right):
            raise Violation("a wrong answer")
        self._take(bridge, waiting.sock, waiting.source, waiting.said[end:])
        return True

    def _take(self, bridge: bytes, sock: socket.socket, source: str, more: bytes) -> None:
        older = self._bridges.pop(bridge, None)
        if older is not None:
            older.close("its bridge has dialled anew")
        if len(self._bridges) >= BRIDGES:
            raise Violation("too many bridges")
        name = bridge.hex()[:8]
        self._told(f"bridge {name} of {source} has come")

        def ended(why: str) -> None:
            sock.close()
            if self._bridges.get(bridge) is carrier:
                del self._bridges[bridge]
            self._told(f"bridge {name} has gone: {why}")

        carrier = Carrier(self._loop, sock.fileno(), sock.fileno(), ended)
        self._bridges[bridge] = carrier
        carrier.say(READY, json.dumps({"port": self.port, "hosts": own_names()}).encode())
        if more:
            carrier.begin(more)
