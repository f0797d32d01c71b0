"""What HTEX starts as its interchange: asks the warm helper for one, or runs one plainly.

Started as ``python -I -S launch.py HELPER KERNEL OUTPUT FOLDER...`` (``warm.command``), where every
load waits for it; so it takes its modules from what the interpreter has built in, and starts in
12 ms where `argparse`, `json`, `signal` and `socket` would make it 28.
With a helper it stays, as the interchange's stand-in for HTEX: its end is the interchange's,
and a SIGTERM is passed on.
"""

from __future__ import annotations

import _socket as socket
import os
import select
import struct
import sys

TYPE_CHECKING = False  # to a type checker it is true; `typing` takes as long as all else here
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal

HELPER_SECONDS = 10.0
"""A helper that has not forked by then is left alone and a plain interchange started."""

_CREDENTIALS = struct.Struct("3i")
_DESCRIPTOR = struct.Struct("i")


def main(helper: str, kernel: str, output: str, *folders: str) -> None:
    """Becomes the interchange, or its stand-in.

    :param helper: name of the helper's socket; empty: there is none.
    :param kernel: pid whose end ends the interchange.
    :param output: file for what it prints.
    :param folders: for the end of its ``sys.path``.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.getpgrp() != os.getpid():
        # A kernel that shuts down ends its process group first (ipykernel, `_at_shutdown`): the
        # interchange would be gone before Parsl is cleaned up. It ends with the kernel anyway.
        os.setsid()
    if helper:
        asked = _ask(helper, [kernel, str(os.getpid()), os.getcwd(), output, *folders])
        if isinstance(asked, tuple):
            sys.exit(_stand_in(*asked))
        with open(output, "a", encoding="utf-8") as log:
            log.write(f"pilothouse: no warm interchange, starting a plain one: {asked}\n")
    wrapper = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wrapper.py")
    os.execv(sys.executable, [sys.executable, wrapper, kernel, output, *folders])


def _ask(name: str, request: list[str]) -> tuple[socket.socket, int] | OSError:
    """The connection to the helper and a pidfd of the interchange; or why it cannot.

    None of the words holds a NUL: they are paths, numbers, and an argument of this program.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(HELPER_SECONDS)
        connection.connect(b"\0" + name.encode())
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        if _CREDENTIALS.unpack(peer)[1] != os.geteuid():
            raise OSError("the helper belongs to another user")
        standard_input = (socket.SOL_SOCKET, socket.SCM_RIGHTS, _DESCRIPTOR.pack(0))
        connection.sendmsg([os.fsencode("\0".join(request))], [standard_input])
        said, more, _, _ = connection.recvmsg(1024, socket.CMSG_SPACE(_DESCRIPTOR.size))
        if said != b"started" or len(more) != 1:
            raise OSError(f"the helper answered {said!r}")
    except OSError as error:
        connection.close()
        return error
    connection.settimeout(None)
    (interchange,) = _DESCRIPTOR.unpack(more[0][2])
    return connection, interchange


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
        if -status not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    main(*sys.argv[1:])
