"""All of one pilot's contents: made when a pool first wants them, gone with the agent."""

from __future__ import annotations

import itertools
import selectors
from collections.abc import Mapping
from typing import Protocol

from ..checked import field, mapping, optional
from . import pieces
from .counter import Counter
from .fetch import AGAIN_SECONDS, Fetches
from .sending import Sending
from .store import Store

SOCKET_VARIABLE = "PILOTHOUSE_CONTENT_SOCKET"
FOLDER_VARIABLE = "PILOTHOUSE_CONTENT_FOLDER"
METHODS = frozenset({"content.taken", "content.failed"})


class Bridge(Protocol):
    """The connection to the bridge, or what stands for it while there is none."""

    welcome: bool

    def say(self, method: str, params: Mapping[str, object]) -> None:
        """Sends a notification; drops it where there is no connection."""

    def carry_piece(self, head: bytes, data: bytes) -> None:
        """Sends a piece; drops it likewise."""

    @property
    def crowded(self) -> bool:
        """Whether so much is unsent that no more should come."""


class Contents:
    """What workers want, and what they have made."""

    def __init__(self, selector: selectors.BaseSelector, bridge: Bridge) -> None:
        self._selector = selector
        self._bridge = bridge
        numbers = itertools.count(0)
        self._number = lambda: next(numbers) & 0xFFFFFFFF
        self._opened: tuple[Store, Fetches, Sending, Counter] | None = None

    def environment(self, params: Mapping[str, object]) -> dict[str, str]:
        """What a pool that is started by ``params`` of ``pool.start`` is told of this.

        :raises OSError: there is no place for contents.
        :raises InvalidMessage: the bridge says nonsense.
        """
        content = optional(params, "content", dict, "pool.start")
        if content is None:
            return {}
        folder = optional(mapping(content, "pool.start.content"), "folder", str, "pool.start")
        if self._opened is None:
            self._opened = self._open()
        told = {SOCKET_VARIABLE: str(self._opened[3].path)}
        return told if folder is None else {**told, FOLDER_VARIABLE: folder}

    def start_ended(self, start: str) -> None:
        """A pool has ended."""
        if self._opened is not None:
            self._opened[3].start_ended(start)

    def told(self, method: str, params: Mapping[str, object], now: float) -> None:
        """One of :data:`METHODS`.

        :raises InvalidMessage: it is not understood.
        """
        if self._opened is None:
            return
        _, fetches, sending, _ = self._opened
        transfer = field(params, "transfer", int, method)
        if method == "content.taken":
            count = field(params, "bytes", int, method)
            sending.taken(transfer, count, field(params, "done", bool, method))
            return
        problem = field(params, "problem", str, method)
        later_at = now + AGAIN_SECONDS if field(params, "later", bool, method) else None
        if not fetches.refused(transfer, problem, later_at):
            sending.refused(transfer, problem, later_at)

    def pieced(self, frame: bytes | memoryview) -> None:
        """A piece has come.

        :raises InvalidMessage: it is none.
        """
        piece = pieces.read(frame)
        if self._opened is not None:
            self._opened[1].heard(piece)

    def lost(self) -> None:
        """The connection is gone; what was under way goes on over the next."""
        if self._opened is not None:
            self._opened[1].cut()
            self._opened[2].cut()

    def look(self, now: float) -> None:
        """To be called once in each turn of the loop: asks and sends what may be."""
        if self._opened is not None and self._bridge.welcome:
            self._opened[1].ask(now)
            self._opened[2].go_on(now)

    def next_at(self) -> float | None:
        """When :meth:`look` has something to do by the clock alone."""
        if self._opened is None or not self._bridge.welcome:
            return None
        times = [each.next_at() for each in self._opened[1:3]]
        return min((at for at in times if at is not None), default=None)

    def close(self) -> None:
        """The agent ends."""
        if self._opened is not None:
            store, fetches, sending, counter = self._opened
            counter.close()
            fetches.close()
            sending.close()
            store.close()
            self._opened = None

    def _say(self, method: str, params: Mapping[str, object]) -> bool:
        self._bridge.say(method, params)
        return self._bridge.welcome

    def _carry(self, head: bytes, data: bytes) -> bool:
        self._bridge.carry_piece(head, data)
        return self._bridge.welcome

    def _open(self) -> tuple[Store, Fetches, Sending, Counter]:
        store = Store()
        fetches = Fetches(store, self._say, self._number)
        sending = Sending(
            self._say,
            self._carry,
            lambda: self._bridge.crowded,
            self._number,
        )
        try:
            counter = Counter(self._selector, store.folder, fetches, sending)
        except OSError:
            store.close()
            raise
        return store, fetches, sending, counter
