"""The stream to one bridge, and the connections of workers in it."""

import os
import socket
import struct
import time
from typing import Callable, Dict, Set

from .loop import Loop, Outgoing, Ready
from .wire import (
    BYTES,
    CLOSED,
    FRAME_BYTES,
    HEADER,
    OPEN,
    PING,
    PING_SECONDS,
    SILENCE_SECONDS,
    TAKEN,
    WINDOW_BYTES,
    Violation,
)

#: What waits for the bridge before nothing more is read from workers.
LINK_BYTES = 1024 * 1024
#: What may wait for it before no newcomer is carried, whose first bytes nothing else limits.
CROWDED_BYTES = 16 * LINK_BYTES
#: A connection that the bridge has ended may take so long to take what came before.
_END_SECONDS = 10.0
_READ_BYTES = 256 * 1024


def _nothing() -> None:
    pass


class Worker:
    """One worker's connection, carried."""

    def __init__(self, number: int, sock: socket.socket) -> None:
        self.number = number
        self.sock = sock
        self.out = Outgoing(sock.fileno())
        self.reads: Ready = _nothing
        self.writes: Ready = _nothing
        #: Bytes that may still be sent to the bridge.
        self.window = WINDOW_BYTES
        #: Since when the bridge has nothing more to say to it; 0: it may.
        self.ending_since = 0.0


class Carrier:
    """One bridge's stream and the workers in it; ends itself when anything is wrong with it."""

    def __init__(
        self, loop: Loop, read_fd: int, write_fd: int, ended: Callable[[str], None]
    ) -> None:
        self._loop = loop
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._ended = ended
        self._out = Outgoing(write_fd)
        self._in = bytearray()
        self._workers: Dict[int, Worker] = {}
        self._full: Set[Worker] = set()
        self._last = 0
        self._heard_at = self._pinged_at = time.monotonic()
        self.closed = False
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)
        self._watch_link()

    @property
    def count(self) -> int:
        """Workers carried now."""
        return len(self._workers)

    @property
    def crowded(self) -> bool:
        """Whether the bridge keeps up so badly that newcomers have to come again."""
        return self._out.size > CROWDED_BYTES

    def begin(self, said: bytes) -> None:
        """Take what the bridge has said before this was made."""
        self._hear(said)

    def say(self, kind: int, content: bytes = b"", number: int = 0) -> None:
        """Send a frame to the bridge."""
        if self.closed:
            return
        self._out.add(HEADER.pack(number, kind, len(content)), content)
        self._flush_link()

    def carry(self, sock: socket.socket, source: str, first: bytes) -> None:
        """Carry a worker's connection from now on; `first`: what it has sent already."""
        self._last += 1
        worker = Worker(self._last, sock)
        worker.window -= len(first)
        worker.reads = lambda: self._read(worker)
        worker.writes = lambda: self._write(worker)
        self._workers[worker.number] = worker
        self.say(OPEN, source.encode(), worker.number)
        self.say(BYTES, first, worker.number)
        if not self.closed:
            self._watch(worker)

    def look(self, now: float) -> None:
        """Give a sign of life, and end when there has been none of the bridge for too long."""
        if now - self._heard_at > SILENCE_SECONDS:
            self.close("the bridge is silent")
        elif now - self._pinged_at >= PING_SECONDS:
            self._pinged_at = now
            self.say(PING)
        for worker in list(self._workers.values()):
            if worker.ending_since and now - worker.ending_since > _END_SECONDS:
                self._drop(worker)

    def close(self, why: str) -> None:
        """End all of it."""
        if self.closed:
            return
        self.closed = True
        self._loop.watch(self._read_fd, None, None)
        self._loop.watch(self._write_fd, None, None)
        for worker in list(self._workers.values()):
            self._drop(worker)
        self._ended(why)

    def _watch_link(self) -> None:
        writes = self._flush_link if self._out.size else None
        if self._read_fd == self._write_fd:
            self._loop.watch(self._read_fd, self._read_link, writes)
        else:
            self._loop.watch(self._read_fd, self._read_link, None)
            self._loop.watch(self._write_fd, None, writes)

    def _flush_link(self) -> None:
        try:
            self._out.flush()
        except OSError as problem:
            self.close(str(problem))
            return
        self._watch_link()
        if self._full and self._out.size <= LINK_BYTES // 2:
            full, self._full = self._full, set()
            for worker in full:
                if worker.number in self._workers:
                    self._watch(worker)

    def _read_link(self) -> None:
        try:
            data = os.read(self._read_fd, _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as problem:
            self.close(str(problem))
            return
        if not data:
            self.close("the bridge has gone")
            return
        self._hear(data)

    def _hear(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        self._in += data
        try:
            self._take_frames()
        except (Violation, struct.error) as problem:
            self.close(f"the bridge sent what it must not: {problem}")

    def _take_frames(self) -> None:
        at = 0
        whole = len(self._in)
        while whole - at >= HEADER.size and not self.closed:
            number, kind, length = HEADER.unpack_from(self._in, at)
            if length > FRAME_BYTES:
                raise Violation(f"a frame of {length} bytes")
            end = at + HEADER.size + length
            if end > whole:
                break
            self._take(number, kind, bytes(self._in[at + HEADER.size : end]))
            at = end
        del self._in[:at]

    def _take(self, number: int, kind: int, content: bytes) -> None:
        worker = self._workers.get(number)
        if kind == PING:
            return
        if kind not in (BYTES, CLOSED, TAKEN):
            raise Violation(f"a frame of kind {kind}")
        if worker is None:
            return  # it has just ended here
        if kind == TAKEN:
            worker.window += struct.unpack("!I", content)[0]
            if worker.window > WINDOW_BYTES:
                raise Violation("more was taken than sent")
            self._watch(worker)
        elif kind == CLOSED:
            worker.ending_since = time.monotonic()
            self._write(worker)
        else:
            if worker.out.size + len(content) > WINDOW_BYTES:
                raise Violation("more than the window")
            worker.out.add(content)
            self._write(worker)

    def _watch(self, worker: Worker) -> None:
        may_read = worker.window > 0 and not worker.ending_since and worker not in self._full
        self._loop.watch(
            worker.sock.fileno(),
            worker.reads if may_read else None,
            worker.writes if worker.out.size else None,
        )

    def _read(self, worker: Worker) -> None:
        if self._out.size > LINK_BYTES:
            self._full.add(worker)
            self._watch(worker)
            return
        try:
            data = worker.sock.recv(min(worker.window, FRAME_BYTES))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._end(worker)
            return
        worker.window -= len(data)
        self.say(BYTES, data, worker.number)
        if worker.window == 0 and not self.closed:
            self._watch(worker)

    def _write(self, worker: Worker) -> None:
        try:
            written = worker.out.flush()
        except OSError:
            self._end(worker)
            return
        if written:
            self.say(TAKEN, struct.pack("!I", written), worker.number)
        if worker.ending_since and not worker.out.size:
            self._drop(worker)
        elif not self.closed:
            self._watch(worker)

    def _end(self, worker: Worker) -> None:
        self._drop(worker)
        self.say(CLOSED, b"", worker.number)

    def _drop(self, worker: Worker) -> None:
        self._workers.pop(worker.number, None)
        self._full.discard(worker)
        self._loop.watch(worker.sock.fileno(), None, None)
        worker.sock.close()
