"""Who has the other end of a connection over this machine's loopback."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterable

KNOWN = sys.platform.startswith("linux")
"""Whether the system tells; elsewhere the streams' own keys must do (CURVE)."""
_TABLES = ("/proc/net/tcp6", "/proc/net/tcp")
"""ZMQ's sockets are of IPv6 with an IPv4 address inside, where its option IPV6 is set."""
_USER = 7
"""Column of the user's id (proc(5), /proc/net/tcp)."""
_INODE = 9
"""Column of the socket's inode: 0 where its program has closed it, and then the user is said to be
0, too, whoever that was."""


def user_of_peer(link: socket.socket) -> int | None:
    """The user id of whoever has the other end; None: the system does not say, or it is gone.

    :raises OSError: the connection has ended.
    """
    ours, its = link.getsockname()[:2], link.getpeername()[:2]
    for table in _TABLES:
        try:
            with open(table, encoding="ascii") as lines:
                user = find(lines, its, ours)
        except FileNotFoundError:
            continue  # a kernel without IPv6
        if user is not None:
            return user
    return None


def find(lines: Iterable[str], local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """The user of the socket with these two addresses, in a table of proc(5)'s form."""
    locals_, remotes = _written(local), _written(remote)
    for line in lines:
        columns = line.split()
        if len(columns) > _INODE and columns[1] in locals_ and columns[2] in remotes:
            return None if columns[_INODE] == "0" else int(columns[_USER])
    return None


def _written(address: tuple[str, int]) -> tuple[str, str]:
    """An IPv4 address and port as the tables have it: in each four bytes' own order, in hex."""
    packed = ipaddress.IPv4Address(address[0]).packed
    word = int.from_bytes(packed, sys.byteorder)
    mapped = int.from_bytes(b"\0\0\xff\xff", sys.byteorder)
    port = f"{address[1]:04X}"
    return f"{word:08X}:{port}", f"{0:016X}{mapped:08X}{word:08X}:{port}"
