"""The port that workers dial, and where they wait until they have said what they are."""

import collections
import contextlib
import errno
import ipaddress
import socket
import time
from typing import Callable, Dict, Iterable, List, Tuple

from .loop import Loop, Ready
from .wire import Violation

#: Connections that have not said enough: so many, and no longer than that.
WAITING = 512
WAITING_SECONDS = 10.0

#: First byte of a TLS connection (RFC 8446, 5.1); who sends another is no agent.
TLS_HANDSHAKE = 0x16

#: What a machine without IPv6, or without IPv4, says to its addresses.
_NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_ACCEPTED_AT_ONCE = 64
_READ_BYTES = 16 * 1024
#: How often a port that is in use is tried: pilots wait for it.
_AGAIN_SECONDS = 0.1


class Waiting:
    """A connection that has not said enough yet."""

    def __init__(self, sock: socket.socket, source: str) -> None:
        self.sock = sock
        self.source = source
        self.machine = machine_of(source)
        self.said = b""
        #: What whoever judges it has to remember of it.
        self.asked = b""
        self.since = time.monotonic()


Judge = Callable[[Waiting], bool]
"""Told each time it has said more. True: it has been taken over; raises Violation to end it."""


class Entrance:
    """The port: connections wait here until they have said what they are. Nobody is sent a byte."""

    def __init__(self, loop: Loop, listeners: Iterable[socket.socket], judge: Judge) -> None:
        self._loop = loop
        self._judge = judge
        self._listeners = list(listeners)
        self._waiting: Dict[int, Waiting] = {}
        self._closed_until = 0.0
        self._listen()

    def look(self, now: float) -> None:
        """End what has waited for too long, and listen again after a pause."""
        for fd, waiting in list(self._waiting.items()):
            if now - waiting.since > WAITING_SECONDS:
                self._drop(fd)
        if self._closed_until and now >= self._closed_until:
            self._closed_until = 0.0
            self._listen()

    def close(self) -> None:
        for listener in self._listeners:
            self._loop.watch(listener.fileno(), None, None)
            listener.close()
        self._listeners = []
        for fd in list(self._waiting):
            self._drop(fd)

    def _listen(self) -> None:
        for listener in self._listeners:
            self._loop.watch(listener.fileno(), self._accepts(listener), None)

    def _accepts(self, listener: socket.socket) -> Ready:
        def accept() -> None:
            for _ in range(_ACCEPTED_AT_ONCE):
                try:
                    sock, address = listener.accept()
                except (BlockingIOError, InterruptedError, ConnectionError):
                    return
                except OSError:
                    # No descriptors left: those that are carried go on, others wait a moment.
                    self._closed_until = time.monotonic() + 1
                    for each in self._listeners:
                        self._loop.watch(each.fileno(), None, None)
                    return
                self._accept(sock, str(address[0]))

        return accept

    def _accept(self, sock: socket.socket, source: str) -> None:
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # it has gone already, which its reading tells
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self._waiting) >= WAITING:
            self._make_room()
        waiting = Waiting(sock, source)
        fd = sock.fileno()
        self._waiting[fd] = waiting
        self._loop.watch(fd, lambda: self._read(fd, waiting), None)

    def _make_room(self) -> None:
        """Where most of them come from, the oldest goes."""
        counts = collections.Counter(waiting.machine for waiting in self._waiting.values())
        machine = counts.most_common(1)[0][0]
        self._drop(next(fd for fd, each in self._waiting.items() if each.machine == machine))

    def _read(self, fd: int, waiting: Waiting) -> None:
        try:
            data = waiting.sock.recv(16 * 1024)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._drop(fd)
            return
        waiting.said += data
        self._loop.watch(fd, None, None)
        del self._waiting[fd]
        try:
            taken = self._judge(waiting)
        except Violation:
            waiting.sock.close()
            return
        if not taken:
            self._waiting[fd] = waiting
            self._loop.watch(fd, lambda: self._read(fd, waiting), None)

    def _drop(self, fd: int) -> None:
        self._loop.watch(fd, None, None)
        self._waiting.pop(fd).sock.close()


def machine_of(source: str) -> str:
    """Whoever can dial from one of some addresses can from all.

    Those of loopback are any user's, and a machine chooses its own within a network of IPv6 (RFC
    4291, 2.5.4).
    """
    try:
        address = ipaddress.ip_address(source.split("%")[0])
    except ValueError:
        return source
    if address.is_loopback:
        return "loopback"
    return source if address.version == 4 else str(ipaddress.IPv6Address(int(address) >> 64 << 64))


def open_port(host: str, ports: Iterable[int], until: float) -> Tuple[List[socket.socket], int]:
    """Listen on the first free one of `ports`, trying until that time (monotonic), once at least.

    An empty host means all addresses of the machine. Raises OSError of the last try.
    """
    wanted = list(ports)
    while True:
        for port in wanted:
            try:
                return _listen(host, port)
            except OSError as problem:
                failure = problem
                if problem.errno != errno.EADDRINUSE:
                    raise
        if time.monotonic() >= until:
            raise failure
        time.sleep(_AGAIN_SECONDS)


def _listen(host: str, port: int) -> Tuple[List[socket.socket], int]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listeners: List[socket.socket] = []
    try:
        for family, kind, protocol, _, address in found:
            try:
                listener = socket.socket(family, kind, protocol)
                listeners.append(listener)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.setblocking(False)
                listener.bind((address[0], port, *address[2:]))
            except OSError as problem:
                if problem.errno in _NO_SUCH_FAMILY and len(found) > 1 and not host:
                    continue
                raise
            listener.listen(1024)
            port = listener.getsockname()[1]
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    bound = [each for each in listeners if each.getsockname()[1]]
    if not bound:
        raise OSError(errno.EADDRNOTAVAIL, "there is no such address")
    return bound, port
