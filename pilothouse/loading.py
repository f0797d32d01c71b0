"""``pilothouse.load()``: one Parsl on one pool, again and again in one kernel."""

from __future__ import annotations

import atexit
import os
import threading
from dataclasses import dataclass, field
from types import FunctionType

import parsl
from parsl import Config
from parsl.dataflow import dflow
from parsl.dataflow.dflow import DataFlowKernel
from parsl.errors import NoDataFlowKernelError

from .asks import checked_ask, warn_if_capped
from .away import warn_if_away
from .configuration import config_with, made, profile_of
from .errors import PilothouseError
from .interchange import warm
from .leaving import hasten
from .lending import link
from .lending.dataflow import settle, unfinished
from .lending.executor import PilothouseExecutor
from .stack import know_callers

FAIL_SECONDS = 5.0
"""How long ``restart=True`` waits for Parsl to have failed all tasks."""


@dataclass
class _Loaded:
    """What this kernel has loaded."""

    name: str
    logs: bool
    keywords: dict[str, object]
    executor: PilothouseExecutor
    dfk: DataFlowKernel
    owner: int = field(default_factory=os.getpid)

    @property
    def is_alive(self) -> bool:
        return not self.dfk.cleanup_called and not self.executor.bad_state_is_set

    @property
    def unfinished(self) -> int:
        return unfinished(self.dfk)


_lock = threading.RLock()
_loaded: _Loaded | None = None


def load(
    name: str,
    blocks: int | None = None,
    auto: tuple[int, int] | None = None,
    restart: bool = False,
    logs: bool = False,
    **config_kwargs: object,
) -> DataFlowKernel:
    """Loads Parsl with the pilots of a profile; apps called from then on run there.

    :param name: the profile's name, such as ``"local"``.
    :param blocks: asks for so many pilots; or
    :param auto: for as many as the tasks need, at least and at most these, ``(0, 20)``. Without
        either the profile decides.
    :param restart: makes all anew, and fails the futures of unfinished tasks first.
    :param logs: writes Parsl's own log files, in all its processes.
    :param config_kwargs: go to ``parsl.Config``; ``retries`` counts exceptions of the app only.
    :returns: Parsl's DataFlowKernel; its ``cleanup()`` closes everything.
    :raises PilothouseError: with what happened and what to do.

    Called again in the same kernel it changes the number of pilots in place. What else differs
    is loaded anew if no task is unfinished; otherwise it raises ``unfinished_tasks``.
    """
    global _loaded
    ask = checked_ask(blocks, auto)
    with _lock:
        before = _before(name)
        if before is not None and before.is_alive and not restart:
            differences = _differences(before, name, logs, config_kwargs)
            if not differences:
                profile = before.executor.profile
                before.executor.ask_for(ask or profile.default_ask())
                warn_if_capped(ask, profile.name, profile.high)
                with link.hold() as bridge:
                    warn_if_away(bridge, name)
                return before.dfk
            if before.unfinished:
                raise PilothouseError(
                    "unfinished_tasks",
                    {"difference": "; ".join(differences), "count": before.unfinished},
                )
        with link.hold() as bridge:
            # Made before anything is ended, so that a mistyped name or keyword costs nothing.
            profile = profile_of(name, "load")
            warn_if_away(bridge, name)
            executor = made(profile, name, ask, logs)
            try:
                config = config_with(executor, config_kwargs)
            except BaseException:
                executor.shutdown()
                raise
            if before is not None:
                _end(before)
            warm.start()
            _loaded = _Loaded(name, logs, config_kwargs, executor, _started(executor, config))
            _be_first_at_exit()
        return _loaded.dfk


def _before(name: object) -> _Loaded | None:
    """What is loaded by us.

    :raises PilothouseError: ``parsl_already_loaded`` by somebody else; ``forked``.
    """
    try:
        dfk = parsl.dfk()
    except NoDataFlowKernelError:
        return None if _loaded is None or _loaded.dfk.cleanup_called else _loaded
    if _loaded is None or _loaded.dfk is not dfk:
        raise PilothouseError("parsl_already_loaded", {"name": str(name)})
    if _loaded.owner != os.getpid():
        raise PilothouseError("forked")
    return _loaded


def _started(executor: PilothouseExecutor, config: Config) -> DataFlowKernel:
    # A DataFlowKernel whose executor raises while it is made leaves a thread behind for ever;
    # one that is whole can be cleaned up.
    executor.raises = False
    know_callers(dflow)
    try:
        dfk = parsl.load(config)
    except BaseException:
        executor.shutdown()
        raise
    if executor.failure is not None:
        dfk.cleanup()
        raise executor.failure
    return dfk


def _end(loaded: _Loaded) -> None:
    """Cleans up, with no future left waiting."""
    global _loaded
    if loaded.unfinished:
        loaded.executor.set_bad_state_and_fail_all(PilothouseError("restarted"))
        settle(loaded.dfk.run_id, FAIL_SECONDS)
    if not loaded.dfk.cleanup_called:
        loaded.dfk.cleanup()
    _loaded = None


def _differences(before: _Loaded, name: str, logs: bool, keywords: dict[str, object]) -> list[str]:
    """What is not as it was loaded, in words; numbers of pilots apart."""
    found = []
    if before.name != name:
        found.append(f"profile {before.name!r} instead of {name!r}")
    if before.logs != logs:
        found.append(f"logs={before.logs} instead of {logs}")
    for key in sorted({*before.keywords, *keywords}):
        if key not in keywords:
            found.append(f"{key} was given")
        elif key not in before.keywords:
            found.append(f"{key} was not given")
        elif not _same(before.keywords[key], keywords[key]):
            found.append(f"another {key}")
    return found


def _same(one: object, other: object) -> bool:
    """Equal, or the same function defined again by running its cell again."""
    if isinstance(one, FunctionType) and isinstance(other, FunctionType):
        return (one.__code__, one.__defaults__, one.__closure__) == (
            other.__code__, other.__defaults__, other.__closure__,
        )  # fmt: skip
    return bool(one is other or one == other)


def _at_exit() -> None:
    with _lock:
        if _loaded is not None and _loaded.owner == os.getpid():
            _end(_loaded)
    warm.stop()
    hasten()


def _be_first_at_exit() -> None:
    """Parsl's own handler, made with each DataFlowKernel, only warns that cleanup() was not called
    (Parsl issue 3165); what was registered last is called first."""
    atexit.unregister(_at_exit)
    atexit.register(_at_exit)
