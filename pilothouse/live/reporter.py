"""Tells the bridge what a run's tasks do, from a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeAlias, cast

from .events import Event, Failed, Stamped
from .merging import TaskTable

#: What happens within this time is one report (docs/architecture.md, "The life of a task").
GATHER_SECONDS = 0.03
#: How long after a report that could not be sent the next is tried, unless `replay` comes first.
RETRY_SECONDS = 1.0
#: Rounds in which a failed task's future may stay unset before its failure is told without it.
PATIENCE_ROUNDS = 100
#: How long `flush` waits for a report that another thread is sending.
FLUSH_SECONDS = 5.0

Notify: TypeAlias = Callable[[str, dict[str, object]], None]

_log = logging.getLogger(__name__)
_open: dict[str, Reporter] = {}


def flush_run(run_id: str) -> None:
    """Sends what a run of this process has not told yet, if it is reported at all."""
    reporter = _open.get(run_id)
    if reporter is not None:
        reporter.flush()


class Reporter:
    """One run's reports.

    :param run_id: Parsl's id of the run.
    :param notify: sends a notification to the bridge, and raises if it cannot; what could not be
        sent is kept, merged to one update a task, and sent when it can.
    """

    def __init__(self, run_id: str, notify: Notify) -> None:
        self.run_id = run_id
        self._notify = notify
        self._table = TaskTable(run_id)
        self._events: deque[Event] = deque()
        self._undecided: list[tuple[Failed, int]] = []
        self._lock = threading.Lock()
        # Held while sending, so that no report overtakes another; never by replay(), which the
        # connection may call while a send waits for it.
        self._sending = threading.Lock()
        # SimpleQueue.put may be called from a signal handler, or while it runs; Event.set not.
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._woken = False
        self._retry_at = 0.0
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def dropped(self) -> int:
        """Finished tasks that were never told, because the bridge was away too long."""
        return self._table.dropped

    def start(self) -> None:
        """Starts the thread. It sleeps while nothing happens."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="pilothouse-reporter", daemon=True
            )
            self._thread.start()
            _open[self.run_id] = self

    def put(self, event: Event) -> None:
        """Takes an event from any thread; only stores it."""
        self._events.append(event)
        if not self._woken:
            self._woken = True
            self._wake.put(None)

    def stamped(
        self,
        executor_id: str,
        executor_task: int,
        pilot: str,
        worker: int,
        started_ms: float,
        ended_ms: float,
        printed: str,
        error: tuple[str, str, str] | None,
    ) -> None:
        """A result came back; called before its future is completed.

        :param executor_task: HTEX's own number of the try.
        :param started_ms: and `ended_ms`: since the epoch, by the pilot's clock.
        :param error: type, message and traceback, if the app raised.
        """
        self.put(
            Stamped(executor_id, executor_task, pilot, worker, started_ms, ended_ms, printed, error)
        )

    def replay(self) -> None:
        """After a new connection: tells all unfinished tasks again whole, and those that finished
        so lately that the bridge may have missed it."""
        with self._lock:
            self._table.again()
            self._retry_at = 0.0
        self._woken = True
        self._wake.put(None)

    def flush(self) -> bool:
        """Sends what there is, in the caller's thread; False if it could not be sent."""
        if not self._sending.acquire(timeout=FLUSH_SECONDS):
            return False
        try:
            self._retry_at = 0.0
            return self._round()
        finally:
            self._sending.release()

    def close(self) -> None:
        """Sends what there is and ends the thread. Idempotent."""
        if self._closing.is_set():
            return
        self._closing.set()
        _open.pop(self.run_id, None)
        self._wake.put(None)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)
        self.flush()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._wake.get(timeout=self._pause())
            except Empty:
                pass  # the pause is over
            else:
                self._closing.wait(GATHER_SECONDS)
            self._woken = False
            with self._sending:
                self._round()

    def _pause(self) -> float | None:
        if self._undecided:
            return GATHER_SECONDS
        return RETRY_SECONDS if self._retry_at else None

    def _round(self) -> bool:
        with self._lock:
            self._take_in()
        if self._retry_at > time.monotonic():
            return False
        while True:
            with self._lock:
                taken = self._table.take()
            if taken is None:
                self._retry_at = 0.0
                return True
            try:
                self._notify("tasks.report", cast("dict[str, object]", taken.report))
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be lost by it
                with self._lock:
                    self._table.not_sent(taken)
                _log.info("task reports wait for the bridge: %s", error)
                self._retry_at = time.monotonic() + RETRY_SECONDS
                return False
            with self._lock:
                self._table.sent(taken)

    def _take_in(self) -> None:
        undecided, self._undecided = self._undecided, []
        for failed, rounds in undecided:
            if not self._table.apply(failed):
                if rounds >= PATIENCE_ROUNDS:
                    self._table.give_up(failed)
                else:
                    self._undecided.append((failed, rounds + 1))
        while self._events:
            event = self._events.popleft()
            if not self._table.apply(event):
                self._undecided.append((cast(Failed, event), 0))
