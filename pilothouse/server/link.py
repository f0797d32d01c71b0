"""The server's one connection to the bridge, shared by all tabs and requests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from pilothouse.server.client import AsyncBridgeClient, OnNotification

#: Connects; whether to start a bridge is its argument's to say.
Connect: TypeAlias = Callable[[OnNotification, bool], Awaitable[AsyncBridgeClient]]

#: A connection that nobody uses is closed after this, because a bridge lives as long as it has
#: clients.
IDLE_SECONDS = 30.0


class BridgeLink:
    """Makes the connection when it is first used, and closes it when nobody uses it any more."""

    def __init__(self, connect: Connect, idle_seconds: float = IDLE_SECONDS) -> None:
        #: Gets every notification.
        self.on_notification: OnNotification = lambda method, params: None
        self._connect = connect
        self._idle_seconds = idle_seconds
        self._client: AsyncBridgeClient | None = None
        self._connecting = asyncio.Lock()
        self._users = 0
        self._idle: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def use(self, start: bool) -> AsyncIterator[AsyncBridgeClient]:
        """The connection, kept open at least as long as the context lasts.

        Where none is open one is made, and with `start` a bridge is started if none runs. Raises
        the PilothouseErrors of `pilothouse.server.client.connect`.
        """
        self._users += 1
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            yield await self._living(start)
        finally:
            self._users -= 1
            if self._users == 0:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._idle_seconds, self._close_idle)

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _living(self, start: bool) -> AsyncBridgeClient:
        async with self._connecting:
            if self._client is None or self._client.closed:
                self._client = await self._connect(self._notified, start)
            return self._client

    def _notified(self, method: str, params: dict[str, object]) -> None:
        self.on_notification(method, params)

    def _close_idle(self) -> None:
        if self._users == 0:
            self._closing = asyncio.get_running_loop().create_task(self.close())
