"""A pool's way to its interchange where it cannot dial that: a tunnel, and the port into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .checked import InvalidMessage
from .tunnel.end import End
from .tunnel.entrance import Entrance
from .tunnel.frames import TUNNEL_ID_BYTES
from .tunnel.mux import Mux


@dataclass(frozen=True)
class WayHome:
    """The tunnel of one start of a pool."""

    tunnel: str
    port: int
    """What the pool dials on this node's loopback."""
    end: End
    entrance: Entrance

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
        return WayHome(tunnel, entrance.port, end, entrance)

    def finish(self) -> None:
        """The pool has ended: what it said last is sent, and all is closed. Idempotent."""
        self.entrance.close()
        self.end.finish()
