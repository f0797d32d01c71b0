"""Spares a load what `inspect.stack()` does for each module there is."""

from __future__ import annotations

import inspect
import sys
from types import FrameType, ModuleType


def know_callers(*modules: ModuleType) -> None:
    """Has `inspect` know which modules the files on this thread's stack are, and these.

    A DataFlowKernel looks through its stack for a name of the run. `inspect.stack` then wants each
    frame's module, and for the first it does not know it resolves the paths of all that are
    imported: in a kernel some thousand, 30 ms on a local disk and far more on a network's.
    """
    for module in modules:
        if module.__file__ is not None:
            inspect.modulesbyfile.setdefault(module.__file__, module.__name__)
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if isinstance(name, str):
            inspect.modulesbyfile.setdefault(frame.f_code.co_filename, name)
        frame = frame.f_back
