"""Accepting connections also where there is no descriptor to spare: those are turned away."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time

_NONE_LEFT = (errno.EMFILE, errno.ENFILE)
_PAUSE_SECONDS = 0.05


class SpareDescriptor:
    """One descriptor kept for the day that there are none.

    A connection that cannot be accepted stays in the listener's queue, which stays readable, so
    that whoever waits for that would go round without end. With the kept one it is accepted and
    closed, and its other end learns at once that it has to come again.
    """

    def __init__(self) -> None:
        self._descriptor: int | None = _nothing()

    def accept(self, listener: socket.socket) -> socket.socket | None:
        """The next connection; None: it has left, or was turned away."""
        try:
            return listener.accept()[0]
        except OSError as problem:
            if problem.errno in _NONE_LEFT:
                self._turn_away(listener)
            return None

    def close(self) -> None:
        """Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _turn_away(self, listener: socket.socket) -> None:
        if self._descriptor is None:
            time.sleep(_PAUSE_SECONDS)  # Somebody else took it in the moment it was free.
        self.close()
        with contextlib.suppress(OSError):  # It left meanwhile, or there is none left still.
            listener.accept()[0].close()
        with contextlib.suppress(OSError):
            self._descriptor = _nothing()


def _nothing() -> int:
    return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
