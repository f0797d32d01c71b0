"""A ProxyCommand: carries standard input and output to HOST PORT, in one process.

One process, because ssh ends a ProxyCommand by a signal to the process it has started alone.
"""

from __future__ import annotations

import os
import socket
import sys
import threading


def main() -> None:
    """Ends when either side does."""
    host, port = sys.argv[1:]
    with socket.create_connection((host, int(port))) as server:

        def send() -> None:
            while piece := os.read(0, 65536):
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

        threading.Thread(target=send, daemon=True).start()
        while piece := server.recv(65536):
            os.write(1, piece)


if __name__ == "__main__":
    main()
