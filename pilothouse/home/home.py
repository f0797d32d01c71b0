"""The loop of a home: tunnels on one side, the interchange's port on the other."""

from __future__ import annotations

import logging
import random
import selectors
import time
from functools import partial

from ..agent.checked import InvalidMessage
from ..agent.tunnel.end import dial_loopback
from ..agent.tunnel.mux import Mux
from ..asks import LEASES_PER_EXECUTOR
from ..bridge import dial
from ..errors import PilothouseError
from .line import Line, LineLost, LineState

log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0
"""Short: tasks wait, and the bridge is on this machine."""
_OPEN_WITHIN_SECONDS = 10.0


class Home:
    """Keeps a line to whatever bridge there is, and the ends of the tunnels across all of them.

    :param executor: whose tunnels they are.
    :param port: the interchange's, on loopback; all that is ever dialled for a tunnel.
    """

    def __init__(self, executor: str, port: int) -> None:
        self._executor = executor
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._line: Line | None = None
        self._events = 0
        self._dial_at = self._dialled_at = time.monotonic()
        self._pause = _FIRST_PAUSE_SECONDS
        self._problem = ""
        self._tunnels = Mux(self._selector, self, self._newcomer)

    def run(self) -> None:
        """Never returns: this process ends with its kernel, or is ended by it."""
        while True:
            for key, _ in self._selector.select(self._until_next()):
                key.data()
            now = time.monotonic()
            self._tunnels.look(now)
            self._look(now)

    # --- for the tunnels (mux.Carrier)

    def carry(self, frame: bytes) -> None:
        """Sends a frame, if there is a line; else it is sent again."""
        line = self._line
        if line is None or line.state is not LineState.OPEN:
            return
        try:
            line.send(frame)
        except LineLost as problem:
            self._lose(str(problem))
            return
        self._set_events(line)

    @property
    def crowded(self) -> bool:
        """Whether the bridge does not keep up."""
        return self._line is not None and self._line.crowded

    def _newcomer(self, tunnel: bytes) -> None:
        if len(self._tunnels.tunnels) < LEASES_PER_EXECUTOR:
            # An end that is over has closed its connections: HTEX learns all from that.
            self._tunnels.add(
                tunnel, partial(dial_loopback, self._port), partial(_over, tunnel.hex())
            )

    # --- the line

    def _until_next(self) -> float | None:
        times = []
        if self._line is None:
            times.append(self._dial_at)
        elif self._line.state is not LineState.OPEN:
            times.append(self._dialled_at + _OPEN_WITHIN_SECONDS)
        tunnels_at = self._tunnels.next_at()
        if tunnels_at is not None:
            times.append(tunnels_at)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _look(self, now: float) -> None:
        line = self._line
        if line is None:
            if now >= self._dial_at:
                self._dial(now)
        elif line.state is not LineState.OPEN and now >= self._dialled_at + _OPEN_WITHIN_SECONDS:
            self._lose(f"not open after {_OPEN_WITHIN_SECONDS:g} s: {line.state.value}")

    def _dial(self, now: float) -> None:
        self._dialled_at = now
        try:
            # Its probe connects to a socket of this machine: no wait worth a thread.
            target = dial.target()
            if target is None:
                raise LineLost("no bridge runs")
            line = Line(target, self._executor, self._tunnels.tunnels)
        except (LineLost, PilothouseError, dial.Again, OSError) as problem:
            self._lose(str(problem))
            return
        self._line = line
        self._events = line.events
        self._selector.register(line.socket, self._events, self._ready)
        self._advance(line)

    def _ready(self) -> None:
        line = self._line
        if line is not None:
            self._advance(line)

    def _advance(self, line: Line) -> None:
        was_crowded, was_open = line.crowded, line.state is LineState.OPEN
        try:
            line.flush()
            frames = line.receive()
        except LineLost as problem:
            self._lose(str(problem))
            return
        if line.state is LineState.OPEN and not was_open:
            self._pause = _FIRST_PAUSE_SECONDS
            self._problem = ""
            log.info("connected to the bridge, %s tunnels", len(self._tunnels.tunnels))
        for frame in frames:
            if self._line is not line:
                return  # lost by what the frame before has led to
            try:
                self._tunnels.hear(frame)
            except InvalidMessage as problem:
                self._lose(f"the bridge sent {problem}")
                return
        if was_crowded and not line.crowded:
            self._tunnels.pump()
        if self._line is line:
            self._set_events(line)

    def _set_events(self, line: Line) -> None:
        if line.events != self._events:
            self._events = line.events
            self._selector.modify(line.socket, self._events, self._ready)

    def _lose(self, why: str) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._selector.unregister(line.socket)
            line.close()
            self._tunnels.cut()
        self._dial_at = time.monotonic() + self._pause * random.uniform(0.5, 1.0)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        if why != self._problem:  # a bridge that is away for days is one line
            self._problem = why
            log.warning("no line to the bridge: %s; dialling again until there is one", why)


def _over(tunnel: str, words: str) -> None:
    log.warning("tunnel %s is over: %s", tunnel, words)
