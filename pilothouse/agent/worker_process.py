"""The processes that a pool starts: with the lease's surroundings and an output of their own.

A fork server is started before a lease is known, so that its children have the agent's
environment, folder and ``sys.path``. What holds for the lease therefore travels in the
Process object, which sets it before the worker's code runs.
"""

from __future__ import annotations

import io
import multiprocessing.context
import multiprocessing.process
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping

POOL_OUTPUT = "pool.out"
"""File in the lease's folder for what manager and multiprocessing's server print."""

FOLDER_VARIABLE = "PILOTHOUSE_LEASE_FOLDER"
_WORKER_NAME = re.compile(r"HTEX-Worker-(\d+)$")  # process_worker_pool.Manager._start_worker


def redirect_output(path: str) -> None:
    """Makes ``path`` this process's fd 1 and 2, appended to, readable (for what tasks printed)."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
    finally:
        os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # by lines, so that prints and what subprocesses write keep their order
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


class _Surroundings:
    """Environment, folder, sys.path and umask of the process that made it, to be set in another."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self.folder = os.getcwd()
        self.path = list(sys.path)
        self.umask = os.umask(0o077)  # there is no way to read it without setting it
        os.umask(self.umask)

    def enter(self) -> None:
        os.umask(self.umask)
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        sys.path[:] = self.path


class _PoolProcess(multiprocessing.process.BaseProcess):
    """Enters the surroundings of the pool first, however it is started."""

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[object] = (),
        kwargs: Mapping[str, object] = {},
        *,
        daemon: bool | None = None,
    ) -> None:
        super().__init__(group, target, name, args, dict(kwargs), daemon=daemon)
        self._pilothouse = _Surroundings()

    def run(self) -> None:
        surroundings = self._pilothouse
        surroundings.enter()
        rank = _WORKER_NAME.match(self.name)
        output = f"worker-{rank.group(1)}.out" if rank else POOL_OUTPUT
        redirect_output(os.path.join(surroundings.environment[FOLDER_VARIABLE], output))
        super().run()


class ForkServerWorker(_PoolProcess, multiprocessing.context.ForkServerProcess):
    """A child of the fork server."""


class SpawnWorker(_PoolProcess, multiprocessing.context.SpawnProcess):
    """A process of a pool that is a plain child: a fresh interpreter."""


class ForkServerPoolContext(multiprocessing.context.ForkServerContext):
    """A fork server context whose processes are :class:`ForkServerWorker`."""

    Process = ForkServerWorker


class SpawnPoolContext(multiprocessing.context.SpawnContext):
    """A spawn context whose processes are :class:`SpawnWorker`."""

    Process = SpawnWorker
