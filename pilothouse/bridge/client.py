"""A connection to the bridge for threads: kernel and command line."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from types import TracebackType
from typing import TypeAlias, TypeVar

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, unix_connect

from pilothouse.bridge import dial, messages, reach, starter
from pilothouse.bridge.messages import JsonObject, Role
from pilothouse.bridge.paths import Folders
from pilothouse.errors import PilothouseError

OnNotification: TypeAlias = Callable[[str, JsonObject], object]
OnClosed: TypeAlias = Callable[[str], object]
#: Takes back what gave it.
Undo: TypeAlias = Callable[[], None]

_Call = TypeVar("_Call", OnNotification, OnClosed)

REQUEST_TIMEOUT_SECONDS = 30.0
_HELLO_TIMEOUT_SECONDS = 10.0

_logger = logging.getLogger(__name__)
#: Connections of this process, for the children it forks.
_open_clients: weakref.WeakSet[BridgeClient] = weakref.WeakSet()


def connect(
    role: Role, *, ensure: bool = True, timeout: float = 20.0, other_version: bool = False
) -> BridgeClient:
    """Connect and say hello; start a bridge first if `ensure` and none answers.

    `timeout` is in seconds. With `other_version` a bridge of another version is no error; it lets
    the role `command` call `bridge.status` and `bridge.stop` only. Raises PilothouseError
    bridge_unreachable, version_mismatch, and what `starter.ensure` raises.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            target = dial.target()
            if target is not None:
                return _dial(target, role, other_version)
            if not ensure:
                raise dial.nobody()
            starter.ensure(max(0.0, deadline - time.monotonic()))
        except dial.Again as again:
            if time.monotonic() >= deadline:
                raise again.error from again
            time.sleep(dial.AGAIN_AFTER_SECONDS)


def _dial(target: dial.Target, role: Role, other_version: bool) -> BridgeClient:
    try:
        # __enter__: from websockets 17 on, a connection used without it is about to change kind.
        connection = unix_connect(
            target.path, additional_headers=target.headers, open_timeout=10, **dial.OPTIONS
        ).__enter__()
    except (OSError, WebSocketException) as error:
        raise target.failed(error) from error
    client = BridgeClient(connection, target.folders)
    try:
        client.hello = client.request("bridge.hello", dial.hello(role), _HELLO_TIMEOUT_SECONDS)
    except PilothouseError as error:
        if error.code == "version_mismatch" and other_version:
            return client
        client.close()
        raise dial.refused(error) from error
    except BaseException:
        client.close()
        raise
    return client


class BridgeClient:
    """One connection, used by any number of threads; a context manager that closes it.

    Notifications are handed on in their order by one thread of this object. A callback must not
    call `request` (RuntimeError): no answer could come. Nothing arrives unasked before the first
    request that asks for it, so a callback set right after `connect` misses nothing.
    """

    def __init__(self, connection: ClientConnection, where: Folders) -> None:
        #: What the bridge said to `bridge.hello`; empty for one of another version.
        self.hello: JsonObject = {}
        self._connection = connection
        self._folders = where
        self._pid = os.getpid()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[JsonObject]] = {}
        self._notified: list[OnNotification] = []
        self._told_closed: list[OnClosed] = []
        self._closed_because: str | None = None
        self._guard = threading.Lock()
        # What `__enter__` does is to say that the connection's owner closes it.
        connection.__enter__()
        self._reader = threading.Thread(
            target=self._read, name="pilothouse-bridge-reader", daemon=True
        )
        self._reader.start()
        _open_clients.add(self)

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._closed_because is not None

    def request(
        self,
        method: str,
        params: Mapping[str, object] | None = None,
        timeout: float = REQUEST_TIMEOUT_SECONDS,
    ) -> JsonObject:
        """Call `method` and wait `timeout` seconds for its result.

        Raises the PilothouseError that the bridge answers with, bridge_unreachable if no answer
        came, message_too_large.
        """
        if threading.current_thread() is self._reader:
            raise RuntimeError(f"{method}: a callback of the connection waits for its own answer")
        number = next(self._numbers)
        text = messages.request(number, method, params or {})
        answer: Future[JsonObject] = Future()
        with self._guard:
            if self._closed_because is not None:
                raise reach.unreachable(self._folders, self._closed_because)
            self._waiting[number] = answer
        try:
            self._send(text)
            return answer.result(timeout)
        except FutureTimeout as error:
            problem = f"no answer to {method} within {timeout:g} s"
            raise reach.unreachable(self._folders, problem) from error
        finally:
            with self._guard:
                self._waiting.pop(number, None)

    def notify(self, method: str, params: Mapping[str, object]) -> None:
        """Send a notification. Raises PilothouseError bridge_unreachable, message_too_large."""
        self._send(messages.notification(method, params))

    def on_notification(self, call: OnNotification) -> Undo:
        """Have `call(method, params)` called for each notification."""
        with self._guard:
            self._notified.append(call)
        return lambda: self._forget(self._notified, call)

    def on_closed(self, call: OnClosed) -> Undo:
        """Have `call(reason)` called once when the connection ends; at once if it has ended."""
        with self._guard:
            reason = self._closed_because
            if reason is None:
                self._told_closed.append(call)
        if reason is not None:
            call(reason)
        return lambda: self._forget(self._told_closed, call)

    def close(self) -> None:
        """Close the connection; afterwards none of its threads and descriptors is left.

        May be called from a callback; then its thread ends after the callback.
        """
        if self._pid != os.getpid():
            return  # `_leave_to_parent` has closed this process's copy.
        self._connection.close()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def __enter__(self) -> BridgeClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, text: str) -> None:
        if self._pid != os.getpid():
            problem = "the connection belongs to the process that forked this one"
            raise reach.unreachable(self._folders, problem)
        try:
            self._connection.send(text)
        except (ConnectionClosed, OSError) as error:
            problem = self._closed_because or str(error)
            raise reach.unreachable(self._folders, problem) from error
        except BaseException:
            # An interrupt may have hit in the middle of a message; what follows could not be read.
            self._connection.close()
            raise

    def _read(self) -> None:
        reason = "the bridge closed the connection"
        try:
            while True:
                self._handle(messages.read(self._connection.recv()))
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.reason:
                reason = closed.rcvd.reason
        except PilothouseError as error:
            reason = str(error)
            _logger.error("The bridge sent what cannot be read: %s", error)
            self._connection.close()
        finally:
            self._end(reason)

    def _handle(self, message: messages.Incoming) -> None:
        match message:
            case messages.Answer(number, result):
                self._settle(number, lambda waiting: waiting.set_result(result))
            case messages.Refusal(None, error):
                _logger.error("The bridge could not read a message: %s", error)
            case messages.Refusal(int(number), error):
                self._settle(number, lambda waiting: waiting.set_exception(error))
            case messages.Notice(method, params):
                with self._guard:
                    calls = list(self._notified)
                for call in calls:
                    self._call(call, method, params)

    def _settle(self, number: int, settle: Callable[[Future[JsonObject]], None]) -> None:
        with self._guard:
            waiting = self._waiting.pop(number, None)
        # Nobody waits any more for an answer that came too late.
        if waiting is not None:
            settle(waiting)

    def _end(self, reason: str) -> None:
        with self._guard:
            self._closed_because = reason
            waiting, self._waiting = list(self._waiting.values()), {}
            calls, self._told_closed = self._told_closed, []
            self._notified = []
        for future in waiting:
            future.set_exception(reach.unreachable(self._folders, reason))
        for call in calls:
            self._call(call, reason)

    def _call(self, call: Callable[..., object], *arguments: object) -> None:
        """Call back; a bug of the one who is called must not end the connection."""
        try:
            call(*arguments)
        except Exception:
            _logger.exception("A callback of the bridge's connection failed")

    def _forget(self, calls: list[_Call], call: _Call) -> None:
        # Taking back twice does no harm.
        with self._guard, contextlib.suppress(ValueError):
            calls.remove(call)

    def _leave_to_parent(self) -> None:
        """In a forked child: close this process's copy of the socket, and say nothing on it.

        Otherwise the bridge would not notice the parent's end while the child lives. The guard
        is new, because a thread that may have held the old one is not here to release it.
        """
        self._guard = threading.Lock()
        self._closed_because = "the connection belongs to the process that forked this one"
        self._connection.socket.close()


def _after_fork_in_child() -> None:
    for client in list(_open_clients):
        client._leave_to_parent()
    _open_clients.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
