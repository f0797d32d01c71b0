"""What an HTEX worker calls for each task: runs it and stamps the result.

Named by the kernel side as ``task_executor`` of ``submit_payload`` (Parsl's plug point).
Whatever happens to the task, :func:`run` returns a stamp; the worker goes on.
"""

from __future__ import annotations

import functools
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable
from types import TracebackType

from parsl.app.errors import RemoteExceptionWrapper
from parsl.serialize import deserialize, serialize

from . import printed
from .content import bundle
from .content.bundle import INLINE_BYTES, PICKLE_MARK, Bundle
from .content.worker import Contents
from .deferred import complete_before_modules
from .payload import is_beside, unpack, unpack_beside
from .slots import END_SIGNAL, WorkerSlot

Stamp = tuple[
    str, int, str, int, float, float, str, str, bytes, "tuple[str, str, str] | None"
]  # fmt: skip
"""``("pilothouse.stamp", 1, pilot, worker, startedAtMs, endedAtMs, printed, kind, payload,
error)``, see docs/architecture.md, "The life of a task"."""

STAMP = "pilothouse.stamp"
STAMP_VERSION = 1
# src/protocol/limits.ts: errorMessageChars, tracebackChars
ERROR_MESSAGE_CHARS = 2000
TRACEBACK_CHARS = 16_384

REFUSAL_SECONDS = 0.5
"""How long a worker that begins no task any more keeps the one it got."""

_FUNCTIONS_KEPT = 256
# Parsl's header for data (parsl.serialize, DillSerializer): dill reads every plain pickle
_DATA_HEADER = b"02\n"
_PLAIN = frozenset({type(None), bool, int, float, complex, str})
_HERE = __file__


class _Place:
    """Who this worker is; found at its first task, since Parsl says the rank at start only."""

    def __init__(self) -> None:
        complete_before_modules()
        _tell_dill_main()
        self.pilot = os.environ.get("PILOTHOUSE_PILOT", "")
        self.worker = int(os.environ.get("PARSL_WORKER_RANK", "0"))
        self.interruption = _Interruption()
        self.contents = Contents(os.environ)
        self.slot: WorkerSlot | None = None
        path = os.environ.get("PILOTHOUSE_SLOTS")
        if path:
            try:
                self.slot = WorkerSlot(path, self.worker)
            except (OSError, ValueError) as error:
                sys.stderr.write(f"pilothouse: running tasks stay unseen: {error}\n")


def _tell_dill_main() -> None:
    """What a notebook defines gets ``__main__``'s names here, by dill, which has taken for
    ``__main__`` what was that when it was imported: the zygote, all of which would then go home
    with such a result. In Parsl's own workers it is imported later."""
    dill = sys.modules.get("dill._dill")
    if dill is not None and "_main_module" in vars(dill):
        vars(dill)["_main_module"] = sys.modules["__main__"]


_place: _Place | None = None


class PilotEnds(BaseException):
    """Raised in a running task shortly before its pilot ends, so that ``with`` blocks and files
    close; no ``Exception``, because an app that goes on after any of those must end too."""


class _Interruption:
    """Whether a task may be interrupted just now, and whether it was."""

    def __init__(self) -> None:
        self.allowed = False
        self.happened = False
        try:
            signal.signal(END_SIGNAL, self._caught)
        except ValueError:
            return  # not the main thread: the task ends with the pilot, without a warning

    def _caught(self, number: int, frame: object) -> None:
        if self.allowed:
            self.allowed = False
            self.happened = True
            raise PilotEnds("the pilot's time is over in less than a minute")


def run(buffer: bytes, executor_task: int) -> Stamp:
    """Runs one task that :func:`.payload.pack` packed; ``executor_task`` is HTEX's own id."""
    global _place
    place = _place
    if place is None:
        place = _place = _Place()
    started_at_ms = time.time() * 1000
    if place.slot is not None:
        if place.slot.closed:
            # The interchange would give it, or the next, at once to a worker that is free again.
            time.sleep(REFUSAL_SECONDS)
            return (
                STAMP, STAMP_VERSION, place.pilot, place.worker, started_at_ms, started_at_ms,
                "", "refused", b"", None,
            )  # fmt: skip
        place.slot.note(executor_task, started_at_ms)
    interruption = place.interruption
    printed_from = printed.here()
    function: Callable[..., object] | None = None
    error: tuple[str, str, str] | None = None
    try:
        if is_beside(buffer):
            function, args, kwargs = _brought(buffer, place.contents)
        else:
            function_bytes, args_bytes = unpack(buffer)
            function = _function(bytes(function_bytes))
            args, kwargs = _arguments(args_bytes)
        interruption.happened = False
        interruption.allowed = True
        value = function(*args, **kwargs)
        interruption.allowed = False
    except BaseException as raised:  # noqa: BLE001 - sys.exit() in an app must not end the worker
        interruption.allowed = False
        if interruption.happened:
            # whatever the app made of it: its end is the pilot's, and it runs again elsewhere
            # with the pool start, by which its burial is known to be the same loss
            kind, payload = "lost", os.environ.get("PARSL_WORKER_POOL_ID", "").encode()
        else:
            kind = "error"
            payload, error = _failure(raised)
    else:
        try:
            kind = "value"
            packed = _packed(value)
        except BaseException as raised:  # noqa: BLE001 - __reduce__ is the user's code as well
            kind = "error"
            payload, error = _failure(_unserializable(function, value, raised))
        else:
            try:
                payload = _sent(packed, place.contents, executor_task)
            except Exception as problem:  # noqa: BLE001 - of a disk, of the way home, of memory
                kind = "error"
                payload, error = _failure(problem)
            del packed
        del value
    if kind == "error" and len(payload) > INLINE_BYTES:
        payload = _sent_if_can_be(payload, place.contents, executor_task)
    words = printed.since(printed_from)
    if place.slot is not None:
        place.slot.clear()
    ended_at_ms = time.time() * 1000
    return (
        STAMP, STAMP_VERSION, place.pilot, place.worker, started_at_ms, ended_at_ms,
        words, kind, payload, error,
    )  # fmt: skip


@functools.lru_cache(maxsize=_FUNCTIONS_KEPT)
def _function(function_bytes: bytes) -> Callable[..., object]:
    function: object = deserialize(function_bytes)
    if not callable(function):
        raise TypeError(f"the task's function is a {type(function).__name__}, not callable")
    return function


def _arguments(args_bytes: memoryview) -> tuple[tuple[object, ...], dict[str, object]]:
    if args_bytes and args_bytes[0] == PICKLE_MARK:
        args, kwargs = pickle.loads(args_bytes)
    else:
        args, kwargs = deserialize(bytes(args_bytes))
    return args, kwargs


def _brought(
    buffer: bytes, contents: Contents
) -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
    """Function and arguments of a task some of which went by content.

    :raises OSError: something did not come.
    """
    function_bytes, args_bytes, references = unpack_beside(buffer)
    small, kwargs = _arguments(args_bytes)
    args = list(small)
    for place, reference in references.items():
        if place is None:
            data = contents.bring(reference, "the task's function")
            function_bytes = bundle.first_piece(data)
            continue
        what = f"argument {place + 1 if isinstance(place, int) else repr(place)}"
        # Equal content is not the same object: each place has one of its own to write to.
        value = bundle.load(contents.bring(reference, what), deserialize)
        if isinstance(place, int):
            args[place] = value
        else:
            kwargs[place] = value
    return _function(bytes(function_bytes)), tuple(args), kwargs


def _packed(value: object) -> Bundle:
    """A result; by C pickle where that is sure to be the same as by Parsl's ``serialize``.

    dill (a pickler in Python) is needed for what was defined in ``__main__`` or has no
    importable name: pickle fails on it or names ``__main__``.
    """
    if type(value) in _PLAIN:
        return Bundle([pickle.dumps(value, 5)])
    try:
        packed = bundle.by_pickle(value)
    except Exception:  # noqa: BLE001 - __reduce__ may raise anything; dill says what is wrong
        return Bundle([_by_parsl(value)])
    data = packed.pieces[0]
    if b"__main__" in data or b"__mp_main__" in data:
        return Bundle([_by_parsl(value)])
    return packed


def _sent(packed: Bundle, contents: Contents, task: int) -> bytes:
    """The stamp's payload: the result as Parsl's ``deserialize`` reads it, or where it is.

    :raises OSError: it is large and does not get home.
    """
    if contents.known and packed.content > INLINE_BYTES:
        return contents.hand_in(packed, task)
    first, *beside = packed.pieces
    if beside:
        # for a kernel that takes nothing beside HTEX
        first = pickle.dumps(pickle.loads(first, buffers=beside) if first else beside[0], 5)
    return _DATA_HEADER + first if first[0] == PICKLE_MARK else bytes(first)


def _sent_if_can_be(payload: bytes, contents: Contents, task: int) -> bytes:
    try:
        return _sent(Bundle([payload]), contents, task)
    except OSError:
        return payload  # it is an error already: by HTEX it gets there in any case


def _by_parsl(value: object) -> bytes:
    # the threshold only decides on a warning in Parsl's log
    return serialize(value, buffer_threshold=1 << 40)


def _name(function: object) -> str:
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _unserializable(function: object, value: object, raised: BaseException) -> TypeError:
    kind = type(value)
    error = TypeError(
        f"app {_name(function)!r} returned a {kind.__module__}.{kind.__qualname__}, which cannot"
        f" be sent back: {type(raised).__name__}: {raised}. Return plain data or write it to a"
        " file."
    )
    error.__suppress_context__ = True
    return error


def _failure(raised: BaseException) -> tuple[bytes, tuple[str, str, str]]:
    """The wrapped exception by Parsl, and what a person is shown of it."""
    trace = _user_frames(raised.__traceback__)
    raised.__traceback__ = trace
    text = _text(raised)
    shown = "".join(traceback.format_exception(type(raised), raised, trace))
    if len(shown) > TRACEBACK_CHARS:
        half = (TRACEBACK_CHARS - 20) // 2
        shown = f"{shown[:half]}\n[…]\n{shown[-half:]}"
    error = (type(raised).__name__[:300], text[:ERROR_MESSAGE_CHARS], shown)
    return _wrapped(raised, trace, text), error


def _wrapped(raised: BaseException, trace: TracebackType | None, text: str) -> bytes:
    problem = "only an Exception passes through Parsl"
    if isinstance(raised, Exception):
        try:
            payload = _by_parsl(RemoteExceptionWrapper(type(raised), raised, trace))
            deserialize(payload)  # classes whose __init__ wants more than args fail only here
            return payload
        except BaseException as raised_again:  # noqa: BLE001 - the user's class may do anything
            problem = f"it cannot be sent as it is: {type(raised_again).__name__}"
    # SystemExit and its like would pass every `except Exception` of the kernel's threads
    instead = RuntimeError(f"{type(raised).__name__}: {text} ({problem})")
    return _by_parsl(RemoteExceptionWrapper(RuntimeError, instead, trace))


def _text(raised: BaseException) -> str:
    try:
        return str(raised)
    except Exception as problem:  # noqa: BLE001 - a user's __str__
        return f"<its __str__ raised {type(problem).__name__}>"


def _user_frames(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == _HERE:
        trace = trace.tb_next
    return trace
