"""The stream for all tabs: whatever fails on the way, each tab gets its snapshot in the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import cast

from pilothouse.bridge.messages import JsonObject
from pilothouse.errors import PilothouseError
from pilothouse.server.client import AsyncBridgeClient, OnNotification
from pilothouse.server.feed import Feed
from pilothouse.server.link import BridgeLink


class DyingClient:
    """A connection whose bridge may die while it makes a snapshot."""

    def __init__(self, dies: bool) -> None:
        self._dies = dies
        self.closed = False

    async def request(self, method: str, params: Mapping[str, object]) -> JsonObject:
        if self._dies:
            self.closed = True
            raise PilothouseError("bridge_unreachable", {"folder": "/", "problem": "it died"})
        return {"instance": "one", "seq": 7}

    async def ended(self) -> str:
        await asyncio.Event().wait()
        return "never"

    async def close(self) -> None:
        self.closed = True


def test_a_bridge_that_dies_during_a_snapshot_does_not_leave_a_tab_without_one() -> None:
    bridges = [None, DyingClient(dies=True), DyingClient(dies=False)]

    async def connect(on_notification: OnNotification, start: bool) -> AsyncBridgeClient:
        client = bridges.pop(0)
        if client is None:
            raise PilothouseError("bridge_unreachable", {"folder": "/", "problem": "none runs"})
        return cast(AsyncBridgeClient, client)

    async def story() -> list[str]:
        link = BridgeLink(connect)
        feed = Feed(link)
        tab = feed.attach()
        texts = [await asyncio.wait_for(tab.next(), 10) for _ in range(2)]
        await feed.close()
        await link.close()
        return [json.loads(text)["kind"] for text in texts]

    assert asyncio.run(story()) == ["offline", "snapshot"]
