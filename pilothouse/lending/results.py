"""What a worker's stamp makes of a task's future."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from typing import NamedTuple

from parsl.app.errors import RemoteExceptionWrapper
from parsl.executors.high_throughput.executor import HTEXFuture
from parsl.serialize import deserialize

from ..agent.content import bundle
from ..agent.content.reference import STORED, Stored
from ..content.folder import ContentFolder
from ..content.reading import Reading
from ..errors import PilothouseError
from .packing import STAMP, STAMP_VERSION, Stamp
from .retries import PilotClosed, PilotOutOfTime


class Value(NamedTuple):
    """A task's result."""

    value: object


class Failed(NamedTuple):
    """The exception of a task, or why its result cannot be unpickled here."""

    error: Exception


Outcome = Value | Failed


class FirstWord(HTEXFuture):
    """HTEX's future of a task that we may fail while its result is on the way: the first counts.

    Otherwise the second would end HTEX's result thread, with a traceback in a cell.
    """

    def set_result(self, result: object) -> None:
        with contextlib.suppress(InvalidStateError):
            super().set_result(result)

    def set_exception(self, exception: BaseException | None) -> None:
        with contextlib.suppress(InvalidStateError):
            super().set_exception(exception)


def stamp_of(result: object) -> Stamp | None:
    """The stamp that a worker returned, or None for a result of something else."""
    if (
        isinstance(result, tuple)
        and len(result) == len(Stamp._fields)
        and result[0] == STAMP
        and result[1] == STAMP_VERSION
    ):
        return Stamp(*result)
    return None


def outcome_of(stamp: Stamp, task: int, contents: ContentFolder | None = None) -> Outcome:
    """Unpacks a stamp's payload; ``task`` is HTEX's number of it, for the error's sentence.

    :param contents: where results lie that came beside HTEX.
    """
    if stamp.kind == "refused":
        return Failed(PilotClosed(stamp.pilot))
    if stamp.kind == "lost":
        start = stamp.payload.decode(errors="replace") or stamp.pilot
        return Failed(PilotOutOfTime(start, stamp.pilot))
    data: bundle.Content | None = None
    if contents is not None and stamp.payload.startswith(STORED):
        try:
            data = contents.take(Stored.decode(stamp.payload))
        except (OSError, ValueError) as error:
            return Failed(_lost(task, contents, error))
    try:
        value = deserialize(stamp.payload) if data is None else bundle.load(data, deserialize)
    except Exception as error:  # noqa: BLE001 - unpickling runs the user's code
        if stamp.error is not None:
            return Failed(_told(stamp.error))
        problem = f"{type(error).__name__}: {error}"
        return Failed(PilothouseError("result_unreadable", {"task": task}, words=problem))
    if not isinstance(value, RemoteExceptionWrapper):
        return Value(value)
    try:
        value.reraise()
    except Exception as raised:  # noqa: BLE001 - it is the task's, on its way to its future
        # Parsl wraps the exception as bytes of its own: what unpickling those raises is not it.
        names = {type(raised).__name__, "RuntimeError"}
        if stamp.error is None or stamp.error[0] in names or isinstance(raised, RuntimeError):
            return Failed(raised)
        return Failed(_told(stamp.error))
    return Value(None)


def _lost(task: int, contents: ContentFolder, error: Exception) -> PilothouseError:
    params: dict[str, str | int] = {"task": task, "folder": str(contents.path)}
    return PilothouseError("result_lost", params, words=str(error))


def _told(error: tuple[str, str, str]) -> RuntimeError:
    """In place of an exception whose class does not exist here: what the worker said of it."""
    kind, message, trace = error
    return RuntimeError(f"{kind}: {message}\n{trace}")


def complete(
    outer: HTEXFuture,
    inner: Future[object],
    stamped: Callable[[int, Stamp], None],
    reading: Reading,
) -> None:
    """Completes the future that Parsl's DataFlowKernel has with what HTEX's came to.

    :param stamped: called with HTEX's number and the stamp before the future is done.
    :param reading: reads results that came beside HTEX, later, in a thread of its own.
    """
    error = inner.exception()
    if error is not None:
        outer.set_exception(error)
        return
    result = inner.result()
    stamp = stamp_of(result)
    if stamp is None:
        outer.set_result(result)
        return
    number: int = outer.parsl_executor_task_id
    stamped(number, stamp)
    if stamp.payload.startswith(STORED):
        reading.later(lambda: _settle(outer, outcome_of(stamp, number, reading.contents)))
    else:
        _settle(outer, outcome_of(stamp, number))


def _settle(outer: HTEXFuture, outcome: Outcome) -> None:
    if isinstance(outcome, Failed):
        outer.set_exception(outcome.error)
    else:
        outer.set_result(outcome.value)


def fail_rest(futures: Iterable[Future[object]], error: Exception) -> None:
    """Fails those that are not done."""
    for future in futures:
        # It may be done between a look and this.
        with contextlib.suppress(InvalidStateError):
            future.set_exception(error)
