"""A call as bytes for a worker, and the worker's stamp as a result (docs/architecture.md, 4)."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import NamedTuple

import dill
from parsl.serialize import serialize
from parsl.serialize.concretes import DillCallableSerializer

from ..agent.content import bundle
from ..agent.content.bundle import INLINE_BYTES, Bundle
from ..agent.content.reference import Place, References
from ..agent.payload import pack, pack_beside
from ..content.folder import ContentFolder
from ..errors import PilothouseError

WORKER = "pilothouse_agent.worker.run"
"""What an HTEX worker calls for our payloads; the agent's archive is on its ``sys.path``."""

STAMP = "pilothouse.stamp"
STAMP_VERSION = 1

_NO_WARNING_BYTES = 1 << 40
"""Parsl's ``serialize`` warns of large arguments; ours go the same way whatever their size."""


class Stamp(NamedTuple):
    """What ``pilothouse_agent.worker.run`` returns; times are of the pilot's clock."""

    mark: str
    version: int
    pilot: str
    worker: int
    started_ms: float
    ended_ms: float
    printed: str
    kind: str
    payload: bytes
    error: tuple[str, str, str] | None


def pack_call(
    function: Callable[..., object],
    args: Sequence[object],
    kwargs: Mapping[str, object],
) -> bytes:
    """The buffer that HTEX carries.

    Functions go by Parsl's ``serialize``, which keeps the bytes of each function object.
    Arguments go by C pickle, unless that fails or they hold something of ``__main__``, which
    pickle would send by name alone: then by Parsl's ``serialize`` (dill) too.

    :raises PilothouseError: ``not_picklable`` or ``futures_inside``, naming app and argument.
    """
    try:
        function_bytes = _code(function)
    except Exception as error:
        _cut(error)
        raise _not_picklable(function, "its code or something it refers to", error) from error
    return pack(function_bytes, _arguments(function, tuple(args), dict(kwargs)))


def pack_task(
    function: Callable[..., object],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    contents: ContentFolder,
) -> tuple[bytes, Sequence[str]]:
    """The buffer that HTEX carries, and the names of what it refers to.

    As :func:`pack_call`, but what is larger than ``INLINE_BYTES`` goes to ``contents``, each
    argument by itself: there it is a copy of its own, which shares nothing with other arguments.
    Who sends the task releases these names once it is done.

    :raises PilothouseError: those of :func:`pack_call`; ``content_failed``, ``content_too_large``.
    """
    large = False

    def is_small(buffer: pickle.PickleBuffer) -> bool:
        nonlocal large
        with contextlib.suppress(BufferError):  # not in one piece: it is copied
            large = large or len(buffer.raw()) > INLINE_BYTES
        return not large  # whatever is left out now is pickled again

    try:
        function_bytes = _code(function)
    except Exception as error:
        _cut(error)
        raise _not_picklable(function, "its code or something it refers to", error) from error
    call = (tuple(args), dict(kwargs))
    if any(type(value) is bytes and len(value) > INLINE_BYTES for value in args):
        return _beside(function, function_bytes, *call, contents)  # its bytes are not copied
    try:
        data = pickle.dumps(call, 5, buffer_callback=is_small)
    except Exception:  # noqa: BLE001 - a user's __reduce__ may raise anything; dill is asked next
        data = b"__main__"
    if not large and len(data) <= INLINE_BYTES:
        if b"__main__" in data:
            data = _arguments(function, *call)
        if len(data) + len(function_bytes) <= INLINE_BYTES:
            return pack(function_bytes, data), ()
    return _beside(function, function_bytes, *call, contents)


def _beside(
    function: Callable[..., object],
    function_bytes: bytes,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    contents: ContentFolder,
) -> tuple[bytes, Sequence[str]]:
    references: References = {}
    small: dict[Place, object] = {}
    try:
        if len(function_bytes) > INLINE_BYTES:
            references[None] = contents.put(Bundle([function_bytes]))
        named: list[tuple[int | str, object]] = [*enumerate(args), *kwargs.items()]
        for place, value in named:
            packed = _bundle(function, place, value)
            if packed.content > INLINE_BYTES:
                references[place] = contents.put(packed)
            else:
                small[place] = value
        data = _arguments(
            function,
            tuple(small.get(place) for place in range(len(args))),
            {place: value for place, value in small.items() if isinstance(place, str)},
        )
        carried = b"" if None in references else function_bytes
        if references:
            buffer = pack_beside(carried, references, data)
        else:
            buffer = pack(function_bytes, data)  # large by the number of its arguments alone
    except BaseException:
        contents.release(one.hash for one in references.values())
        raise
    return buffer, [one.hash for one in references.values()]


def _bundle(function: Callable[..., object], place: int | str, value: object) -> Bundle:
    """One argument by itself."""
    try:
        packed = bundle.by_pickle(value)
    except Exception:  # noqa: BLE001 - as above
        packed = None
    if packed is not None and b"__main__" not in packed.pieces[0]:
        return packed
    name = f"argument {place + 1}" if isinstance(place, int) else f"argument {place!r}"
    if _holds_futures(value):
        raise PilothouseError("futures_inside", {"app": app_name(function), "what": name})
    try:
        return Bundle([serialize(value, buffer_threshold=_NO_WARNING_BYTES)])
    except Exception as error:
        _cut(error)
        what = f"{name}, a {type(value).__module__}.{type(value).__qualname__},"
        raise _not_picklable(function, what, error) from error


def _code(function: Callable[..., object]) -> bytes:
    try:
        return serialize(function, buffer_threshold=_NO_WARNING_BYTES)
    except TypeError as error:
        if "unhashable" not in str(error):
            raise
    # Parsl keeps bytes by function, which a callable without a hash cannot be looked up in.
    data: bytes = dill.dumps(function)
    return DillCallableSerializer.identifier + b"\n" + data


def _arguments(
    function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
) -> bytes:
    try:
        data = pickle.dumps((args, kwargs), 5)
    except Exception:  # noqa: BLE001 - a user's __reduce__ may raise anything; dill is asked next
        data = b"__main__"
    if b"__main__" not in data:
        return data
    # Before dill, which would go from a future through all of Parsl.
    for name, value in _named(args, kwargs):
        if _holds_futures(value):
            raise PilothouseError("futures_inside", {"app": app_name(function), "what": name})
    try:
        return serialize((args, kwargs), buffer_threshold=_NO_WARNING_BYTES)
    except Exception as error:
        _cut(error)
        raise _not_picklable(function, _culprit(args, kwargs), error) from error


def _named(args: tuple[object, ...], kwargs: dict[str, object]) -> list[tuple[str, object]]:
    named = [(f"argument {number + 1}", value) for number, value in enumerate(args)]
    return named + [(f"argument {name!r}", value) for name, value in kwargs.items()]


def _holds_futures(value: object, depth: int = 3) -> bool:
    if isinstance(value, Future):
        return True
    if depth == 0:
        return False
    inside: Sequence[object] = ()
    if isinstance(value, Mapping):
        inside = (*value.keys(), *value.values())
    elif isinstance(value, (list, tuple, set, frozenset)):
        inside = tuple(value)
    return any(_holds_futures(one, depth - 1) for one in inside)


def _culprit(args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    for name, value in _named(args, kwargs):
        try:
            serialize([value], buffer_threshold=_NO_WARNING_BYTES)
        except Exception:  # noqa: BLE001 - whichever it raises, this is the one
            return f"{name}, a {type(value).__module__}.{type(value).__qualname__},"
    return "one of its arguments"


def _cut(error: Exception) -> None:
    """Leaves of a traceback where it was raised: dill's way there may be hundreds of lines."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    error.__traceback__ = trace


def _not_picklable(function: Callable[..., object], what: str, error: Exception) -> PilothouseError:
    return PilothouseError(
        "not_picklable",
        {"app": app_name(function), "what": what},
        words=f"{type(error).__name__}: {error}"[:4000],
    )


def app_name(function: object) -> str:
    """The name a person gave the app; Parsl wraps functions in partials now and then."""
    inner = function
    while hasattr(inner, "func"):
        inner = inner.func
    return str(getattr(inner, "__name__", None) or type(inner).__name__)
