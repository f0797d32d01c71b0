"""Takes what a thread knows of its cell along into threads and pools that it starts.

Python has no hook for this before 3.14's `Thread(context=...)`, so while a run is loaded
`threading.Thread.start` and `concurrent.futures.ThreadPoolExecutor.submit` are wrapped, as
OpenTelemetry's threading instrumentation does. Parsl's own threads and pools are told apart by
who calls: they serve all cells and belong to none.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from types import FrameType
from typing import TypeAlias

from parsl.dataflow.dflow import DataFlowKernel

#: Whose threads are nobody's: a pool's threads take each call's maker, not their starter's.
_SERVING = ("parsl", "pilothouse", "concurrent.futures.thread", "ipykernel", "zmq")
_PARSL = ("parsl", "pilothouse")
#: The executor on which Parsl runs the bodies of join apps.
_PARSL_THREADS = "parsl.executors.threads"
_LAUNCH = DataFlowKernel.launch_task.__code__

Seat: TypeAlias = Callable[[threading.Thread], None]
#: Given the task (run, id) whose body is being launched, or None for the caller's own maker:
#: what is to call the function in the other thread, or None if nothing is to be carried.
Carry: TypeAlias = Callable[[tuple[str, int] | None], "Callable[..., object] | None"]


def _of(frame: FrameType, packages: tuple[str, ...]) -> bool:
    """Whether the frame's module is one of these packages or in one."""
    return _belongs(str(frame.f_globals.get("__name__")), packages)


@lru_cache(maxsize=1024)  # asked for every task
def _belongs(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def _launched_task(frame: FrameType) -> tuple[str, int] | None:
    """The task that Parsl's thread executor is being given, from the frame of launch_task."""
    launching = frame.f_back
    if launching is None or launching.f_code is not _LAUNCH:
        return None
    # Not passed on by Parsl in any other way: a thread executor's function knows no task id.
    record = launching.f_locals["task_record"]
    return record["dfk"].run_id, record["id"]


class Carrier:
    """The two wrappers; `close` puts back exactly what was there."""

    def __init__(self, seat: Seat, carry: Carry) -> None:
        self._live = True
        start = threading.Thread.start
        submit = ThreadPoolExecutor.submit
        carrier = self

        def start_seated(thread: threading.Thread) -> None:
            if carrier._live and not _of(sys._getframe(1), _SERVING):
                seat(thread)
            start(thread)

        def submit_carried(
            pool: ThreadPoolExecutor,
            fn: Callable[..., object],
            /,
            *args: object,
            **kwargs: object,
        ) -> Future[object]:
            if carrier._live:
                caller = sys._getframe(1)
                outer: tuple[str, int] | None = None
                if _of(caller, _PARSL):
                    if caller.f_globals.get("__name__") == _PARSL_THREADS:
                        outer = _launched_task(caller)
                    if outer is None:
                        return submit(pool, fn, *args, **kwargs)
                through = carry(outer)
                if through is not None:
                    return submit(pool, through, fn, *args, **kwargs)
            return submit(pool, fn, *args, **kwargs)

        self._wraps: tuple[tuple[type, str, object, object], ...] = (
            (threading.Thread, "start", start, start_seated),
            (ThreadPoolExecutor, "submit", submit, submit_carried),
        )
        for owner, name, _, wrapper in self._wraps:
            setattr(owner, name, wrapper)

    def close(self) -> None:
        """Idempotent. A wrapper that others have wrapped since stays, and only passes on."""
        self._live = False
        for owner, name, original, wrapper in self._wraps:
            if owner.__dict__.get(name) is wrapper:
                setattr(owner, name, original)
