"""Imports all that a pool and its workers need, once, before they are forked.

Parsl only, never the user's modules, nor numpy: what reads the environment at its import
(OMP_NUM_THREADS) must see the lease's.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import types

from . import packages
from .command import POOL_MODULE
from .deferred import PARSL, defer

try:
    # A task that asks for what `import parsl` gives gets it.
    defer(PARSL)
    importlib.import_module(POOL_MODULE)
except ImportError:
    # What is in the way of Parsl as a whole says more than what of it is missing.
    for name in PARSL:
        sys.modules.pop(name, None)
    importlib.import_module("parsl")
    raise
importlib.import_module("parsl.executors.high_throughput.monitoring_info")
importlib.import_module(__package__ + ".worker")
importlib.import_module(__package__ + ".logs")
importlib.import_module(__package__ + ".worker_process")
importlib.import_module(__package__ + ".pool_context")
# The module itself runs as __main__ in manager and workers; runpy warns of one that is there.
del sys.modules[POOL_MODULE]

# multiprocessing runs the main module of who starts a process in that process too; what has its
# name already is left alone (multiprocessing.spawn, `prepare`).
main_of_workers = types.ModuleType("__mp_main__")
main_of_workers.__dict__.update(
    runpy.run_module(POOL_MODULE, run_name="__mp_main__", alter_sys=True)
)
packages.look_up()
