"""A relay on a submit host, run over a login: its bridge is at its standard input and output.

The bridge sends these modules and runs them with that machine's Python, so that all of the
package but the server keeps to the standard library and to Python 3.6 (RHEL 8's). It leaves
nothing behind, and ends when its standard input does.
"""

import argparse
import contextlib
import errno
import json
import os
import socket
import sys
import time
from typing import List, Tuple

from .carrier import Carrier
from .entrance import TLS_HANDSHAKE, Entrance, Waiting, open_port
from .loop import Loop
from .machine import own_names, raise_descriptors
from .wire import CONNECTIONS, READY, Violation


def parse_ports(text: str) -> List[int]:
    """`9000-9100`, `9000`, or `0` for any. Raises argparse.ArgumentTypeError."""
    try:
        first, last = (
            int(part) for part in (text if "-" in text else text + "-" + text).split("-")
        )
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} are no ports") from None
    if not 0 <= first <= last <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} are no ports")
    return list(range(first, last + 1))


def _open(options: argparse.Namespace) -> Tuple[List[socket.socket], int]:
    """The port of before, which the relay of before may hold a moment longer, or else another."""
    if options.before:
        with contextlib.suppress(OSError):  # another it is, then
            until = time.monotonic() + options.wait
            return open_port(options.listen, [options.before], until)
    return open_port(options.listen, options.ports, time.monotonic())


def main(argv: List[str]) -> int:
    """Carry what comes by standard input and output, until that ends."""
    parser = argparse.ArgumentParser(prog="pilothouse-relay")
    parser.add_argument("--mark", required=True)
    parser.add_argument("--listen", default="", metavar="ADDRESS")
    parser.add_argument("--ports", type=parse_ports, default=[0])
    parser.add_argument("--before", type=int, default=0)
    parser.add_argument("--wait", type=float, default=0)
    options = parser.parse_args(argv)
    raise_descriptors()
    loop = Loop()
    try:
        listeners, port = _open(options)
    except OSError as problem:
        sys.stderr.write("{}: {}\n".format(errno.errorcode.get(problem.errno or 0, ""), problem))
        return 1
    words: List[str] = []
    os.write(1, f"\n{options.mark}\n".encode())
    carrier = Carrier(loop, 0, 1, words.append)

    def judge(waiting: Waiting) -> bool:
        if waiting.said[0] != TLS_HANDSHAKE:
            raise Violation("no TLS")
        if carrier.count >= CONNECTIONS or carrier.crowded:
            raise Violation("too many connections")
        carrier.carry(waiting.sock, waiting.source, waiting.said)
        return True

    entrance = Entrance(loop, listeners, judge)
    carrier.say(READY, json.dumps({"port": port, "hosts": own_names()}).encode())
    while not carrier.closed:
        loop.turn(1.0)
        now = time.monotonic()
        carrier.look(now)
        entrance.look(now)
    entrance.close()
    sys.stderr.write(f"{words[-1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
