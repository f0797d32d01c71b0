"""Imports all that a pool and its workers need, once, before they are forked.

Parsl only, never the user's modules, nor numpy: what reads the environment at its import
(OMP_NUM_THREADS) must see the lease's.
"""

from __future__ import annotations

import importlib
import sys

from .command import POOL_MODULE

importlib.import_module(POOL_MODULE)
importlib.import_module("parsl.executors.high_throughput.monitoring_info")
importlib.import_module(__package__ + ".worker")
importlib.import_module(__package__ + ".logs")
importlib.import_module(__package__ + ".worker_process")
importlib.import_module(__package__ + ".pool_context")
# The module itself runs as __main__ in manager and workers; runpy warns of one that is there.
del sys.modules[POOL_MODULE]
