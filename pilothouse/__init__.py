"""Pilothouse: a notebook's Parsl apps on pilot jobs.

``pilothouse.load("local")`` and from then on Parsl as always. The package imports Parsl when the
first of these is used, not before: Jupyter's server imports it too and needs none.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .configuration import config, executor
    from .lending.retries import RetryHandler
    from .loading import load
    from .magics import Shell
    from .status import Status

__all__ = ["RetryHandler", "config", "executor", "load", "load_ipython_extension", "status"]

_MODULES = {
    "load": "pilothouse.loading",
    "config": "pilothouse.configuration",
    "executor": "pilothouse.configuration",
    "RetryHandler": "pilothouse.lending.retries",
    "PilothouseError": "pilothouse.errors",
    "_jupyter_labextension_paths": "pilothouse.server.points",
    "_jupyter_server_extension_points": "pilothouse.server.points",
}


def status(name: str | None = None) -> Status:
    """Pilots and tasks as plain data, with a table for a cell; of one pool if ``name`` is given."""
    from .status import status as status_of

    return status_of(name)


def load_ipython_extension(ipython: Shell) -> None:
    """``%load_ext pilothouse``: the magic ``%pilots``."""
    from . import magics

    magics.load(ipython)


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """Keeps ``executor`` and ``status`` functions: importing a submodule sets an attribute of its
    package, which would hide the function of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def _warm_up() -> None:
    """In a kernel, has an interchange ready by the time ``load()`` is typed."""
    application = sys.modules.get("ipykernel.kernelapp")
    if application is not None and application.IPKernelApp.initialized():
        from .interchange import warm

        warm.start()


# Python prints warnings that nobody handles to standard error, hence into a cell.
logging.getLogger(__name__).addHandler(logging.NullHandler())

_warm_up()
