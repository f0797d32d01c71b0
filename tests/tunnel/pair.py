"""Two ends in one process, real sockets outside."""

from __future__ import annotations

import selectors
import socket
import subprocess
import time
from collections import deque
from functools import partial

from pilothouse.agent.tunnel import frames
from pilothouse.agent.tunnel.end import End, dial_loopback
from pilothouse.agent.tunnel.entrance import Entrance
from pilothouse.agent.tunnel.frames import TAKEN_WITHIN_SECONDS
from pilothouse.agent.tunnel.mux import Mux
from tests.ports import HeldPort

TUNNEL = bytes(range(8))


class Carrier:
    """Keeps frames until they are passed on."""

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.crowded = False

    def carry(self, frame: bytes) -> None:
        self.frames.append(frame)


class Pair:
    """A pool's end with its entrance, a home's end that dials a port, and what is between."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.carriers = Carrier(), Carrier()
        self.muxes = tuple(Mux(self.selector, carrier) for carrier in self.carriers)
        self.words: list[str] = []
        self._held = HeldPort()
        port = self._held.number
        self.interchange = socket.create_server(("127.0.0.1", port))
        self.pool: End = self.muxes[0].add(TUNNEL, None, self.words.append)
        self.home: End = self.muxes[1].add(TUNNEL, partial(dial_loopback, port), self.words.append)
        self.entrance = Entrance(self.selector, self.pool)
        self.turns = 0
        for mux in self.muxes:
            mux.hear(frames.way(TUNNEL))

    def turn(self) -> None:
        """Once around: what is ready, what is to be said, what is under way."""
        for key, _ in self.selector.select(0):
            key.data()
        for mux in self.muxes:
            mux.look(time.monotonic() + TAKEN_WITHIN_SECONDS)
        for carrier, mux in zip(self.carriers, reversed(self.muxes), strict=True):
            while carrier.frames:
                mux.hear(carrier.frames.popleft())
        self.turns += 1

    def settle(self, turns: int = 50) -> None:
        for _ in range(turns):
            self.turn()

    def goes_on_until_ended(self, program: subprocess.Popen[bytes]) -> bool:
        self.turn()
        return program.poll() is not None

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """A connection of the pool, and what the interchange has of it."""
        pool = socket.create_connection(("127.0.0.1", self.entrance.port))
        self.settle()
        self.interchange.settimeout(10)
        interchange, _ = self.interchange.accept()
        for each in (pool, interchange):
            each.setblocking(False)
        return pool, interchange

    def close(self) -> None:
        self.entrance.close()
        for mux in self.muxes:
            mux.close()
        self.interchange.close()
        self._held.close()
        self.selector.close()


def push(link: socket.socket, data: bytes) -> int:
    try:
        return link.send(data)
    except BlockingIOError:
        return 0


def pull(link: socket.socket) -> bytes:
    try:
        return link.recv(1 << 20)
    except BlockingIOError:
        return b""
