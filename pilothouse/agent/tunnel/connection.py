"""A socket that speaks through a tunnel."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable

Dial = Callable[[], socket.socket]
"""Begins to connect, without waiting.

:raises OSError: if that fails at once.
"""


class Connection:
    """One socket. What waits for it is not taken yet, so the window limits it."""

    def __init__(self, number: int, link: socket.socket) -> None:
        self.number = number
        self.link = link
        self.lingers = False
        """The other side has closed: what waits is written, then this is closed, too."""
        self.closed = False
        self.events = 0
        self.waiting: deque[memoryview] = deque()
