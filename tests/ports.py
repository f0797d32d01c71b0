"""Ports that nobody listens at, now or yet, and that no other is given meanwhile."""

from __future__ import annotations

import socket
from types import TracebackType

from typing_extensions import Self


class HeldPort:
    """A port of this test until it is closed.

    A socket has it that does not listen: who dials is refused, and nobody who asks for any port
    gets it. Who asks for this one with ``SO_REUSEADDR``, as servers do, may listen there, as often
    as it likes: socket(7) forbids that only while another listens.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, 0))
        self.number: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Others may have it."""
        self._socket.close()
