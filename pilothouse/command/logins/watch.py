"""The connections as the bridge's stream of changes has them (src/protocol/stream.ts)."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from types import TracebackType
from typing import cast

from pilothouse.bridge.client import BridgeClient
from pilothouse.bridge.messages import JsonObject
from pilothouse.command.logins.shapes import HostConnection
from pilothouse.errors import PilothouseError


class Watch:
    """The newest of each connection; its descriptor can be read when there is something new."""

    def __init__(self, bridge: BridgeClient) -> None:
        self._guard = threading.Lock()
        #: None: it has gone.
        self._hosts: dict[str, HostConnection | None] = {}
        self._ended: str | None = None
        self._reading, self._writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._undo = [bridge.on_notification(self._notified), bridge.on_closed(self._closed)]
        snapshot = bridge.request("state.subscribe")
        with self._guard:
            for each in cast("list[HostConnection]", snapshot["hosts"]):
                # What a delta has brought since is newer.
                self._hosts.setdefault(each["host"], each)

    def fileno(self) -> int:
        """For select()."""
        return self._reading

    def wait(self, seconds: float | None = None) -> None:
        """Until there is something new, or the time is over."""
        select.select([self._reading], [], [], seconds)

    def newest(self, host: str) -> HostConnection | None:
        """How it is now; None: no place has it any more.

        :raises PilothouseError: bridge_unreachable.
        """
        with self._guard:
            with contextlib.suppress(BlockingIOError):  # Nothing may be new.
                os.read(self._reading, 1 << 16)
            if self._ended is not None:
                raise PilothouseError("bridge_unreachable", {"problem": self._ended})
            return self._hosts.get(host)

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for undo in self._undo:
            undo()
        with self._guard:
            os.close(self._reading)
            os.close(self._writing)
            self._writing = -1

    def _notified(self, method: str, params: JsonObject) -> None:
        if method != "state.changed":
            return
        with self._guard:
            for change in cast("list[dict[str, object]]", params["changes"]):
                if change["kind"] == "host":
                    value = cast(HostConnection, change["value"])
                    self._hosts[value["host"]] = value
                elif change["kind"] == "host-gone":
                    self._hosts[str(change["host"])] = None
                else:
                    continue
                self._wake()

    def _closed(self, reason: str) -> None:
        with self._guard:
            self._ended = reason
            self._wake()

    def _wake(self) -> None:
        if self._writing < 0:
            return
        with contextlib.suppress(BlockingIOError):  # It is full of the same news.
            os.write(self._writing, b".")
