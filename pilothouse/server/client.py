"""A connection to the bridge for an event loop: the twin of pilothouse.bridge.client."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping
from typing import TypeAlias

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from pilothouse.bridge import START_TIMEOUT_SECONDS, dial, messages, reach, starter
from pilothouse.bridge.messages import JsonObject, Role
from pilothouse.bridge.paths import Folders
from pilothouse.errors import PilothouseError

OnNotification: TypeAlias = Callable[[str, JsonObject], None]

REQUEST_TIMEOUT_SECONDS = 30.0
_HELLO_TIMEOUT_SECONDS = 10.0

_logger = logging.getLogger(__name__)


async def connect(
    role: Role,
    on_notification: OnNotification,
    *,
    ensure: bool,
    timeout: float = START_TIMEOUT_SECONDS,
) -> AsyncBridgeClient:
    """Connect and say hello; start a bridge first if `ensure` and none answers.

    `timeout` is in seconds. Whatever may wait for a disk or a process runs in a thread. Raises
    PilothouseError bridge_unreachable, version_mismatch, and what `starter.ensure` raises.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while True:
        try:
            target = await asyncio.to_thread(dial.target)
            if target is not None:
                return await _dial(target, role, on_notification)
            if not ensure:
                raise await asyncio.to_thread(dial.nobody)
            await asyncio.to_thread(starter.ensure, max(0.0, deadline - loop.time()))
        except dial.Again as again:
            if loop.time() >= deadline:
                raise again.error from again
            await asyncio.sleep(dial.AGAIN_AFTER_SECONDS)


async def _dial(
    target: dial.Target, role: Role, on_notification: OnNotification
) -> AsyncBridgeClient:
    try:
        connection = await unix_connect(
            target.path, additional_headers=target.headers, open_timeout=10, **dial.OPTIONS
        )
    except (OSError, WebSocketException) as error:
        raise target.failed(error) from error
    client = AsyncBridgeClient(connection, target.folders, on_notification)
    try:
        await client.request("bridge.hello", dial.hello(role), _HELLO_TIMEOUT_SECONDS)
    except PilothouseError as error:
        await client.close()
        raise dial.refused(error) from error
    except BaseException:
        await client.close()
        raise
    return client


class AsyncBridgeClient:
    """One connection. `on_notification` is called in the order of arrival and must not block."""

    def __init__(
        self, connection: ClientConnection, where: Folders, on_notification: OnNotification
    ) -> None:
        self._connection = connection
        self._folders = where
        self._on_notification = on_notification
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[JsonObject]] = {}
        self._reader = asyncio.create_task(self._read(), name="pilothouse-bridge-reader")

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._reader.done()

    async def request(
        self,
        method: str,
        params: Mapping[str, object],
        timeout: float = REQUEST_TIMEOUT_SECONDS,
    ) -> JsonObject:
        """Call `method` and wait `timeout` seconds for its result.

        Raises the PilothouseError that the bridge answers with, bridge_unreachable if no answer
        came, message_too_large.
        """
        number = next(self._numbers)
        text = messages.request(number, method, params)
        if self.closed:
            raise reach.unreachable(self._folders, await self.ended())
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._connection.send(text)
            return await asyncio.wait_for(answer, timeout)
        except ConnectionClosed as error:
            raise reach.unreachable(self._folders, await self.ended()) from error
        except asyncio.TimeoutError as error:
            problem = f"no answer to {method} within {timeout:g} s"
            raise reach.unreachable(self._folders, problem) from error
        finally:
            self._waiting.pop(number, None)

    async def ended(self) -> str:
        """Wait until the connection has ended; says why."""
        return await asyncio.shield(self._reader)

    async def close(self) -> None:
        """Close the connection and wait for its end."""
        await self._connection.close()
        await asyncio.shield(self._reader)

    def lost(self, reason: str) -> PilothouseError:
        """The error for this connection having ended because of `reason`."""
        return reach.unreachable(self._folders, reason)

    async def _read(self) -> str:
        reason = "the bridge closed the connection"
        try:
            while True:
                self._handle(messages.read(await self._connection.recv()))
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.reason:
                reason = closed.rcvd.reason
        except PilothouseError as error:
            reason = str(error)
            _logger.error("The bridge sent what cannot be read: %s", error)
            await self._connection.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self.lost(reason))
        return reason

    def _handle(self, message: messages.Incoming) -> None:
        match message:
            case messages.Answer(number, result):
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
            case messages.Refusal(None, error):
                _logger.error("The bridge could not read a message: %s", error)
            case messages.Refusal(int(number), error):
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_exception(error)
            case messages.Notice(method, params):
                try:
                    self._on_notification(method, params)
                except Exception:
                    _logger.exception("A callback of the bridge's connection failed")
