"""Parsl's task states as they happen, for next to nothing.

Parsl's DataFlowKernel writes each change as a log record with machine-readable fields
(`parsl.task`, `parsl.task_state`, ...; Parsl pull request 4124). While a tap is open, its logger
has a subclass of its class whose `info` notes those fields before it asks whether anyone wants a
record at all, so no level needs to be lowered and no record is made for us.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias, TypedDict, cast

from parsl.app.futures import DataFuture
from parsl.dataflow.dflow import DataFlowKernel
from parsl.dataflow.futures import AppFuture
from parsl.dataflow.taskrecord import TaskRecord

from . import cells
from .events import Event, Failed, Launched, Outcome, StateChanged, Submitted

LOGGER_NAME = "parsl.dataflow.dflow"

Put: TypeAlias = Callable[[Event], None]
#: The fields that Parsl adds to its records; which of them, says what happened.
_Fields = TypedDict(
    "_Fields",
    {
        "parsl.dfk": str,
        "parsl.task": int,
        "parsl.task_state": str,
        "parsl.app_name": str,
        "parsl.dependency_task": int,
        "parsl.dependency_object": str,
        "parsl.executor": str,
        "parsl.executor_task": object,
    },
    total=False,
)


class Sink(Protocol):
    """Where events go; must only store them, since Parsl holds its locks meanwhile."""

    def put(self, event: Event, /) -> None: ...


class _Draft(threading.local):
    """A submission in this thread, which Parsl tells in several records, the last with its run."""

    task: int | None = None
    app: str = ""
    depends_on: tuple[int, ...] = ()
    others: int = 0


_draft = _Draft()
_taps: dict[str, Tap] = {}
_lock = threading.Lock()
_class_before: type[logging.Logger] | None = None
_tapped_class: type[logging.Logger] | None = None


class Tap:
    """Passes what happens in one run to one sink, until closed."""

    def __init__(self, dfk: DataFlowKernel, sink: Sink) -> None:
        self.run_id = dfk.run_id
        self.put: Put = sink.put
        #: Changes that could not be noted; their tasks may look older than they are.
        self.missed = 0
        self._dfk = dfk
        self._executors: dict[str, str | None] = {}
        self._watching = cells.watch()

    def executor_id(self, label: str) -> str | None:
        """The bridge's id of an executor, if it is one of Pilothouse's."""
        if label not in self._executors:
            given = getattr(self._dfk.executors.get(label), "executor_id", None)
            self._executors[label] = given if isinstance(given, str) else None
        return self._executors[label]

    def record(self, task: int) -> TaskRecord | None:
        """Parsl's record of a task that is not finished."""
        return self._dfk.tasks.get(task)

    def close(self) -> None:
        """Idempotent. With the last tap the logger gets its own class back."""
        global _class_before, _tapped_class
        with _lock:
            if _taps.get(self.run_id) is not self:
                return
            del _taps[self.run_id]
            if not _taps and _class_before is not None:
                logger = logging.getLogger(LOGGER_NAME)
                # Whoever changed the class after us has built on ours, which now only passes on.
                if type(logger) is _tapped_class:
                    logger.__class__ = _class_before
                _class_before = _tapped_class = None
        self._watching.close()


def install(dfk: DataFlowKernel, reporter: Sink) -> Tap:
    """Opens a tap on a run.

    :param reporter: gets an `Event` for each change, in whatever thread it happens.
    :raises ValueError: the run has one already.
    """
    global _class_before, _tapped_class
    with _lock:
        if dfk.run_id in _taps:
            raise ValueError(f"run {dfk.run_id} is tapped already")
        tap = Tap(dfk, reporter)
        _taps[dfk.run_id] = tap
        if _class_before is None:
            logger = logging.getLogger(LOGGER_NAME)
            _class_before = type(logger)
            _tapped_class = _tapped(_class_before)
            logger.__class__ = _tapped_class
    return tap


def _tapped(base: type[logging.Logger]) -> type[logging.Logger]:
    """A subclass of the logger's class, whatever that is, so that nothing else changes."""

    def info(
        logger: logging.Logger,
        msg: object,
        *args: object,
        extra: _Fields | None = None,
        exc_info: BaseException | bool | None = None,
        stack_info: bool = False,
        stacklevel: int = 1,
    ) -> None:
        if extra:
            _note(extra)
        if logger.isEnabledFor(logging.INFO) and _is_heard(logger):
            base.info(
                logger,
                msg,
                *args,
                extra=cast(Mapping[str, object], extra),
                exc_info=exc_info,
                stack_info=stack_info,
                stacklevel=stacklevel + 1,  # the caller's line, not this one
            )

    return type(f"Tapped{base.__name__}", (base,), {"info": info})


def _is_heard(logger: logging.Logger) -> bool:
    """Whether any handler takes INFO; a level set low with no such handler wants no record."""
    here: logging.Logger | None = logger
    while here is not None:
        if any(handler.level <= logging.INFO for handler in here.handlers):
            return True
        here = here.parent if here.propagate else None
    return False


def _note(extra: _Fields) -> None:
    """Never raises, never blocks: Parsl is in the middle of changing a task's state."""
    try:
        if "parsl.task_state" in extra:
            tap = _taps.get(extra["parsl.dfk"])
            if tap is not None:
                _note_state(tap, extra["parsl.task"], extra["parsl.task_state"])
        elif "parsl.executor" in extra and "parsl.task" in extra:
            tap = _taps.get(extra["parsl.dfk"])
            if tap is not None:
                _note_launch(tap, extra)
        elif "parsl.task" in extra:
            _note_submission(extra["parsl.task"], extra)
    except Exception:  # noqa: BLE001 - whatever it is, the user's call goes on; it is counted
        for tap in list(_taps.values()):
            tap.missed += 1


def _note_submission(task: int, extra: _Fields) -> None:
    """Records of `submit` that name no run; all of them come in the submitting thread."""
    draft = _draft
    if draft.task != task:
        draft.task, draft.app, draft.depends_on, draft.others = task, "", (), 0
    if "parsl.app_name" in extra:
        draft.app = extra["parsl.app_name"]
    elif "parsl.dependency_task" in extra:
        draft.depends_on += (extra["parsl.dependency_task"],)
    elif "parsl.dependency_object" in extra:
        draft.others += 1


def _note_state(tap: Tap, task: int, state: str) -> None:
    now = time.time()
    draft = _draft
    if state == "pending" and draft.task == task:
        draft.task = None
        maker = cells.current()
        tap.put(Submitted(now, task, draft.app, draft.depends_on, draft.others, maker))
    elif state == "failed" or state == "dep_fail":
        record = tap.record(task)
        if record is not None:
            tap.put(Failed(now, task, state, lambda: _outcome(record)))
    else:
        tap.put(StateChanged(now, task, state))


def _note_launch(tap: Tap, extra: _Fields) -> None:
    label = extra["parsl.executor"]
    number = extra.get("parsl.executor_task")
    number = number if isinstance(number, int) else None
    now = time.time()
    tap.put(Launched(now, extra["parsl.task"], label, tap.executor_id(label), number))


def _outcome(record: TaskRecord) -> Outcome | None:
    """What a failed task's future says; Parsl sets it just after it has written the record."""
    future = record["app_fu"]
    if not future.done():
        return None
    error = future.exception(timeout=0)
    if error is None:
        return None
    failed_input: int | None = None
    for used in record["depends"]:
        # isinstance first: an unknown attribute of an AppFuture makes a task (parsl futures.py).
        if isinstance(used, (AppFuture, DataFuture)) and used.done() and used.exception():
            failed_input = used.tid
            break
    return Outcome(error, failed_input)
