"""A pilot's signals, heard in the agent's loop."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable


class Signals:
    """Wakes the loop at each signal: for its end, and for children that have ended.

    :param watch: has the loop call back when there is something to read.
    :param told_to_end: by a signal of this name.
    """

    def __init__(
        self,
        watch: Callable[[socket.socket, Callable[[], None]], None],
        told_to_end: Callable[[str], None],
    ) -> None:
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda caught, _: told_to_end(signal.Signals(caught).name))
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        watch(self._woken, self._heard)

    def _heard(self) -> None:
        try:
            while self._woken.recv(4096):
                pass
        except BlockingIOError:
            pass  # read to the end
        while True:
            try:
                # keepers whose zygote died, plain keepers, orphans of a killed keeper
                process, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
