"""A process that has the interchange imported and forks one for each load that asks.

Its modules cost a fifth of a second; taken in here while the kernel imports Parsl, they cost a
load nothing.
Started by ``warm.py`` with a listening socket; ends with its kernel. It has one thread and no
ZMQ context, so that forking it is safe.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import socket
import struct
import sys
from dataclasses import dataclass

from pilothouse.agent.deferred import PARSL, defer
from pilothouse.interchange import wrapper

PRELOADED = (
    wrapper.INTERCHANGE,
    "parsl.utils",
    "pilothouse.lending.logs",
    "pilothouse.interchange.handover",
)
"""`parsl.utils` is what the interchange itself takes in where it is run as a program."""

DEFERRED = (*PARSL, "requests")
_CREDENTIALS = struct.Struct("3i")


@dataclass
class _Child:
    """A forked interchange and the launcher that waits for its exit code."""

    pid: int
    descriptor: int
    launcher: socket.socket


@dataclass(frozen=True)
class _Request:
    """What a launcher says (``launch.py``): words with NULs between."""

    kernel: int
    launcher: int
    folder: str
    output: str
    paths: list[str]

    @classmethod
    def of(cls, said: bytes) -> _Request:
        """:raises ValueError: it is none."""
        kernel, launcher, folder, output, *paths = os.fsdecode(said).split("\0")
        return cls(int(kernel), int(launcher), folder, output, paths)


def main(descriptor: int, pid: int) -> None:
    """Serves a kernel until that ends.

    :param descriptor: of the socket that listens for launchers.
    :param pid: the kernel's, which is this process's parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=descriptor)
    try:
        kernel = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    if os.getppid() != pid:
        return
    defer(DEFERRED)
    for module in PRELOADED:
        importlib.import_module(module)
    # runpy runs it afresh as __main__ and would warn that it is there already
    del sys.modules[wrapper.INTERCHANGE]
    _serve(listener, kernel)


def _serve(listener: socket.socket, kernel: int) -> None:
    children: dict[int, _Child] = {}
    poll = select.poll()
    poll.register(kernel, select.POLLIN)
    poll.register(listener.fileno(), select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == kernel:
                return
            if descriptor == listener.fileno():
                child = _accept(listener, [kernel, *children])
                if child is not None:
                    children[child.descriptor] = child
                    poll.register(child.descriptor, select.POLLIN)
                continue
            child = children.pop(descriptor)
            poll.unregister(descriptor)
            _reap(child)


def _reap(child: _Child) -> None:
    _, status = os.waitpid(child.pid, 0)
    os.close(child.descriptor)
    with child.launcher as launcher:
        try:
            launcher.send(str(os.waitstatus_to_exitcode(status)).encode())
        except OSError:
            return  # the launcher was killed first


def _accept(listener: socket.socket, ours: list[int]) -> _Child | None:
    """Forks one interchange for the launcher that connects; None if it is not to be served."""
    connection, _ = listener.accept()
    try:
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        if _CREDENTIALS.unpack(peer)[1] != os.geteuid():
            raise PermissionError("a launcher of another user")
        connection.settimeout(5.0)
        said, descriptors, _, _ = socket.recv_fds(connection, 65536, 1)
        (configuration,) = descriptors
        request = _Request.of(said)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"pilothouse: refused: {error}\n")
        connection.close()
        return None
    pid = os.fork()
    if pid == 0:
        _become(request, configuration, [listener.fileno(), connection.fileno(), *ours])
    os.close(configuration)
    descriptor = os.pidfd_open(pid)
    try:
        socket.send_fds(connection, [b"started"], [descriptor])
    except OSError:
        os.kill(pid, signal.SIGKILL)
    return _Child(pid, descriptor, connection)


def _become(request: _Request, configuration: int, ours: list[int]) -> None:
    """In the fork: this process is the interchange from here on, and never returns."""
    code = 1
    try:
        os.dup2(configuration, 0)
        for descriptor in (configuration, *ours):
            os.close(descriptor)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the process
        os.chdir(request.folder)
        wrapper.run([request.kernel, request.launcher], request.output, request.paths)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - the traceback belongs into the file, not further up
        import traceback

        traceback.print_exc()
    finally:
        try:
            sys.stderr.flush()
            sys.stdout.flush()
        finally:
            os._exit(code)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
