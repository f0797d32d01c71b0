"""What all handlers of one Jupyter server share."""

from __future__ import annotations

import asyncio

from pilothouse.bridge.messages import JsonObject
from pilothouse.server.client import AsyncBridgeClient, OnNotification, connect
from pilothouse.server.feed import Feed
from pilothouse.server.link import BridgeLink

#: A piece of a file on a slow line, which the bridge itself gives up after two minutes; a way home
#: that is opened within one and dialled at several addresses.
PATIENT_TIMEOUT_SECONDS = 180.0
_PATIENT = ("files.", "checks.")


class BridgeService:
    """The connection to the bridge, and the stream taken from it. Made in the server's loop."""

    def __init__(self) -> None:
        self._link = BridgeLink(_connect)
        self.feed = Feed(self._link)

    async def request(self, method: str, params: JsonObject) -> JsonObject:
        """Call a method of the bridge, which is started if none runs."""
        async with self._link.use(start=True) as client:
            self.feed.wake()
            if method.startswith(_PATIENT):
                return await client.request(method, params, PATIENT_TIMEOUT_SECONDS)
            return await client.request(method, params)

    async def start(self) -> None:
        """Start a bridge if none runs."""
        async with self._link.use(start=True):
            self.feed.wake()

    async def close(self) -> None:
        """End the stream and the connection; the bridge lives on."""
        await self.feed.close()
        await self._link.close()


async def _connect(on_notification: OnNotification, start: bool) -> AsyncBridgeClient:
    return await connect("view", on_notification, ensure=start)


async def read_log_end(characters: int) -> JsonObject:
    """Path and end of the bridge's log; the text is empty where there is no log yet."""
    return await asyncio.to_thread(_read_log_end, characters)


def _read_log_end(characters: int) -> JsonObject:
    from pilothouse.bridge.paths import state_folder
    from pilothouse.bridge.tail import read_end

    log = state_folder() / "bridge.log"
    return {"path": str(log), "text": read_end(log, characters)}
