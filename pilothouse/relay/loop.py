"""Waiting for many sockets and pipes at once, and writing to them without ever blocking."""

import collections
import os
import selectors
from typing import Callable, Deque, Dict, Optional, Tuple

Ready = Callable[[], None]

_WRITTEN_AT_ONCE = 64


class Loop:
    """Waits for all sockets and pipes at once."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._watched: Dict[int, Tuple[Optional[Ready], Optional[Ready]]] = {}

    def watch(self, fd: int, reads: Optional[Ready], writes: Optional[Ready]) -> None:
        """Call these when `fd` can be read or written; both None: forget it, before it closes."""
        before = self._watched.get(fd)
        if reads is None and writes is None:
            if before is not None:
                del self._watched[fd]
                self._selector.unregister(fd)
            return
        self._watched[fd] = (reads, writes)
        events = (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if writes else 0)
        if before is None:
            self._selector.register(fd, events)
        else:
            self._selector.modify(fd, events)

    def turn(self, seconds: float) -> None:
        """One round: what is ready now, or becomes so within `seconds`."""
        for key, events in self._selector.select(seconds):
            if events & selectors.EVENT_WRITE:
                self._call(key.fd, 1)
            if events & selectors.EVENT_READ:
                self._call(key.fd, 0)

    def _call(self, fd: int, which: int) -> None:
        # Looked up each time: what was called before in this round may have closed it.
        call = self._watched.get(fd, (None, None))[which]
        if call is not None:
            call()


class Outgoing:
    """Bytes on their way out of one descriptor that never blocks."""

    def __init__(self, fd: int) -> None:
        self.size = 0
        self._fd = fd
        self._pieces: Deque[memoryview] = collections.deque()

    def add(self, *pieces: bytes) -> None:
        for piece in pieces:
            if piece:
                self._pieces.append(memoryview(piece))
                self.size += len(piece)

    def flush(self) -> int:
        """Write what can be written now; how much that was. Raises OSError if it is broken."""
        whole = 0
        while self._pieces:
            several = [self._pieces[at] for at in range(min(len(self._pieces), _WRITTEN_AT_ONCE))]
            try:
                written = os.writev(self._fd, several)
            except (BlockingIOError, InterruptedError):
                break
            whole += written
            self._drop(written)
        self.size -= whole
        return whole

    def _drop(self, count: int) -> None:
        while count:
            first = self._pieces[0]
            if len(first) > count:
                self._pieces[0] = first[count:]
                return
            count -= len(first)
            self._pieces.popleft()
