"""The process that becomes a pool: has Parsl imported, waits for one lease, runs HTEX's module.

Forked by a keeper that was forked from the zygote, or (plain) started as
``python -m pilothouse_agent.pool_process FD``.
"""

from __future__ import annotations

import multiprocessing.context
import os
import pickle
import runpy
import socket
import sys

from . import fork_server
from .command import POOL_MODULE
from .control import receive_message
from .lease import Lease
from .pool_context import PoolContext
from .processes import NEUTRAL_FOLDER
from .worker_process import (
    POOL_OUTPUT,
    ForkServerPoolContext,
    SpawnPoolContext,
    redirect_output,
)

PRELOAD = __package__ + ".preload"
READY = b"ready\n"
RUNNING = b"running\n"


def serve(keeper: socket.socket, *, forked: bool) -> None:
    """Waits for a lease and runs the pool to its end; returns without one if the keeper ends."""
    if forked:
        fork_server.start(PRELOAD)
    keeper.sendall(READY)
    content = receive_message(keeper)
    if content is None:
        return
    lease = Lease.decode(content)
    _enter(lease)
    keeper.sendall(RUNNING)
    keeper.close()
    _run(lease, ForkServerPoolContext() if forked else SpawnPoolContext())


def _enter(lease: Lease) -> None:
    redirect_output(os.path.join(lease.folder, POOL_OUTPUT))
    os.umask(lease.umask)
    os.environ.clear()
    os.environ.update(lease.environment)
    try:
        os.chdir(lease.working_folder)
    except OSError as error:
        sys.stderr.write(f"pilothouse: tasks run in {lease.fallback_folder}: {error}\n")
        os.chdir(lease.fallback_folder)
    before = [entry for entry in sys.path if entry not in (*lease.path, NEUTRAL_FOLDER)]
    # Last, so that modules which a profile brings along are found, and hide none of others.
    sys.path[:] = [*lease.path, *before, lease.fallback_folder]


def _run(lease: Lease, context: multiprocessing.context.BaseContext) -> None:
    import importlib.metadata

    import parsl.multiprocessing

    from . import packages
    from .logs import PoolLog

    log = PoolLog(os.path.join(lease.folder, "pool.log"), lease.log_level)
    with open(lease.log_config, "xb") as file:
        pickle.dump(log, file)
    # The pool module takes both by these public names; a test guards that it still does.
    vars(importlib.metadata)["distributions"] = packages.distributions
    vars(parsl.multiprocessing)["SpawnContext"] = PoolContext(context)
    sys.argv = [POOL_MODULE, *lease.arguments]
    runpy.run_module(POOL_MODULE, run_name="__main__", alter_sys=True)


def main() -> None:
    """``python -m pilothouse_agent.pool_process FD``: a plain child."""
    from . import preload  # noqa: F401 - Parsl is imported before there is a lease

    with socket.socket(fileno=int(sys.argv[1])) as keeper:
        serve(keeper, forked=False)


if __name__ == "__main__":
    main()
