"""A pool's way to its interchange where it cannot dial that: a tunnel, and the port into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .checked import InvalidMessage
from .tunnel.end import End
from .tunnel.entrance import Entrance
from .tunnel.frames import TUNNEL_ID_BYTES
from .tunnel.mux import Mux


@dataclass
class WayHome:
    """The tunnel of one start of a pool."""

    tunnel: str
    port: int
    """What the pool dials on this node's loopback."""
    end: End
    entrance: Entrance
    _tunnels: Mux
    _mark: int | None = None

    @staticmethod
    def begin(tunnels: Mux, tunnel: str, over: Callable[[str], None]) -> WayHome:
        """Opens the port.

        :param tunnel: its number, as the bridge has given it.
        :param over: called with the reason if the tunnel is over before :meth:`finish`.
        :raises InvalidMessage: that is no number, or another pool's.
        :raises OSError: there is no port.
        """
        try:
            number = bytes.fromhex(tunnel)
        except ValueError:
            number = b""
        if len(number) != TUNNEL_ID_BYTES or number.hex() != tunnel:
            raise InvalidMessage("pool.start.tunnel is no number of a tunnel")
        if tunnel in tunnels.tunnels:
            raise InvalidMessage("pool.start.tunnel is another pool's")
        end = tunnels.add(number, None, over)
        try:
            entrance = Entrance(tunnels.selector, end)
        except OSError:
            end.close()
            raise
        return WayHome(tunnel, entrance.port, end, entrance, tunnels)

    def is_said(self) -> bool:
        """Whether the kernel has all that the pool had said when this was first asked."""
        if self._mark is None:
            self._mark = self.end.mark()
        return self._mark is not None and self.end.has_arrived(self._mark)

    def finish(self, finished: Callable[[], None]) -> None:
        """The pool has ended.

        :param finished: called when what it said last has arrived, or will not, and all is closed.
        """
        self.entrance.close()
        self._tunnels.finish(self.end, finished)

    def close(self) -> None:
        """Closes all at once. Idempotent."""
        self.entrance.close()
        self.end.close()
