"""What waits to be sent to one browser tab."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal, TypeAlias

#: Characters of deltas that may wait for a browser that does not read; it then gets a fresh
#: snapshot instead, once it reads again.
BACKLOG_CHARS = 8 * 1024 * 1024

_State: TypeAlias = Literal[
    # waits for a snapshot; deltas are of no use to it
    "wanting",
    # a snapshot is on its way; deltas are kept
    "collecting",
    # has had its snapshot
    "live",
    # was too slow; wants a snapshot once all that waits is sent
    "overrun",
]


class Tab:
    """A queue in front of one websocket, bounded, that starts with a snapshot.

    `want` is called when a snapshot is needed; the answer to it is `begin`, and then `start`.
    """

    def __init__(self, want: Callable[[], None], backlog_chars: int = BACKLOG_CHARS) -> None:
        self._want = want
        self._backlog_chars = backlog_chars
        self._state: _State = "wanting"
        self._waiting: deque[str] = deque()
        self._waiting_chars = 0
        self._collected: list[tuple[int, str]] = []
        self._something = asyncio.Event()

    @property
    def wants(self) -> bool:
        """Whether it waits for a snapshot that nobody has asked for yet."""
        return self._state == "wanting"

    def begin(self) -> None:
        """A snapshot has been asked for."""
        self._state = "collecting"

    def start(self, seq: int, snapshot: str) -> None:
        """The snapshot is here; deltas up to `seq` are in it."""
        if self._state != "collecting":
            return  # The bridge went away in between; the next one's snapshot will come.
        self._state = "live"
        self._push(snapshot)
        collected, self._collected = self._collected, []
        for number, delta in collected:
            if number > seq:
                self.delta(number, delta)

    def give_up(self) -> None:
        """The snapshot that was asked for does not come: it wants another."""
        if self._state == "collecting":
            self._state = "wanting"
            self._collected = []

    def delta(self, seq: int, text: str) -> None:
        """A change. Dropped where a snapshot still to come will have it."""
        if self._state == "collecting":
            self._collected.append((seq, text))
        elif self._state == "live":
            if self._waiting_chars + len(text) > self._backlog_chars and self._waiting:
                self._drop()
                self._state = "overrun"
            else:
                self._push(text)

    def offline(self, text: str) -> None:
        """There is no bridge: nothing older matters, and the next thing is a snapshot."""
        self._drop()
        self._push(text)
        self._state = "wanting"

    async def next(self) -> str:
        """The next text to send; waits for one."""
        while not self._waiting:
            if self._state == "overrun":
                self._state = "wanting"
                self._want()
            self._something.clear()
            await self._something.wait()
        text = self._waiting.popleft()
        self._waiting_chars -= len(text)
        return text

    def _push(self, text: str) -> None:
        self._waiting.append(text)
        self._waiting_chars += len(text)
        self._something.set()

    def _drop(self) -> None:
        self._waiting.clear()
        self._waiting_chars = 0
        self._collected = []
        self._something.set()
