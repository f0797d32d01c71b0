"""A socket that listens in an agent's loop, also where there is no descriptor to spare."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Callable

from .spare import SpareDescriptor


class Listener:
    """Listens until it is closed.

    :param address: a host and port, where 0 is any; or the path of a unix socket.
    :param queue: how many connections may wait to be accepted.
    :param came: is given each connection, in the loop's thread.
    :raises OSError: it cannot listen there.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        address: tuple[str, int] | str,
        queue: int,
        came: Callable[[socket.socket], None],
    ) -> None:
        self._selector = selector
        self._came = came
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        with contextlib.ExitStack() as opened:
            self._spare = SpareDescriptor()
            opened.callback(self._spare.close)
            self._socket = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
            self._socket.setblocking(False)
            self._socket.bind(address)
            self._socket.listen(queue)
            selector.register(self._socket, selectors.EVENT_READ, self._accept)
            opened.pop_all()
        self.port: int = 0 if isinstance(address, str) else self._socket.getsockname()[1]
        """Where it listens; 0 for a unix socket."""

    def close(self) -> None:
        """Accepts no more connections; those there are live on. Idempotent."""
        if self._socket.fileno() >= 0:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._spare.close()

    def _accept(self) -> None:
        link = self._spare.accept(self._socket)
        # None: it left, or there is no descriptor for it, which its other end is told by its end.
        if link is not None:
            self._came(link)
