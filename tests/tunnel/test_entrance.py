"""The port through which a pool enters its tunnel."""

from __future__ import annotations

import os
import resource
import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from pilothouse.agent.tunnel.end import End
from pilothouse.agent.tunnel.entrance import Entrance


class _Opens:
    """As much of a tunnel's end as an entrance asks for."""

    def __init__(self) -> None:
        self.links: list[socket.socket] = []

    def open(self, link: socket.socket) -> bool:
        self.links.append(link)
        return True


@contextmanager
def _no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_whom_there_is_no_descriptor_for_is_turned_away_and_may_come_again() -> None:
    with selectors.DefaultSelector() as selector:
        end = _Opens()
        entrance = Entrance(selector, cast(End, end))
        clients = [socket.create_connection(("127.0.0.1", entrance.port)) for _ in range(3)]
        with _no_descriptor_left():
            for _ in clients:
                for key, _ in selector.select(10):
                    key.data()
            # Nothing is left to be told of: nobody goes round in circles.
            assert selector.select(0) == []
        for client in clients:
            client.settimeout(10)
            assert client.recv(1) == b""
            client.close()
        with socket.create_connection(("127.0.0.1", entrance.port)):
            for key, _ in selector.select(10):
                key.data()
            assert len(end.links) == 1
        end.links[0].close()
        before = len(os.listdir("/proc/self/fd"))
        entrance.close()
        entrance.close()
        assert len(os.listdir("/proc/self/fd")) == before - 2
