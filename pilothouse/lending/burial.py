"""Tells the interchange that a worker pool is dead, so that its tasks run elsewhere at once.

HTEX learns of a dead manager by its heartbeats only, after ``heartbeat_threshold``. Whoever
connects with the dead manager's identity speaks for it: it says that the manager drains and that
its tasks are lost. The interchange passes on what that manager had, ignores the rest, and forgets
the manager.
"""

from __future__ import annotations

import logging
import pickle
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import zmq
from parsl import curvezmq
from parsl.app.errors import RemoteExceptionWrapper
from parsl.executors.high_throughput.interchange import PKL_SHUTDOWN_CODE
from parsl.serialize import serialize

from .retries import PilotLost

logger = logging.getLogger(__name__)

PROBE_MS = 2000
"""Our interchange hears the newest holder of an identity (``interchange/handover.py``), so that
no answer in this time means that it is busy, or was started by somebody else."""

GIVE_UP_SECONDS = 240.0
"""HTEX's own heartbeats have noticed by then."""

TASKS_AT_ONCE = 256


@dataclass(frozen=True)
class Death:
    """A pool start that is gone."""

    start: str
    host: str
    words: str


class Undertaker:
    """Buries pool starts one after the other, in a thread that lives while there are any.

    :param cert_dir: the executor's CURVE certificates, or None without encryption.
    :param url: the interchange's port for managers.
    :param tasks: ids of the tasks that HTEX has not got a result for, oldest first.
    :param known: the managers that the interchange has.
    """

    def __init__(
        self,
        cert_dir: str | None,
        url: str,
        tasks: Callable[[], Iterable[int]],
        known: Callable[[], set[str]],
    ) -> None:
        self._cert_dir = cert_dir
        self._url = url
        self._tasks = tasks
        self._known = known
        self._deaths: queue.SimpleQueue[Death | None] = queue.SimpleQueue()
        self._buried: set[str] = set()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def bury(self, death: Death) -> None:
        """Returns at once; a start is buried once."""
        if death.start in self._buried or self._closing.is_set():
            return
        self._buried.add(death.start)
        self._deaths.put(death)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name="pilothouse-burial", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._deaths.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        context = curvezmq.ClientContext(self._cert_dir)
        try:
            while (death := self._deaths.get()) is not None and not self._closing.is_set():
                try:
                    self._bury(context, death)
                except Exception:
                    # Not the end of the thread: others are to be buried, and HTEX's heartbeats
                    # do for this one what we could not.
                    logger.exception("Pool %s could not be buried", death.start)
        finally:
            context.destroy(linger=0)

    def _bury(self, context: curvezmq.ClientContext, death: Death) -> None:
        socket = self._speak_as(context, death.start)
        if socket is None:
            logger.warning("Pool %s is said to be dead and still connected", death.start)
            return
        with socket:
            if death.start not in self._known():
                return  # it never registered, hence had no tasks
            # Marked for removal in Parsl in April 2027 (interchange.py); without it the tasks are
            # still given up, and the manager's record goes with its heartbeats.
            socket.send(pickle.dumps({"type": "drain"}))
            lost = _lost(death)
            tasks = list(self._tasks())
            for first in range(0, len(tasks), TASKS_AT_ONCE):
                for task in tasks[first : first + TASKS_AT_ONCE]:
                    message = {"type": "result", "task_id": task, "exception": lost}
                    socket.send(pickle.dumps(message))
                # Answers keep the order: had it no tasks left, its dismissal comes before this.
                if _dismissed(socket):
                    break
            logger.info("Pool %s is buried", death.start)

    def _speak_as(self, context: curvezmq.ClientContext, start: str) -> zmq.Socket[bytes] | None:
        """A socket with the dead manager's identity that the interchange listens to."""
        give_up_at = time.monotonic() + GIVE_UP_SECONDS
        pause = 0.0
        while time.monotonic() < give_up_at and not self._closing.wait(pause):
            socket = context.socket(zmq.DEALER)
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.IDENTITY, start.encode())
            socket.connect(self._url)
            socket.send(pickle.dumps({"type": "connection_probe"}))
            if socket.poll(PROBE_MS, zmq.POLLIN):
                socket.recv()
                return socket
            socket.close()
            pause = min(2 * pause + 0.02, 2.0)
        return None


def _dismissed(socket: zmq.Socket[bytes]) -> bool:
    """Whether the interchange has forgotten the manager by now."""
    socket.send(pickle.dumps({"type": "connection_probe"}))
    while socket.poll(10_000, zmq.POLLIN):
        if (answer := socket.recv()) == PKL_SHUTDOWN_CODE:
            return True
        if answer == b"":
            return False
    return False


def _lost(death: Death) -> bytes:
    error = PilotLost(death.start, death.host, death.words)
    return serialize(RemoteExceptionWrapper(PilotLost, error, None))
