"""The kernel's handle of its home: started with the first tunnel, ended with its executor."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

logger = logging.getLogger(__name__)

_PACKAGES = str(Path(__file__).resolve().parent.parent.parent)
_FIRST_PAUSE_SECONDS = 1.0
"""Before a home that ended by itself is started again. Its tunnels went with it: their pools are
started anew by the bridge."""
_LONGEST_PAUSE_SECONDS = 60.0
_LONG_LIFE_SECONDS = 60.0
"""One that lived for so long can work: its successor is started as soon as the first one's."""


class HomeProcess:
    """At most one process; none before :meth:`start`, so that who needs no tunnel pays nothing.

    :param executor: whose tunnels end there.
    :param output: file for what it logs.
    """

    def __init__(self, executor: str, output: Path) -> None:
        self._executor = executor
        self._output = output
        self._guard = threading.Lock()
        self._closing = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int) -> None:
        """Starts it if it does not run; returns at once.

        :param port: of the interchange, for managers.
        :raises OSError: no process can be started.
        """
        with self._guard:
            if self._thread is not None or self._closing.is_set():
                return
            self._process = self._popen(port)
            self._thread = threading.Thread(
                target=self._keep, args=(port,), name="pilothouse-home", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Ends it. Idempotent."""
        with self._guard:
            self._closing.set()
            if self._process is not None:
                self._process.kill()
        if self._thread is not None:
            self._thread.join()

    def _keep(self, port: int) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while self._process is not None:
            began = time.monotonic()
            code = self._process.wait()
            if self._closing.is_set():
                return
            logger.error("The home process ended with %s, see %s", code, self._output)
            if time.monotonic() - began >= _LONG_LIFE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._closing.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            with self._guard:
                if self._closing.is_set():
                    return
                try:
                    self._process = self._popen(port)
                except OSError as error:
                    logger.error("The home process cannot be started again: %s", error)
                    self._process = None

    def _popen(self, port: int) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([_PACKAGES, *(entry for entry in sys.path if entry)])
        arguments = [str(os.getpid()), str(self._output), self._executor, str(port)]
        return subprocess.Popen(
            [sys.executable, "-m", "pilothouse.home", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # As the interchange: Jupyter ends a kernel's process group before the kernel has
            # cleaned up.
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
        )
