"""Jupyter's interrupt button, at moments when Parsl must not be interrupted.

A KeyboardInterrupt inside an app call leaves a task pending for ever, or Parsl's launch pool
locked for good (32 of 60 interrupts of a loop that submits, and 9 of 12 runs). So while a
cell runs, an interrupt that lands in `DataFlowKernel.submit` is put off until that very call
returns, a fraction of a millisecond later. To look again after a time instead finds such a loop
inside the next call nearly always: it is there, at Parsl's locks, that its thread gives way.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Literal, TypeAlias

from parsl.dataflow.dflow import DataFlowKernel
from parsl.dataflow.states import States

from . import cells

#: After so long in one call the interrupt is let through: that call may never end.
AT_MOST_SECONDS = 5.0
#: How soon to look again where a profiler keeps us from being told of the call's return.
AGAIN_SECONDS = 0.0005

_SUBMIT = DataFlowKernel.submit.__code__

Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | None
ProfileFunction: TypeAlias = Callable[[FrameType, str, object], None]
_Order: TypeAlias = Literal["put off", "look again", "delivered", "rescue", "end"]


class Interrupts:
    """Puts off interrupts for all runs that are added, while a cell runs in the main thread."""

    def __init__(self, shell: cells.Shell) -> None:
        self._shell = shell
        self._runs: list[DataFlowKernel] = []
        self._previous: Handler = None
        self._putting_off_since: float | None = None
        self._told_of_return = False
        self._interrupted = False
        self._closed = False
        # A timer signal would take SIGALRM from the user, and a handler must start no thread
        # (threading's own locks may be held below it); SimpleQueue.put is safe in a handler.
        self._orders: SimpleQueue[_Order] = SimpleQueue()
        self._thread = threading.Thread(
            target=self._serve, name="pilothouse-interrupts", daemon=True
        )
        self._thread.start()
        shell.events.register("pre_execute", self._entering)
        shell.events.register("post_execute", self._leaving)
        self._entering()  # load() is called by a cell

    def add(self, dfk: DataFlowKernel) -> None:
        """Tasks of this run that an interrupt left pending are launched."""
        self._runs.append(dfk)

    def remove(self, dfk: DataFlowKernel) -> bool:
        """True if no run is left."""
        self._runs.remove(dfk)
        return not self._runs

    def _entering(self) -> None:
        """ipykernel sets a handler of its own before each cell; ours goes on top of that."""
        if threading.current_thread() is not threading.main_thread():
            return  # a subshell's cell: signals go to the main thread
        present = signal.getsignal(signal.SIGINT)
        if present != self._handle:
            self._previous = present
            signal.signal(signal.SIGINT, self._handle)

    def _leaving(self) -> None:
        if self._interrupted:
            self._interrupted = False
            self._orders.put("rescue")

    def _handle(self, number: int, frame: FrameType | None) -> None:
        call = None if self._closed else _app_call(frame)
        if call is None or not self._may_wait():
            self._deliver(number, frame)
        elif self._told_of_return:
            pass  # pressed again: it is on its way
        elif sys.getprofile() is not None:
            self._orders.put("look again")
        else:
            self._orders.put("put off")
            self._told_of_return = True
            sys.setprofile(self._until_return_of(call, number))

    def _until_return_of(self, call: FrameType, number: int) -> ProfileFunction:
        def profile(frame: FrameType, event: str, _: object) -> None:
            if frame is call and event == "return":
                self._deliver(number, frame)

        return profile

    def _deliver(self, number: int, frame: FrameType | None) -> None:
        if self._told_of_return:
            self._told_of_return = False
            sys.setprofile(None)
        if self._putting_off_since is not None:
            self._putting_off_since = None
            self._orders.put("delivered")
        self._interrupted = True
        previous = self._previous
        if callable(previous):
            previous(number, frame)
        elif previous == signal.SIG_DFL:
            raise KeyboardInterrupt

    def _may_wait(self) -> bool:
        now = time.monotonic()
        if self._putting_off_since is None:
            self._putting_off_since = now
        return now - self._putting_off_since < AT_MOST_SECONDS

    def _serve(self) -> None:
        main = threading.main_thread().ident or 0
        deadline: float | None = None
        while True:
            try:
                order = self._orders.get(
                    timeout=None if deadline is None else max(0, deadline - time.monotonic())
                )
            except Empty:
                deadline = None
                signal.pthread_kill(main, signal.SIGINT)
                continue
            match order:
                case "put off":
                    deadline = deadline or time.monotonic() + AT_MOST_SECONDS
                case "look again":
                    time.sleep(AGAIN_SECONDS)
                    signal.pthread_kill(main, signal.SIGINT)
                case "delivered":
                    deadline = None
                case "rescue":
                    for dfk in list(self._runs):
                        rescue(dfk)
                case "end":
                    return

    def close(self) -> None:
        """Puts the signal handler back that was there."""
        self._shell.events.unregister("pre_execute", self._entering)
        self._shell.events.unregister("post_execute", self._leaving)
        self._closed = True  # from another thread the handler cannot be put back: it passes on
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, self._previous)
        self._orders.put("end")
        self._thread.join(timeout=1)


def _app_call(frame: FrameType | None) -> FrameType | None:
    """The outermost app call on the stack; staging makes calls inside calls."""
    outermost = None
    while frame is not None:
        if frame.f_code is _SUBMIT:
            outermost = frame
        frame = frame.f_back
    return outermost


def rescue(dfk: DataFlowKernel) -> None:
    """Launches tasks that are pending although nothing is missing.

    `launch_if_ready` is public, thread-safe, and harmless for a task that is on its way.
    """
    if dfk.cleanup_called:
        return
    for record in list(dfk.tasks.values()):
        if record["status"] is States.pending and all(d.done() for d in record["depends"]):
            dfk.launch_if_ready(record)


class Protection:
    """Undoes one `install`."""

    def __init__(self, dfk: DataFlowKernel | None) -> None:
        self._dfk = dfk

    def close(self) -> None:
        """Idempotent."""
        global _interrupts
        with _lock:
            dfk, self._dfk = self._dfk, None
            if dfk is not None and _interrupts is not None and _interrupts.remove(dfk):
                _interrupts.close()
                _interrupts = None


_lock = threading.Lock()
_interrupts: Interrupts | None = None


def install(dfk: DataFlowKernel) -> Protection:
    """Protects the app calls of a run from interrupts, in IPython; elsewhere Ctrl-C ends the
    program, and nothing is installed."""
    global _interrupts
    shell = cells.shell()
    if shell is None:
        return Protection(None)
    with _lock:
        if _interrupts is None:
            _interrupts = Interrupts(shell)
        _interrupts.add(dfk)
    return Protection(dfk)
