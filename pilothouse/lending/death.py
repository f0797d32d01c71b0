"""Watches over the interchange: its death fails the waiting futures, and is an error at once."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import threading
from collections.abc import Callable

import zmq
from parsl import curvezmq
from parsl.addresses import tcp_url

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1


class DeathWatch:
    """Calls ``died`` once if the process ends before ``close``.

    :param process: the process, or None while HTEX has not started it yet.
    :param died: called in the watching thread.
    """

    def __init__(
        self,
        process: Callable[[], subprocess.Popen[bytes] | None],
        died: Callable[[subprocess.Popen[bytes]], None],
    ) -> None:
        self._process = process
        self._died = died
        self._closing = threading.Event()
        self._read_end, self._write_end = os.pipe()
        self._thread = threading.Thread(
            target=self._watch, name="pilothouse-interchange-watch", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """From here on the end of the process is wanted."""
        if self._closing.is_set():
            return
        self._closing.set()
        os.write(self._write_end, b".")
        if threading.current_thread() is not self._thread:
            self._thread.join()
            os.close(self._read_end)
            os.close(self._write_end)

    def _watch(self) -> None:
        while (process := self._process()) is None:
            if self._closing.wait(0.005):
                return
        self._wait(process)
        if not self._closing.is_set():
            self._died(process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        try:
            ended = os.pidfd_open(process.pid)
        except (AttributeError, OSError):  # not Linux, or reaped already
            while process.poll() is None and not self._closing.wait(POLL_SECONDS):
                continue
            return
        try:
            poll = select.poll()
            poll.register(ended, select.POLLIN)
            poll.register(self._read_end, select.POLLIN)
            poll.poll()
        finally:
            os.close(ended)


class StandIn:
    """Takes the dead interchange's place at HTEX's sockets, so that no thread waits for it.

    A ZMQ send without a peer waits for ever, and with it Parsl's launch thread and ``cleanup``;
    ``start`` waits 120 s for its first answer. To be kept until HTEX has closed its sockets.
    """

    def __init__(self, cert_dir: str | None, loopback: str) -> None:
        self._loopback = loopback
        self._context = curvezmq.ServerContext(cert_dir)
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def serve(self, tasks: int, commands: object) -> None:
        """Takes all tasks that are still sent to this port, and answers every command that is sent
        to that one, if there is one, with -1, which is no port."""
        try:
            self._serve(zmq.DEALER, tasks, None)
            if isinstance(commands, int):
                self._serve(zmq.REP, commands, -1)
        except RuntimeError as error:
            # From Python 3.12 on an interpreter that exits starts no threads; Parsl's own that
            # could wait for a peer has ended by then.
            logger.warning("No stand-in for the interchange: %s", error)

    def _serve(self, kind: int, port: int, reply: int | None) -> None:
        socket = self._context.socket(kind)
        socket.set_hwm(0)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(tcp_url(self._loopback, port))
        thread = threading.Thread(
            target=self._work, args=(socket, reply), name="pilothouse-stand-in", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _work(self, socket: zmq.Socket[bytes], reply: int | None) -> None:
        with socket:
            while not self._closing.is_set():
                if socket.poll(50, zmq.POLLIN):
                    socket.recv()
                    if reply is not None:
                        socket.send_pyobj(reply)

    def close(self) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join()
        self._context.destroy(linger=0)
