"""All tunnels of one process that end here, over whatever connection there is to the bridge."""

from __future__ import annotations

import itertools
import logging
import selectors
import time
from collections.abc import Callable
from typing import Protocol

from . import frames
from .connection import Dial
from .end import End
from .frames import TAKEN_WITHIN_SECONDS, TUNNEL_ID_BYTES, TunnelFrame

log = logging.getLogger(__name__)

FINISH_SECONDS = 15.0
"""So long what a pool said last may take to arrive at home."""


class Carrier(Protocol):
    """The connection to the bridge, or what stands for it while there is none."""

    def carry(self, frame: bytes) -> None:
        """Sends a frame; drops it where there is no connection."""

    @property
    def crowded(self) -> bool:
        """Whether so much is unsent that no more should come."""


class Mux:
    """The ends by their tunnels, and the one clock of what they owe."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        carrier: Carrier,
        newcomer: Callable[[bytes], None] | None = None,
    ) -> None:
        """:param newcomer: called with a tunnel that is not known when there is a way for it: may
        add it. Without it, or where it does not, the other side is told that it is over.
        """
        self.selector = selector
        self._carrier = carrier
        self._newcomer = newcomer
        self._ends: dict[bytes, End] = {}
        self._owing: dict[End, float] = {}  # in the order of their times
        self._waiting: dict[End, None] = {}  # in turn
        self._closing: dict[End, float] = {}

    @property
    def tunnels(self) -> list[str]:
        """Those that are not over, as they are written in messages."""
        return [tunnel.hex() for tunnel in self._ends]

    def add(self, tunnel: bytes, dial: Dial | None, over: Callable[[str], None]) -> End:
        """The end of a tunnel; see :class:`End`."""
        end = End(tunnel, self, dial, over)
        self._ends[tunnel] = end
        return end

    def finish(self, end: End, finished: Callable[[], None]) -> None:
        """See :meth:`End.finish`; closed after :data:`FINISH_SECONDS` at the latest."""
        if end.words is None:
            self._closing[end] = time.monotonic() + FINISH_SECONDS
        end.finish(finished)

    def hear(self, content: bytes) -> None:
        """A frame has come.

        :raises InvalidMessage: it is none.
        """
        end = self._ends.get(content[:TUNNEL_ID_BYTES])
        if end is not None and frames.is_part(content):
            end.hear_part(content)
            return
        frame = frames.read(content)
        if end is None and frame.kind is TunnelFrame.WAY:
            if self._newcomer is not None:
                self._newcomer(frame.tunnel)
            end = self._ends.get(frame.tunnel)
            if end is None:
                log.info("tunnel %s is not known here", frame.tunnel.hex())
                self._carrier.carry(frames.over(frame.tunnel))
        if end is not None:
            end.hear(frame)

    def cut(self) -> None:
        """The connection to the bridge is gone."""
        for end in self._ends.values():
            end.cut()

    def pump(self) -> None:
        """The connection takes more again."""
        while self._waiting and not self.crowded:
            end = next(iter(self._waiting))
            del self._waiting[end]
            end.pump()

    def next_at(self) -> float | None:
        """When :meth:`look` has something to do, by :func:`time.monotonic`."""
        times = [*self._closing.values(), *itertools.islice(self._owing.values(), 1)]
        return min(times, default=None)

    def look(self, now: float) -> None:
        """To be called once in each turn: says what was taken where it is time to, and sends what
        had to wait, if the connection has taken the rest in whatever way."""
        self.pump()
        for end in [end for end, at in self._closing.items() if at <= now]:
            log.warning("tunnel %s: what was said last has not arrived", end.tunnel.hex())
            end.close()
        while self._owing:
            end, at = next(iter(self._owing.items()))
            if at > now:
                return
            del self._owing[end]
            end.acknowledge()

    def close(self) -> None:
        """Closes all ends."""
        for end in list(self._ends.values()):
            end.close()

    # --- for the ends (end.Surroundings)

    def carry(self, frame: bytes) -> None:
        """See :class:`Carrier`."""
        self._carrier.carry(frame)

    @property
    def crowded(self) -> bool:
        """See :class:`Carrier`."""
        return self._carrier.crowded

    def waits(self, end: End) -> None:
        """It is asked again in its turn."""
        self._waiting[end] = None

    def owes(self, end: End) -> None:
        """It is reminded in time."""
        if end not in self._owing:
            self._owing[end] = time.monotonic() + TAKEN_WITHIN_SECONDS

    def ended(self, end: End) -> None:
        """It is forgotten; its sockets may live a little longer."""
        if self._ends.get(end.tunnel) is end:
            del self._ends[end.tunnel]
        self._owing.pop(end, None)
        self._waiting.pop(end, None)
        self._closing.pop(end, None)
