"""The websocket that carries the state to a browser tab."""

from __future__ import annotations

import asyncio

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from pilothouse.server.handlers import RESOURCE
from pilothouse.server.service import BridgeService
from pilothouse.server.tab import Tab

#: Proxies cut connections that are quiet for a minute, some for half of one.
PING_MS = 25_000
#: The browser sends nothing; this is what it may say before it is cut off.
MAX_MESSAGE_BYTES = 1024


class StreamHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One tab. What it is sent is no activity of a person, so an idle server is culled."""

    auth_resource = RESOURCE
    _track_activity = False

    def initialize(self, service: BridgeService) -> None:
        self._service = service
        self._tab: Tab | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def ping_interval(self) -> int:
        """Milliseconds between pings, as WebSocketMixin has it; 0 if the server has none."""
        return min(int(super().ping_interval), PING_MS)

    @property
    def max_message_size(self) -> int:
        return MAX_MESSAGE_BYTES

    @ws_authenticated
    async def get(self, *args: str, **kwargs: str) -> None:
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE)
        if not await ensure_async(allowed):
            raise web.HTTPError(403)
        await super().get(*args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)
        self._tab = self._service.feed.attach()
        self._pump = asyncio.ensure_future(self._send_all(self._tab))

    def on_message(self, message: str | bytes) -> None:
        self.close(1003, "this websocket goes one way")

    async def _send_all(self, tab: Tab) -> None:
        try:
            while True:
                # Waits until the network has taken it, so that a slow browser fills the tab's
                # bounded queue and not the server's memory.
                await self.write_message(await tab.next())
        except WebSocketClosedError:
            self.log.debug("A tab of Pilothouse closed while it was sent to")

    def on_close(self) -> None:
        super().on_close()
        if self._pump is not None:
            self._pump.cancel()
        if self._tab is not None:
            self._detaching = asyncio.ensure_future(self._service.feed.detach(self._tab))
