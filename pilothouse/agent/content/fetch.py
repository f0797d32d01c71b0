"""Contents on their way from the bridge: asked for in pieces, each content once."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from typing import Protocol

from .pieces import PIECE_BYTES, READS, Piece
from .reference import Reference
from .room import problem_of
from .store import NoRoom, Store

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
"""What the bridge cannot give just now is asked for again after this."""

Say = Callable[[str, Mapping[str, object]], bool]
"""Sends a message to the bridge; False: there is no connection, or it broke just now."""


class Waiter(Protocol):
    """A worker that waits for a content."""

    start: str
    """Of the pool it is of."""

    def came(self, descriptor: int) -> None:
        """It is here; the descriptor is closed by the caller."""

    def failed(self, problem: str) -> None:
        """It will not be."""


class _Fetch:
    def __init__(self, reference: Reference, transfer: int, file: int, waiter: Waiter) -> None:
        self.reference = reference
        self.transfer = transfer
        self.file = file
        self.waiters = [waiter]
        self.done = 0
        self.asked = 0
        self.again_at: float | None = None
        self.sum = hashlib.sha256()


class Fetches:
    """All of one pilot's."""

    def __init__(self, store: Store, say: Say, number: Callable[[], int]) -> None:
        """:param number: gives each transfer its number."""
        self._store = store
        self._say = say
        self._number = number
        self._fetches: dict[str, _Fetch] = {}
        self._asked: dict[int, int] = {}
        """Pieces under way, by their transfers; of some nobody wants them any more."""

    def add(self, reference: Reference, waiter: Waiter) -> None:
        """Brings it, or says why not."""
        fetch = self._fetches.get(reference.hash)
        if fetch is not None:
            fetch.waiters.append(waiter)
            return
        descriptor = self._store.open(reference)
        if descriptor is not None:
            waiter.came(descriptor)
            os.close(descriptor)
            return
        try:
            file = self._store.begin(reference)
        except NoRoom as problem:
            waiter.failed(str(problem))
            return
        except OSError as problem:
            waiter.failed(f"it cannot be kept {problem_of(problem, self._store.folder)}")
            return
        self._fetches[reference.hash] = _Fetch(reference, self._number(), file, waiter)

    def remove(self, waiter: Waiter) -> None:
        """It waits no more."""
        for fetch in list(self._fetches.values()):
            if waiter in fetch.waiters:
                fetch.waiters.remove(waiter)
                if not fetch.waiters:
                    self._end(fetch)

    def ask(self, now: float) -> None:
        """Asks for what may be asked for; only while the bridge listens."""
        if sum(self._asked.values()) > READS // 2:
            return  # many at once: for one at a time the bridge opens the file for each
        for fetch in self._fetches.values():
            if fetch.again_at is not None and now < fetch.again_at:
                continue
            fetch.again_at = None
            while fetch.asked < fetch.reference.size:
                if sum(self._asked.values()) >= READS:
                    return
                count = min(PIECE_BYTES, fetch.reference.size - fetch.asked)
                heard = self._say(
                    "content.read",
                    {
                        "transfer": fetch.transfer,
                        "start": fetch.waiters[0].start,
                        "hash": fetch.reference.hash,
                        "offset": fetch.asked,
                        "bytes": count,
                    },
                )
                if not heard:
                    return
                fetch.asked += count
                self._asked[fetch.transfer] = self._asked.get(fetch.transfer, 0) + 1

    def next_at(self) -> float | None:
        """When :meth:`ask` has something to ask again."""
        times = [each.again_at for each in self._fetches.values() if each.again_at is not None]
        return min(times, default=None)

    def cut(self) -> None:
        """The connection is gone, and all that was under way over it."""
        self._asked.clear()
        for fetch in self._fetches.values():
            fetch.asked = fetch.done

    def heard(self, piece: Piece) -> None:
        """A piece has come."""
        fetch = self._answered(piece.transfer)
        if fetch is None or fetch.again_at is not None:
            return
        if piece.offset != fetch.done or fetch.done + len(piece.data) > fetch.asked:
            self._fail(fetch, f"the bridge sent byte {piece.offset} and not {fetch.done}")
            return
        try:
            left = piece.data
            while len(left):
                left = left[os.write(fetch.file, left) :]
        except OSError as problem:
            self._fail(fetch, f"it cannot be kept {problem_of(problem, self._store.folder)}")
            return
        fetch.sum.update(piece.data)
        fetch.done += len(piece.data)
        if fetch.done == fetch.reference.size:
            self._complete(fetch)

    def refused(self, transfer: int, problem: str, later_at: float | None) -> bool:
        """The bridge cannot give a piece; False: that was none of these.

        :param later_at: when it may be otherwise.
        """
        if transfer not in self._asked:
            return False
        fetch = self._answered(transfer)
        if fetch is None:
            return True
        if later_at is None:
            self._fail(fetch, problem)
        else:
            # Answers to what else was asked are to the number of before.
            fetch.transfer = self._number()
            fetch.asked = fetch.done
            fetch.again_at = later_at
        return True

    def close(self) -> None:
        """Ends all."""
        for fetch in list(self._fetches.values()):
            self._end(fetch)

    def _answered(self, transfer: int) -> _Fetch | None:
        count = self._asked.get(transfer, 0)
        if count > 1:
            self._asked[transfer] = count - 1
        else:
            self._asked.pop(transfer, None)
        return next((each for each in self._fetches.values() if each.transfer == transfer), None)

    def _complete(self, fetch: _Fetch) -> None:
        if fetch.sum.hexdigest() != fetch.reference.hash:
            self._fail(fetch, "it was altered on its way, or at home")
            return
        try:
            self._store.keep(fetch.reference)
        except OSError as problem:
            self._fail(fetch, str(problem))
            return
        del self._fetches[fetch.reference.hash]
        os.close(fetch.file)
        for waiter in list(fetch.waiters):
            self.add(fetch.reference, waiter)

    def _fail(self, fetch: _Fetch, problem: str) -> None:
        log.warning("content %s…: %s", fetch.reference.hash[:12], problem)
        waiters = list(fetch.waiters)
        self._end(fetch)
        for waiter in waiters:
            waiter.failed(problem)

    def _end(self, fetch: _Fetch) -> None:
        del self._fetches[fetch.reference.hash]
        self._store.drop(fetch.reference)
        with contextlib.suppress(OSError):  # what was written is of no use any more
            os.close(fetch.file)
