"""The server's one connection: shared, and closed when nobody uses it."""

from __future__ import annotations

import asyncio

import pytest

from pilothouse.errors import PilothouseError
from pilothouse.server.client import AsyncBridgeClient, OnNotification, connect
from pilothouse.server.link import BridgeLink


async def _connect(on_notification: OnNotification, start: bool) -> AsyncBridgeClient:
    return await connect("view", on_notification, ensure=start)


async def _status(link: BridgeLink) -> AsyncBridgeClient:
    async with link.use(start=True) as client:
        assert (await client.request("bridge.status", {}))["clients"] == {
            "view": 1,
            "kernel": 0,
            "command": 0,
        }
        return client


@pytest.mark.usefixtures("pilothouse_home")
def test_uses_at_once_share_a_connection_that_ends_when_idle() -> None:
    async def story() -> None:
        link = BridgeLink(_connect, idle_seconds=0.05)
        first = set(await asyncio.gather(*(_status(link) for _ in range(20))))
        assert len(first) == 1
        [client] = first
        await asyncio.wait_for(client.ended(), 10)
        # And the next use makes another.
        async with link.use(start=False) as again:
            assert again is not client
            await link.close()
            with pytest.raises(PilothouseError):
                await again.request("bridge.status", {})
        await link.close()

    asyncio.run(story())


@pytest.mark.usefixtures("pilothouse_home")
def test_a_use_that_must_not_start_a_bridge_says_that_none_runs() -> None:
    async def story() -> None:
        link = BridgeLink(_connect)
        with pytest.raises(PilothouseError) as caught:
            async with link.use(start=False):
                raise AssertionError("there is a bridge")
        assert caught.value.code == "bridge_unreachable"
        await link.close()

    asyncio.run(story())
