"""A process that has Parsl imported and forks an interchange for each load that asks.

``import parsl`` costs half a second; done here while a person types, it costs a load nothing.
Started by ``warm.py`` with a listening socket; ends with its kernel. It has one thread and no
ZMQ context, so that forking it is safe.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from dataclasses import dataclass

from pilothouse.interchange import wrapper

PRELOADED = (wrapper.INTERCHANGE, "pilothouse.lending.logs")
_CREDENTIALS = struct.Struct("3i")


@dataclass
class _Child:
    """A forked interchange and the launcher that waits for its exit code."""

    pid: int
    descriptor: int
    launcher: socket.socket


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--kernel", type=int, required=True)
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=given.socket)
    try:
        kernel = os.pidfd_open(given.kernel)
    except ProcessLookupError:
        return
    if os.getppid() != given.kernel:
        return
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
        request = json.loads(said)
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


def _become(request: dict[str, object], configuration: int, ours: list[int]) -> None:
    """In the fork: this process is the interchange from here on, and never returns."""
    code = 1
    try:
        os.dup2(configuration, 0)
        for descriptor in (configuration, *ours):
            os.close(descriptor)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the process
        os.chdir(str(request["folder"]))
        kernel, launcher, paths = request["kernel"], request["launcher"], request["paths"]
        assert isinstance(kernel, int)
        assert isinstance(launcher, int)
        assert isinstance(paths, list)
        wrapper.run([kernel, launcher], str(request["output"]), [str(path) for path in paths])
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
    main()
