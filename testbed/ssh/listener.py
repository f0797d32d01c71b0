"""Accepts connections in one network, and has an sshd serve each of them in another.

A program: `listener.py ADDRESS PORT NETWORK PROGRAM [WORD...]`, where NETWORK is a file of /proc
(network_namespaces(7)) and PROGRAM speaks on its standard input and output (sshd(8), -i). A host
that can be reached only from a jump host listens there, and lives where its scheduler is.
"""

import os
import signal
import socket
import sys


def main(address: str, port: str, network: str, argv: list[str]) -> None:
    """Listens for ever."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((address, int(port)))
    door.listen(128)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print(f"Server listening on {address} port {port}.", flush=True)
    while True:
        connection, _ = door.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            for number in (0, 1):
                os.dup2(connection.fileno(), number)
            os.execvp("nsenter", ["nsenter", f"--net={network}", "--", *argv])
        connection.close()


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
