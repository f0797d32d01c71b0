"""The extension's entry: routes, and their end with the server."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join

from pilothouse.server.files import FileHandler
from pilothouse.server.handlers import LogHandler, RpcHandler, StartHandler
from pilothouse.server.service import BridgeService
from pilothouse.server.stream import StreamHandler


class PilothouseExtension(ExtensionApp):
    """Adds the routes. No bridge is started before somebody asks for something."""

    name = "pilothouse"

    def initialize_handlers(self) -> None:
        """Called by ExtensionApp."""
        self._service = BridgeService()
        shared = {"service": self._service}
        for path, handler in (
            (r"rpc/([A-Za-z]+\.[A-Za-z]+)", RpcHandler),
            ("start", StartHandler),
            ("log", LogHandler),
            ("stream", StreamHandler),
            (r"files/([^/]+)/(.*)", FileHandler),
        ):
            self.handlers.append((url_path_join(self.name, path), handler, shared))

    async def stop_extension(self) -> None:
        """Called when the server ends; the bridge lives on."""
        await self._service.close()
