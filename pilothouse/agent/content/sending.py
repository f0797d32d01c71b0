"""Results on their way to the bridge: offered, sent in pieces, sent on after a cut."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from . import pieces
from .fetch import Say
from .pieces import PIECE_BYTES, WINDOW_BYTES, WRITES

_MOST = WRITES // 4
"""So many at a time; the others wait, since all go through one connection."""


class Sender(Protocol):
    """A worker that waits until its result is at home."""

    start: str
    """Of the pool it is of."""

    def sent(self) -> None:
        """All of it has arrived, and is right."""

    def failed(self, problem: str) -> None:
        """It will not."""


@dataclass(eq=False)
class _Result:
    sender: Sender
    file: int
    task: int
    hash: str
    size: int
    transfer: int = -1
    """-1: not offered over this connection."""
    taken: int | None = None
    """None: the bridge has not said from where on."""
    at: int = 0
    again_at: float | None = None


class Sending:
    """All of one pilot's."""

    def __init__(
        self,
        say: Say,
        carry: Callable[[bytes, bytes], bool],
        crowded: Callable[[], bool],
        number: Callable[[], int],
    ) -> None:
        """
        :param carry: sends a piece, head and bytes; False: the connection broke.
        :param crowded: whether no more should be sent just now.
        :param number: gives each transfer its number.
        """
        self._say = say
        self._carry = carry
        self._crowded = crowded
        self._number = number
        self._results: list[_Result] = []

    def add(self, sender: Sender, file: int, task: int, hash: str, size: int) -> None:
        """Takes over the descriptor ``file``."""
        self._results.append(_Result(sender, file, task, hash, size))

    def remove(self, sender: Sender) -> None:
        """Nobody waits for it."""
        for result in [each for each in self._results if each.sender is sender]:
            self._end(result)
            self._drop(result)

    def go_on(self, now: float) -> None:
        """Offers and sends what may be; only while the bridge listens."""
        for result in self._results[:_MOST]:
            if result.again_at is not None and now < result.again_at:
                continue
            result.again_at = None
            if result.transfer < 0:
                going = self._offer(result)
            else:
                going = result.taken is None or self._send(result, result.taken)
            if not going:
                return  # the connection broke: all is offered again over the next

    def next_at(self) -> float | None:
        """When :meth:`go_on` has something to offer again."""
        times = [each.again_at for each in self._results if each.again_at is not None]
        return min(times, default=None)

    def cut(self) -> None:
        """The connection is gone."""
        for result in self._results:
            result.transfer = -1
            result.taken = None

    def taken(self, transfer: int, count: int, done: bool) -> None:
        """The bridge has written so much."""
        result = self._of(transfer)
        if result is None:
            return
        if done:
            self._end(result)
            result.sender.sent()
            return
        if result.taken is None:
            result.at = count
        result.taken = count

    def refused(self, transfer: int, problem: str, later_at: float | None) -> None:
        """The bridge does not take it; ``later_at``: it may then."""
        result = self._of(transfer)
        if result is None:
            return
        if later_at is None:
            self._end(result)
            result.sender.failed(problem)
        else:
            result.transfer = -1
            result.taken = None
            result.again_at = later_at

    def close(self) -> None:
        """Ends all."""
        for result in list(self._results):
            self._end(result)

    def _offer(self, result: _Result) -> bool:
        number = self._number()
        if not self._say(
            "content.write",
            {
                "transfer": number,
                "start": result.sender.start,
                "task": result.task,
                "hash": result.hash,
                "size": result.size,
            },
        ):
            return False
        result.transfer = number
        return True

    def _send(self, result: _Result, taken: int) -> bool:
        while result.at < result.size and not self._crowded():
            most = min(PIECE_BYTES, taken + WINDOW_BYTES - result.at)
            if most <= 0:
                break
            try:
                data = _read(result.file, min(most, result.size - result.at), result.at)
            except OSError as problem:
                data = None
                words = problem.strerror
            else:
                words = "it has become shorter"
            if data is None:
                self._end(result)
                self._drop(result)
                result.sender.failed(f"the result cannot be read again: {words}")
                break
            if not self._carry(pieces.head(result.transfer, result.at), data):
                return False
            result.at += len(data)
        return True

    def _drop(self, result: _Result) -> None:
        """What has arrived of it is of no use."""
        if result.transfer >= 0:
            self._say("content.dropped", {"transfer": result.transfer})

    def _of(self, transfer: int) -> _Result | None:
        return next((each for each in self._results if each.transfer == transfer), None)

    def _end(self, result: _Result) -> None:
        self._results.remove(result)
        os.close(result.file)


def _read(file: int, count: int, at: int) -> bytes | None:
    """All of a piece: the bridge takes no smaller one. None: the file ends before."""
    data = os.pread(file, count, at)
    while len(data) < count:
        more = os.pread(file, count - len(data), at + len(data))
        if not more:
            return None
        data += more
    return data
