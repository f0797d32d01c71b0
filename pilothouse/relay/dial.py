"""Dials a port from a submit host, and joins it with standard input and output.

For trying a way home where the machine allows no forward: the bridge sends this module over its
login and runs it with that machine's Python (3.6 or newer, see :mod:`.stdio`). It ends with its
standard input, and leaves nothing behind.
"""

import argparse
import os
import selectors
import socket
import sys
from typing import List

_READ_BYTES = 64 * 1024


def main(argv: List[str]) -> int:
    """Carry bytes both ways until either side ends; 1 if nobody answers there."""
    parser = argparse.ArgumentParser(prog="pilothouse-dial")
    parser.add_argument("--mark", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    options = parser.parse_args(argv)
    try:
        sock = socket.create_connection((options.host, options.port), options.seconds)
    except OSError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sock.settimeout(None)
    os.write(1, f"\n{options.mark}\n".encode())
    with sock, selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(sock, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                try:
                    data = os.read(key.fd, _READ_BYTES)
                    if not data:
                        return 0
                    if key.fd == 0:
                        sock.sendall(data)
                    else:
                        _write(data)
                except OSError as problem:
                    sys.stderr.write(f"{problem}\n")
                    return 1


def _write(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
