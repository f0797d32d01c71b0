"""Which execution of which cell makes a task.

The answer is taken in the thread that calls the app, when it calls it, and never looked up later:
by then another cell runs. ipykernel's own parent falls back to the *latest* cell in a thread that
a cell started (ipykernel PR #1451), so this module keeps its own context variable, set when an
execution begins. asyncio tasks inherit it by themselves; `carrying` takes it into threads.
"""

from __future__ import annotations

import os
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from . import carrying

#: As much of ids as `CellExecution` in src/protocol/entities.ts takes: of messages and sessions.
_ID_CHARS = 200
_CELL_ID_CHARS = 500
#: Prefix of message ids where there are no messages (IPython in a terminal).
_TERMINAL = f"terminal-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class CellExecution:
    """One execution of one cell, as in src/protocol/entities.ts."""

    message_id: str
    cell_id: str | None
    execution_count: int | None
    session: str | None

    def as_message(self) -> dict[str, object]:
        """The form in which it travels."""
        return {
            "messageId": self.message_id,
            "cellId": self.cell_id,
            "executionCount": self.execution_count,
            "session": self.session,
        }


@dataclass(frozen=True)
class OuterTask:
    """A task whose own body makes tasks, as a join app's does; they belong to its cell."""

    run_id: str
    task: int


Maker: TypeAlias = CellExecution | OuterTask


class Events(Protocol):
    """IPython's event manager (IPython.core.events)."""

    def register(self, event: str, function: Callable[..., object], /) -> None: ...
    def unregister(self, event: str, function: Callable[..., object], /) -> None: ...


class Shell(Protocol):
    """What is used of IPython's InteractiveShell."""

    @property
    def events(self) -> Events: ...
    @property
    def execution_count(self) -> int: ...


#: The maker, and how many executions of it are nested in this context (`%run`, `run_cell`).
_here: ContextVar[tuple[Maker, int] | None] = ContextVar("pilothouse_maker", default=None)
_seat = "_pilothouse_maker"


def current() -> Maker | None:
    """Who makes a task that is submitted now, in this thread; None if no cell does."""
    here = _here.get()
    if here is not None:
        return here[0]
    seated: Maker | None = threading.current_thread().__dict__.get(_seat)
    return seated


def shell() -> Shell | None:
    """The running IPython, without importing it where it is not."""
    module = sys.modules.get("IPython")
    if module is None:
        return None
    running: Shell | None = module.get_ipython()
    return running


def parent_message(of: Shell) -> Mapping[str, object]:
    """The message that `of` is answering; empty in a terminal."""
    get_parent: Callable[[], Mapping[str, object] | None] | None = getattr(of, "get_parent", None)
    return (get_parent() if get_parent is not None else None) or {}


def cell_of(parent: Mapping[str, object], execution_count: int) -> CellExecution | None:
    """The execution that an execute request asks for.

    `execution_count` is the shell's while it runs: one more than the cell's if history is kept.
    None for other messages and for silent executions, which no cell shows. `cellId` is missing
    where a cell is run without its front end (nbclient, console, execution in the server).
    """
    header, metadata, content = (_mapping(parent.get(k)) for k in ("header", "metadata", "content"))
    message_id = header.get("msg_id")
    if header.get("msg_type") != "execute_request" or not isinstance(message_id, str):
        return None
    if content.get("silent"):
        return None
    counted = bool(content.get("store_history", True))
    return CellExecution(
        message_id=message_id[:_ID_CHARS],
        cell_id=_text(metadata.get("cellId"), _CELL_ID_CHARS),
        execution_count=execution_count - 1 if counted else None,
        session=_text(header.get("session"), _ID_CHARS),
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object, limit: int) -> str | None:
    return value[:limit] if isinstance(value, str) and value else None


class _Watch:
    """Sets the context variable when an execution begins and clears it when it ends."""

    def __init__(self, of: Shell) -> None:
        self._shell = of
        # pre_execute and not pre_run_cell: silent executions must not count as the cell before.
        of.events.register("pre_execute", self._entering)
        of.events.register("post_execute", self._leaving)
        self._entering()  # load() itself is called by a cell, whose apps are its own

    def _entering(self) -> None:
        made_by = self._cell()
        here = _here.get()
        if made_by is None:
            _here.set(None)
        elif here is not None and here[0] == made_by:
            _here.set((here[0], here[1] + 1))
        else:
            _here.set((made_by, 1))

    def _leaving(self) -> None:
        # What a comm or a timer of the event loop does later in this context is no cell's work.
        here = _here.get()
        if here is not None:
            _here.set((here[0], here[1] - 1) if here[1] > 1 else None)

    def _cell(self) -> CellExecution | None:
        count = self._shell.execution_count
        if hasattr(self._shell, "get_parent"):
            return cell_of(parent_message(self._shell), count)
        return CellExecution(f"{_TERMINAL}-{count - 1}", None, count - 1, None)

    def close(self) -> None:
        self._shell.events.unregister("pre_execute", self._entering)
        self._shell.events.unregister("post_execute", self._leaving)


class Watching:
    """Undoes one `watch`; what it installed goes with the last of them."""

    def __init__(self) -> None:
        self._open = True

    def close(self) -> None:
        """Idempotent."""
        global _users, _watch, _carrier
        with _lock:
            if not self._open:
                return
            self._open = False
            _users -= 1
            if _users:
                return
            if _watch is not None:
                _watch.close()
                _watch = None
            if _carrier is not None:
                _carrier.close()
                _carrier = None


_lock = threading.Lock()
_users = 0
_watch: _Watch | None = None
_carrier: carrying.Carrier | None = None


def watch() -> Watching:
    """Begins to notice which cell runs, and takes that into threads that cells start."""
    global _users, _watch, _carrier
    with _lock:
        _users += 1
        if _carrier is None:
            _carrier = carrying.Carrier(_seat_thread, _carried_call)
        running = shell()
        if _watch is None and running is not None:
            _watch = _Watch(running)
    return Watching()


def _seat_thread(thread: threading.Thread) -> None:
    maker = current()
    if maker is not None:
        thread.__dict__[_seat] = maker


def _carried_call(outer: tuple[str, int] | None) -> Callable[..., object] | None:
    maker = current() if outer is None else OuterTask(*outer)
    if maker is None:
        return None
    here = (maker, 1)

    def call(function: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        token = _here.set(here)
        try:
            return function(*args, **kwargs)
        finally:
            _here.reset(token)

    return call
