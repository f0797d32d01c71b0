"""Packages whose own code is put off until somebody asks for what it defines.

An interchange and a worker pool need some modules of Parsl's, and each lies in a package that
imports all of Parsl: what nobody there uses takes as long again, and more, as what is used. The
packages are not changed: their code runs as ever once a name of theirs is looked up that is no
module of theirs.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType

PARSL = (
    *("parsl", "parsl.executors", "parsl.executors.high_throughput"),
    *("parsl.monitoring", "parsl.monitoring.radios"),
)
"""Those that only lead to what is needed."""

_RUNS = "__pilothouse_runs__"
_one_at_a_time = threading.RLock()
# A process that is forked while another thread runs a package's code would find it half run, and
# the lock held by a thread that it has not.
os.register_at_fork(
    before=_one_at_a_time.acquire,
    after_in_parent=_one_at_a_time.release,
    after_in_child=_one_at_a_time.release,
)


class Deferred(ModuleType):
    """A package that is there for its modules, and has not run its own code yet."""

    def __getattr__(self, name: str) -> object:
        # `from package import module` asks here first, and imports the module if told that there
        # is no such name.
        if PathFinder.find_spec(f"{self.__name__}.{name}", self.__path__) is not None:
            raise self._lacks(name)
        with _one_at_a_time:
            if _RUNS in vars(self):  # its own code asks for what it has not defined yet
                raise self._lacks(name)
            Deferred.complete(self)  # it may have become a plain module while this waited
        value: object = getattr(self, name)
        return value

    def complete(self) -> None:
        """Runs its own code, if that has not begun to run."""
        with _one_at_a_time:
            if type(self) is Deferred and _RUNS not in vars(self):
                self._run()

    def _run(self) -> None:
        spec = self.__spec__
        assert spec is not None
        assert spec.loader is not None
        vars(self)[_RUNS] = True
        try:
            spec.loader.exec_module(self)
        finally:
            del vars(self)[_RUNS]
        object.__setattr__(self, "__class__", ModuleType)

    def _lacks(self, name: str) -> AttributeError:
        return AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def defer(packages: Iterable[str]) -> None:
    """Puts off these, each named after the one that it lies in. What is imported already, or is
    no package, is left alone."""
    for name in packages:
        if name in sys.modules:
            continue
        spec = find_spec(name)
        if spec is None or spec.loader is None or spec.submodule_search_locations is None:
            continue
        package = module_from_spec(spec)
        package.__class__ = Deferred
        sys.modules[name] = package
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, package)


class _Completer(MetaPathFinder):
    """See :func:`complete_before_modules`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        packages = fullname.split(".")[:-1]
        for end in range(1, len(packages) + 1):
            package = sys.modules.get(".".join(packages[:end]))
            if isinstance(package, Deferred):
                Deferred.complete(package)
        there = sys.modules.get(fullname)
        if there is None:
            return None
        # importlib takes the spec of a module that has come meanwhile for the one that was found.
        found = ModuleSpec(fullname, _There(there))
        there.__spec__ = found
        return found


class _There(Loader):
    """Gives a module that its package's own code has imported meanwhile."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def complete_before_modules() -> None:
    """From now on a module that nobody has imported yet is imported as ever: behind its packages'
    own code. A person's code may ask for any of them, and some of Parsl's import each other in
    circles that only that order undoes (``parsl.config``, ``parsl.dataflow.dflow``).
    """
    if not any(isinstance(finder, _Completer) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Completer())
