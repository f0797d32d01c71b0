"""A queue between the processes of a pool in which a small message costs no thread.

multiprocessing's Queue hands each message to a thread that writes it: two changes of threads a
task and side, which is most of what a short task costs its pilot. Here who puts a message writes
it, where that surely does not block; only what is larger, or finds the pipe full, goes by a
thread.
"""

from __future__ import annotations

import math
import os
import pickle
import queue
import select
import threading
import time
from collections import deque
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.synchronize import Lock
from typing import TypeAlias

_HEADER_BYTES = 4
AT_ONCE_BYTES = select.PIPE_BUF - _HEADER_BYTES
"""What a pipe takes without blocking once poll() says that it can be written (``select.PIPE_BUF``),
less Connection's own length before each message."""

_Ends: TypeAlias = "tuple[Connection, Connection, Lock, Lock]"


class PoolQueue:
    """What HTEX's pool uses of ``multiprocessing.Queue``; passed to a process when it is made."""

    def __init__(self, context: BaseContext) -> None:
        reader, writer = context.Pipe(duplex=False)
        self.__setstate__((reader, writer, context.Lock(), context.Lock()))

    def __getstate__(self) -> _Ends:
        return self._reader, self._writer, self._reading, self._writing

    def __setstate__(self, ends: _Ends) -> None:
        self._reader, self._writer, self._reading, self._writing = ends
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._reader, select.POLLIN)
        self._writable.register(self._writer, select.POLLOUT)
        self._begin()

    def _begin(self) -> None:
        self._owner = os.getpid()
        self._late: deque[bytes] = deque()
        self._starting = threading.Lock()

    def put(self, message: object) -> None:
        """Never waits for a reader."""
        if self._owner != os.getpid():
            self._begin()  # a fork has none of its parent's threads
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        if not self._put_at_once(data):
            self._put_late(data)

    def get(self, block: bool = True, timeout: float | None = None) -> object:
        """:raises queue.Empty: nothing came within ``timeout`` seconds."""
        if not block:
            timeout = 0.0
        until = math.inf if timeout is None else time.monotonic() + timeout
        if not self._reading.acquire(timeout=timeout):
            raise queue.Empty
        try:
            left_ms = None if timeout is None else max(0.0, until - time.monotonic()) * 1000
            if not self._readable.poll(left_ms):
                raise queue.Empty
            data = self._reader.recv_bytes()
        finally:
            self._reading.release()
        message: object = pickle.loads(data)
        return message

    def qsize(self) -> int:
        """Not known, as on macOS: HTEX wants it for a debug record only, and says so there."""
        raise NotImplementedError

    def _put_at_once(self, data: bytes) -> bool:
        if len(data) > AT_ONCE_BYTES or self._late:
            return False
        with self._writing:
            if not self._writable.poll(0):
                return False
            self._writer.send_bytes(data)
        return True

    def _put_late(self, data: bytes) -> None:
        with self._starting:
            self._late.append(data)
            if len(self._late) == 1:
                # No daemon: a process does not end before all is written.
                threading.Thread(target=self._write, name="pool-queue", daemon=False).start()

    def _write(self) -> None:
        while True:
            with self._writing:
                self._writer.send_bytes(self._late[0])
            with self._starting:
                self._late.popleft()
                if not self._late:
                    return
