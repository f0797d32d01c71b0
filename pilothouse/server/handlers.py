"""The routes for commands (docs/architecture.md, "Routes of the Jupyter server")."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler
from tornado import web

from pilothouse.bridge.messages import CLIENT_MESSAGE_BYTES, JsonObject, error_data
from pilothouse.errors import PilothouseError
from pilothouse.server.methods import VIEW_METHODS, http_status
from pilothouse.server.service import BridgeService, read_log_end

RESOURCE = "pilothouse"
LOG_BYTES = 64 * 1024

_Work: TypeAlias = Callable[[], Awaitable[JsonObject]]


class BridgeHandler(APIHandler):
    """A route that answers with a result or an error of the bridge, both as JSON."""

    auth_resource = RESOURCE

    def initialize(self, service: BridgeService) -> None:
        self.service = service

    async def answer(self, action: str, work: _Work) -> None:
        """Finish with what `work` returns, or with the PilothouseError it raises.

        Raises HTTPError 403 for a user whom the server's authorizer does not let do `action`
        (`read` or `execute`) with the resource `pilothouse`.
        """
        allowed = self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)
        if not await ensure_async(allowed):
            raise web.HTTPError(403, f"User may not {action} {RESOURCE}")
        try:
            content: JsonObject = {"result": await work()}
        except PilothouseError as error:
            self.set_status(http_status(error.code))
            content = {"error": error_data(error)}
        await self.finish(json.dumps(content))


class RpcHandler(BridgeHandler):
    """Calls one of the bridge's methods that a browser may call."""

    @web.authenticated
    async def post(self, method: str) -> None:
        await self.answer("execute", lambda: self._call(method))

    async def _call(self, method: str) -> JsonObject:
        if method not in VIEW_METHODS:
            raise PilothouseError("unknown_method", {"method": method})
        return await self.service.request(method, _params(method, self.request.body))


class StartHandler(BridgeHandler):
    """Starts the bridge again, for the panel's button."""

    @web.authenticated
    async def post(self) -> None:
        await self.answer("execute", self._start)

    async def _start(self) -> JsonObject:
        await self.service.start()
        return {}


class LogHandler(BridgeHandler):
    """The end of the bridge's log, for a person who wants to know why there is no bridge."""

    @web.authenticated
    async def get(self) -> None:
        await self.answer("read", lambda: read_log_end(LOG_BYTES))


def _params(method: str, body: bytes) -> JsonObject:
    if len(body) > CLIENT_MESSAGE_BYTES:
        raise PilothouseError(
            "message_too_large",
            {"method": method, "bytes": len(body), "limit": CLIENT_MESSAGE_BYTES},
        )
    try:
        params = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise PilothouseError(
            "invalid_message", {"problem": "the body is no JSON"}, words=str(error)
        ) from error
    if not isinstance(params, dict):
        raise PilothouseError(
            "invalid_params", {"method": method, "problem": "the body is no JSON object"}
        )
    return params
