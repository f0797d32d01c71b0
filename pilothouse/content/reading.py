"""The thread in which results that came beside HTEX are read, so that others do not wait."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from .folder import ContentFolder

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0


class Reading:
    """Does what it is given, one after the other. The thread is started with the first.

    :param path: of the folder of contents.
    """

    def __init__(self, path: Path) -> None:
        self.contents = ContentFolder(path)
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def later(self, work: Callable[[], None]) -> None:
        """Soon; at once where no thread can be started any more."""
        with self._lock:
            started = not self._closed and self._start()
            if started:
                self._work.put(work)
        if not started:
            work()

    def close(self) -> None:
        """Waits, not for ever, until what was given is done; then removes the folder."""
        with self._lock:
            self._closed = True
            thread = self._thread
            self._work.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(CLOSE_SECONDS)
        self.contents.close()

    def _start(self) -> bool:
        if self._thread is None:
            thread = threading.Thread(target=self._read, name="pilothouse-results", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                # From Python 3.12 on an interpreter that exits starts none.
                logger.info("No thread for results: %s", error)
                return False
            self._thread = thread
        return True

    def _read(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except Exception:
                # A future's callbacks are Parsl's; others still wait for theirs.
                logger.exception("A result could not be handed on")
