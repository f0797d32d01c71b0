"""The stream of changes, taken once from the bridge and handed to every tab."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random

from pilothouse.bridge.messages import JsonObject, error_data
from pilothouse.errors import PilothouseError
from pilothouse.server.client import AsyncBridgeClient
from pilothouse.server.link import BridgeLink
from pilothouse.server.tab import Tab

#: Between attempts to reach a bridge, in seconds: doubles up to the last.
FIRST_PAUSE_SECONDS = 0.25
LAST_PAUSE_SECONDS = 10.0
#: A connection that held this long was a good one: the next pause is the first again.
GOOD_AFTER_SECONDS = 10.0

_logger = logging.getLogger(__name__)


class Feed:
    """One subscription for all tabs; reconnects by itself for as long as there is a tab.

    A bridge that was killed is started again. One that a person stopped, or that did not start,
    is only looked for, until `wake` says that somebody wants it.
    """

    def __init__(self, link: BridgeLink) -> None:
        self._link = link
        link.on_notification = self._notified
        self._tabs: set[Tab] = set()
        self._task: asyncio.Task[None] | None = None
        #: Something to do: a tab that wants a snapshot, or a reason to try now.
        self._wanted = asyncio.Event()
        self._may_start = True
        self._stopped_by_person = False
        self._error: PilothouseError | None = None

    def attach(self) -> Tab:
        """A new tab. It gets a snapshot, or the reason why there is none."""
        tab = Tab(self._wanted.set)
        self._tabs.add(tab)
        if self._error is not None:
            tab.offline(_offline_text(self._error))
        if self._task is None:
            self._may_start = not self._stopped_by_person
            self._task = asyncio.create_task(self._run(), name="pilothouse-feed")
        elif not self._stopped_by_person:
            self.wake()
        self._wanted.set()
        return tab

    async def detach(self, tab: Tab) -> None:
        """The tab is gone; with the last one the subscription ends."""
        self._tabs.discard(tab)
        if not self._tabs:
            await self.close()

    def wake(self) -> None:
        """Somebody wants a bridge: if there is none, try now, and start one."""
        if self._error is not None:
            self._may_start = True
            self._wanted.set()

    async def close(self) -> None:
        """End the subscription."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_SECONDS
        while True:
            self._wanted.clear()
            start, self._may_start = self._may_start, False
            since = loop.time()
            try:
                async with self._link.use(start) as client:
                    self._stopped_by_person = False
                    reason = await self._relay(client)
                self._may_start = self._may_start or not self._stopped_by_person
                self._offline(client.lost(reason))
            except PilothouseError as error:
                # Why a start failed says more than that nobody is there since.
                if start or self._error is None or error.code != "bridge_unreachable":
                    self._offline(error)
            except Exception:
                _logger.exception("The stream of changes failed")
                self._offline(PilothouseError("internal"))
            if loop.time() - since >= GOOD_AFTER_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            with contextlib.suppress(asyncio.TimeoutError):
                # Spread, so that the servers of many users do not try in step.
                await asyncio.wait_for(self._wanted.wait(), pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, LAST_PAUSE_SECONDS)

    async def _relay(self, client: AsyncBridgeClient) -> str:
        """Give snapshots to tabs that want one until the connection ends; says why it did."""
        ended = asyncio.ensure_future(client.ended())
        try:
            while not ended.done():
                self._wanted.clear()
                wanting = [tab for tab in self._tabs if tab.wants]
                if wanting:
                    await self._snapshot(client, wanting)
                    continue
                wanted = asyncio.ensure_future(self._wanted.wait())
                await asyncio.wait({ended, wanted}, return_when=asyncio.FIRST_COMPLETED)
                wanted.cancel()
            return ended.result()
        finally:
            ended.cancel()

    async def _snapshot(self, client: AsyncBridgeClient, tabs: list[Tab]) -> None:
        for tab in tabs:
            tab.begin()
        try:
            snapshot = await client.request("state.subscribe", {})
        except BaseException:
            for tab in tabs:
                tab.give_up()
            raise
        self._error = None
        seq, text = _seq(snapshot), _text("snapshot", snapshot)
        for tab in tabs:
            tab.start(seq, text)

    def _notified(self, method: str, params: JsonObject) -> None:
        if method == "state.changed" and self._tabs:
            seq, text = _seq(params), _text("delta", params)
            for tab in self._tabs:
                tab.delta(seq, text)
        elif method == "bridge.ending":
            self._stopped_by_person = params.get("restarting") is not True

    def _offline(self, error: PilothouseError) -> None:
        self._error = error
        text = _offline_text(error)
        for tab in self._tabs:
            tab.offline(text)


def _offline_text(error: PilothouseError) -> str:
    return _text("offline", {"error": error_data(error)})


def _text(kind: str, content: JsonObject) -> str:
    return json.dumps({"kind": kind, **content}, separators=(",", ":"))


def _seq(content: JsonObject) -> int:
    seq = content["seq"]
    if not isinstance(seq, int):
        raise PilothouseError("invalid_message", {"problem": f"seq is {seq!r}"})
    return seq
