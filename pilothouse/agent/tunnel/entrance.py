"""The loopback port through which a pool enters its tunnel; for its own user only."""

from __future__ import annotations

import logging
import os
import selectors
import socket

from . import users
from .end import End
from .listener import Listener

log = logging.getLogger(__name__)

_QUEUE = 32


class Entrance:
    """Listens until it is closed; each connection of this user goes into the tunnel.

    :raises OSError: there is no port to listen on.
    """

    def __init__(self, selector: selectors.BaseSelector, end: End) -> None:
        self._end = end
        self._strangers: set[int | None] = set()
        self._listener = Listener(selector, ("127.0.0.1", 0), _QUEUE, self._came)
        self.port = self._listener.port

    def close(self) -> None:
        """No more connections; those there are live on. Idempotent."""
        self._listener.close()

    def _came(self, link: socket.socket) -> None:
        try:
            user = users.user_of_peer(link) if users.KNOWN else os.geteuid()
        except OSError:
            link.close()
            return  # gone already
        if user != os.geteuid():
            link.close()
            if user not in self._strangers:
                self._strangers.add(user)
                who = "somebody" if user is None else f"user {user}"
                log.warning("port %s of a pool was dialled by %s of this machine", self.port, who)
        elif not self._end.open(link):
            log.warning("port %s of a pool: it has too many connections", self.port)
            link.close()
