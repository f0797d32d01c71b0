"""A fork server that is itself a fork of this process, so that it has Parsl at once.

multiprocessing starts its fork server as a fresh interpreter, which imports Parsl for half a
second of a core in each pilot, just when the first task waits for it. Forked from a process
that has one thread and no lease yet it costs some milliseconds. multiprocessing has no public
way to say so: three attributes of its ForkServer are set, the same from Python 3.4 to 3.13.
Where they are not as expected (3.14 added a key), its own way is taken.
"""

from __future__ import annotations

import multiprocessing.forkserver
import os
import signal
import socket
import sys
import tempfile
import traceback
from multiprocessing import resource_tracker

from .worker_process import ForkServerPoolContext

_ATTRIBUTES = ("_forkserver_address", "_forkserver_alive_fd", "_forkserver_pid")
_FIRST_WITH_KEY = (3, 14)


def can_be_forked() -> bool:
    """Whether this Python's multiprocessing is one whose fork server can be ours."""
    server = getattr(multiprocessing.forkserver, "_forkserver", None)
    return sys.version_info < _FIRST_WITH_KEY and all(hasattr(server, name) for name in _ATTRIBUTES)


def start(preload: str) -> None:
    """Starts the fork server of this process; it ends with the last process that may ask it.

    :param preload: the module that this process has imported and a fresh interpreter must import,
        where one is needed; it has the workers' ``main_of_workers``.
    """
    if can_be_forked():
        _fork(preload)
    else:
        ForkServerPoolContext().set_forkserver_preload([preload])
    # finds ours, or starts one; either way multiprocessing is content before there is a lease
    multiprocessing.forkserver.ensure_running()


def _fork(preload: str) -> None:
    resource_tracker.ensure_running()
    address = os.path.join(tempfile.mkdtemp(prefix="pymp-"), "listener")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        os.chmod(address, 0o600)
        listener.listen()
        alive_read, alive_write = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(alive_write)
            _serve(listener.detach(), alive_read, preload)
    os.close(alive_read)
    server = multiprocessing.forkserver._forkserver
    values = dict(zip(_ATTRIBUTES, (address, alive_write, process)))  # noqa: B905 - since 3.10
    for name, value in values.items():
        setattr(server, name, value)


def _serve(listener: int, alive: int, preload: str) -> None:
    """The whole of the forked child."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in range(3, 1024):
            if descriptor not in (listener, alive):
                try:
                    os.close(descriptor)
                except OSError:
                    continue  # was not open
        main = sys.modules[preload].main_of_workers
        sys.modules["__main__"] = sys.modules["__mp_main__"] = main
        multiprocessing.forkserver.main(listener, alive, [])
    except SystemExit:
        code = 0  # its way to end: nobody is left who may ask
    except BaseException:  # noqa: BLE001 - the last frame of this process: print, then leave
        traceback.print_exc()
    finally:
        os._exit(code)
