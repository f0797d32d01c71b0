"""One end of one tunnel: its pipe, and the sockets that speak through it."""

from __future__ import annotations

import contextlib
import errno
import logging
import selectors
import socket
from collections import deque
from collections.abc import Callable

from ..checked import InvalidMessage
from . import frames, records
from .connection import Connection, Dial
from .frames import PART_BYTES, TAKEN_EVERY_BYTES, Frame, TunnelFrame
from .pipe import Pipe
from .records import MOST_CONNECTIONS, RECORD_HEADER_BYTES, Record, Records, TunnelRecord
from .surroundings import Surroundings

log = logging.getLogger(__name__)

_LEAST_ROOM_BYTES = 16 * 1024
"""A socket is read when the window has so much room: not for a few bytes at a time."""


class End:
    """Sockets here, frames there. :attr:`words` says why it is over, once it is.

    :param dial: where the other side's connections lead; None: this side opens them.
    :param over: called once when the tunnel is over and this side has not closed it.
    """

    def __init__(
        self,
        tunnel: bytes,
        surroundings: Surroundings,
        dial: Dial | None,
        over: Callable[[str], None],
    ) -> None:
        self.tunnel = tunnel
        self.words: str | None = None
        self._around = surroundings
        self._dial = dial
        self._over = over
        self._pipe = Pipe(tunnel)
        self._records = Records()
        self._connections: dict[int, Connection] = {}
        self._unsaid: deque[bytes] = deque()  # records that wait for room
        self._next_number = 0
        self._hurries = False  # the other side waits for word of what was taken
        self._finished: Callable[[], None] | None = None

    def open(self, link: socket.socket) -> bool:
        """Takes a connected socket of this side; False if there are too many."""
        # HTEX's pool closes its probe and comes again by the same name, which the interchange does
        # not listen to while somebody has it: that one's end must go first.
        for connection in list(self._connections.values()):
            if connection.events & selectors.EVENT_READ:
                self._read(connection)
        if self.words is not None or len(self._connections) >= MOST_CONNECTIONS:
            return False
        self._unsaid.append(records.header(self._next_number, TunnelRecord.OPEN))
        self._attach(Connection(self._next_number, link))
        self._next_number += 1
        self.pump()
        return True

    def hear(self, frame: Frame) -> None:
        """A frame of this tunnel has come."""
        if self.words is not None:
            return
        if frame.kind is TunnelFrame.OVER:
            self._end("the other end, or the bridge, ended it: it could not be resumed in time")
            return
        try:
            self._hand_on(self._pipe.hear(frame))
        except InvalidMessage as problem:
            self.fail(str(problem))
            return
        self.acknowledge()

    def hear_part(self, content: bytes) -> None:
        """The same for a part, as it has come (:func:`.frames.is_part`)."""
        if self.words is not None:
            return
        try:
            self._hand_on(self._pipe.hear_part(*frames.read_part(content)))
        except InvalidMessage as problem:
            self.fail(str(problem))
            return
        self._settle()

    def acknowledge(self) -> None:
        """Says what was taken, and sends what is to be sent."""
        self._pipe.acknowledge()
        self.pump()

    def cut(self) -> None:
        """The way of all frames is gone."""
        self._pipe.cut()

    def pump(self) -> None:
        """Sends what can be sent, and reads on from sockets for which there is room again."""
        if self.words is None:
            self._say()
            while not self._around.crowded and (frame := self._pipe.next_frame()) is not None:
                self._around.carry(frame)
            if self._pipe.has_frames:
                self._around.waits(self)
        for connection in self._connections.values():
            self._set_events(connection)
        if self._finished is not None and not (
            self._connections or self._unsaid or self._pipe.kept
        ):
            self.close()

    def fail(self, words: str) -> None:
        """The tunnel is of no use: both sides are told."""
        if self.words is None:
            log.error("tunnel %s: %s", self.tunnel.hex(), words)
            self._around.carry(frames.over(self.tunnel))
            self._end(words)

    def mark(self) -> int | None:
        """How far the pipe reaches with all that the programs of this side have said until now;
        None: there is no room for all of it yet."""
        for connection in list(self._connections.values()):
            while not connection.closed and not connection.lingers and self._read(connection):
                pass
        has_room = self._pipe.room >= _LEAST_ROOM_BYTES
        self.pump()
        return self._pipe.written if has_room and not self._unsaid else None

    def has_arrived(self, mark: int) -> bool:
        """Whether the other side has all until there, or never will."""
        return self.words is not None or self._pipe.written - self._pipe.kept >= mark

    def finish(self, finished: Callable[[], None]) -> None:
        """The programs of this side have ended: what they said last is sent.

        :param finished: called once it has arrived, or never will, or this was closed.
        """
        self._finished = finished
        if self.words is None:
            self.mark()
            self.pump()
        else:
            self.close()

    def close(self) -> None:
        """Closes all at once; the other side is not told."""
        if self.words is None:
            self.words = "closed"
            self._around.ended(self)
        for connection in list(self._connections.values()):
            self._drop(connection)
        finished, self._finished = self._finished, None
        if finished is not None:
            finished()

    def _end(self, words: str) -> None:
        self.words = words
        self._around.ended(self)
        for connection in list(self._connections.values()):
            self._linger(connection)
        if self._finished is None:
            self._over(words)
        else:
            self.close()

    def _say(self) -> None:
        while self._unsaid and self._pipe.room >= RECORD_HEADER_BYTES:
            self._pipe.write(self._unsaid.popleft())

    # --- records

    def _hand_on(self, data: memoryview) -> None:
        if not len(data):
            return
        number = self._records.whole(data)
        if number is None:
            for record in self._records.feed(data):
                self._take(record)
        else:
            self._take_bytes(number, data[RECORD_HEADER_BYTES:], RECORD_HEADER_BYTES)

    def _take(self, record: Record) -> None:
        if record.kind is TunnelRecord.BYTES:
            self._take_bytes(record.connection, record.data, record.consumed)
            return
        self._pipe.take(record.consumed)
        if record.kind is TunnelRecord.OPEN:
            self._opened(record.connection)
            return
        connection = self._connections.get(record.connection)
        if connection is not None:
            self._linger(connection)

    def _take_bytes(self, number: int, data: memoryview, consumed: int) -> None:
        self._pipe.take(consumed)
        connection = self._connections.get(number)
        if connection is None or connection.lingers:
            self._pipe.take(len(data))  # it has been closed on this side meanwhile
        elif len(data):
            connection.waiting.append(data)
            if len(connection.waiting) == 1:
                self._write(connection)

    def _opened(self, number: int) -> None:
        if self._dial is None or number != self._next_number:
            raise InvalidMessage(f"the other end opens connection {number} out of turn")
        self._next_number += 1
        if len(self._connections) >= MOST_CONNECTIONS:
            raise InvalidMessage(f"the other end opens over {MOST_CONNECTIONS} connections")
        try:
            link = self._dial()
        except OSError as problem:
            log.warning("tunnel %s: connection %s: %s", self.tunnel.hex(), number, problem)
            self._unsaid.append(records.header(number, TunnelRecord.CLOSED))
            return
        self._attach(Connection(number, link))

    # --- sockets

    def _attach(self, connection: Connection) -> None:
        self._connections[connection.number] = connection
        connection.link.setblocking(False)
        connection.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._set_events(connection)

    def _set_events(self, connection: Connection) -> None:
        events = selectors.EVENT_WRITE if connection.waiting else 0
        if not connection.lingers and self._pipe.room >= _LEAST_ROOM_BYTES:
            events |= selectors.EVENT_READ
        if events == connection.events or connection.closed:
            return
        selector, link = self._around.selector, connection.link
        if not connection.events:
            selector.register(link, events, lambda: self._ready(connection))
        elif not events:
            selector.unregister(link)
        else:
            selector.modify(link, events, lambda: self._ready(connection))
        connection.events = events

    def _ready(self, connection: Connection) -> None:
        if connection.events & selectors.EVENT_WRITE:
            self._write(connection)
        if connection.events & selectors.EVENT_READ and not connection.closed:
            self._read(connection)
        self._settle()
        self.pump()

    def _settle(self) -> None:
        """What was taken is said: at once if it is much, else in time."""
        owed = self._pipe.owed
        if owed >= TAKEN_EVERY_BYTES or self._hurries:
            self._hurries = False
            self.acknowledge()
        elif owed:
            self._around.owes(self)

    def _read(self, connection: Connection) -> bool:
        """Takes in what there is, at most a part; False if there is nothing, or no room, now."""
        if self._pipe.room < _LEAST_ROOM_BYTES:
            return False
        most = min(self._pipe.room, PART_BYTES) - RECORD_HEADER_BYTES
        try:
            data = connection.link.recv(most)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # reset: as good as closed, to whoever speaks through here
        if not data:
            self._hang_up(connection)
            return False
        head = records.header(connection.number, TunnelRecord.BYTES, len(data))
        self._pipe.write(head, data)
        return True

    def _write(self, connection: Connection) -> None:
        waiting = connection.waiting
        try:
            while waiting:
                sent = connection.link.send(waiting[0])
                self._pipe.take(sent)
                if sent < len(waiting[0]):
                    waiting[0] = waiting[0][sent:]
                else:
                    waiting.popleft()
        except BlockingIOError:
            self._set_events(connection)
        except OSError as problem:  # closed by its peer, or it never came to be
            if problem.errno == errno.ENOTCONN:  # still connecting, as macOS says it
                self._set_events(connection)
            else:
                self._hang_up(connection)
            return
        if not waiting and connection.lingers:
            self._drop(connection)

    def _hang_up(self, connection: Connection) -> None:
        """The socket's peer has closed it: so it is closed at the other side, too."""
        if not connection.lingers:
            self._unsaid.append(records.header(connection.number, TunnelRecord.CLOSED))
        self._drop(connection)

    def _linger(self, connection: Connection) -> None:
        connection.lingers = True
        if connection.waiting:
            self._set_events(connection)
        else:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        if connection.closed:
            return
        connection.closed = True
        if connection.events:
            self._around.selector.unregister(connection.link)
            connection.events = 0
        # Who has closed it may wait for that to be known.
        self._hurries = self._hurries or connection.lingers
        self._pipe.take(sum(map(len, connection.waiting)))
        connection.waiting.clear()
        with contextlib.suppress(OSError):
            connection.link.shutdown(socket.SHUT_RDWR)
        connection.link.close()
        self._connections.pop(connection.number, None)


def dial_loopback(port: int) -> socket.socket:
    """Begins to connect to a port of this machine's loopback.

    :raises OSError: if that fails at once.
    """
    link = socket.socket()
    try:
        link.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # under way; its end shows as writable
            link.connect(("127.0.0.1", port))
    except BaseException:
        link.close()
        raise
    return link
