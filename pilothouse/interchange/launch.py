"""What HTEX starts as its interchange: asks the warm helper for one, or runs one plainly.

Started as ``python -I -S launch.py``, hence in about 10 ms and with the standard library only.
With a helper it stays, as the interchange's stand-in for HTEX: its end is the interchange's,
and a SIGTERM is passed on.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import socket
import struct
import sys

HELPER_SECONDS = 10.0
"""A helper that has not forked by then is left alone and a plain interchange started."""

_CREDENTIALS = struct.Struct("3i")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--helper", default="")
    parser.add_argument("--kernel", type=int, required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--path", action="append", default=[])
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.getpgrp() != os.getpid():
        # A kernel that shuts down ends its process group first (ipykernel, `_at_shutdown`): the
        # interchange would be gone before Parsl is cleaned up. It ends with the kernel anyway.
        os.setsid()
    if given.helper:
        asked = _ask(given.helper, given.kernel, given.output, given.path)
        if asked is not None:
            sys.exit(_stand_in(*asked))
    wrapper = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wrapper.py")
    os.execv(sys.executable, [sys.executable, wrapper, *sys.argv[1:]])


def _ask(name: str, kernel: int, output: str, paths: list[str]) -> tuple[socket.socket, int] | None:
    """The connection to the helper and a pidfd of the interchange; None: it cannot."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(HELPER_SECONDS)
        connection.connect(b"\0" + name.encode())
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        if _CREDENTIALS.unpack(peer)[1] != os.geteuid():
            raise OSError("the helper belongs to another user")
        request = {
            "kernel": kernel,
            "launcher": os.getpid(),
            "output": output,
            "paths": paths,
            "folder": os.getcwd(),
        }
        socket.send_fds(connection, [json.dumps(request).encode()], [0])
        said, descriptors, _, _ = socket.recv_fds(connection, 1024, 1)
        if said != b"started" or len(descriptors) != 1:
            raise OSError(f"the helper answered {said!r}")
    except OSError as error:
        connection.close()
        with open(output, "a", encoding="utf-8") as log:
            log.write(f"pilothouse: no warm interchange, starting a plain one: {error}\n")
        return None
    connection.settimeout(None)
    return connection, descriptors[0]


def _stand_in(connection: socket.socket, interchange: int) -> int:
    """Waits for the interchange's end and returns its exit code, negative for a signal."""
    os.close(0)  # the interchange has it; HTEX must not be able to write to nobody

    def pass_on(number: int, _frame: object) -> None:
        try:
            signal.pidfd_send_signal(interchange, number)
            signal.pidfd_send_signal(interchange, signal.SIGCONT)  # one that is stopped ends too
        except ProcessLookupError:
            return  # it has just ended, which the poll below sees

    signal.signal(signal.SIGTERM, pass_on)
    poll = select.poll()
    poll.register(interchange, select.POLLIN)
    poll.poll()  # taken up again after a signal (PEP 475)
    connection.settimeout(1.0)
    try:
        status = int(connection.recv(64) or b"1")
    except (OSError, ValueError):
        status = 1  # the helper is gone too
    if status < 0:
        signal.signal(-status, signal.SIG_DFL) if -status not in (9, 19) else None
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    main()
