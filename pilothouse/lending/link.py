"""The kernel's one connection to the bridge, kept for as long as an executor needs it."""

from __future__ import annotations

import logging
import os
import random
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from ..errors import PilothouseError

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class Client(Protocol):
    """One connection, as ``pilothouse.bridge.client`` makes it."""

    def request(
        self, method: str, params: Mapping[str, object] | None = None, timeout: float = 30.0
    ) -> dict[str, object]: ...
    def notify(self, method: str, params: Mapping[str, object]) -> None: ...
    def on_notification(self, call: Callable[[str, dict[str, object]], object]) -> object: ...
    def on_closed(self, call: Callable[[str], object]) -> object: ...
    def close(self) -> None: ...


class Party(Protocol):
    """Who uses the connection. All three are called in the connection's threads and only note."""

    def connected(self, client: Client) -> None:
        """There is a new connection; the bridge at its end may know nothing of this party."""

    def heard(self, method: str, params: dict[str, object]) -> None:
        """The bridge said something."""

    @property
    def waits(self) -> bool:
        """Whether there are tasks, so that a bridge must be started if none runs."""


def _connect(ensure: bool) -> Client:
    from .. import bridge

    return bridge.connect("kernel", ensure=ensure)


class Link:
    """Connects, connects again with back-off when the connection is lost, and tells the parties.

    A bridge that was told to stop is not started again for a kernel without tasks.
    """

    def __init__(self, connect: Callable[[bool], Client] = _connect) -> None:
        self._connect = connect
        self._guard = threading.Lock()
        self._parties: list[Party] = []
        self._lost = threading.Event()
        self._closing = threading.Event()
        self._stopped_by_hand = False
        self._client: Client | None = self._dial(ensure=True)
        self._thread = threading.Thread(target=self._keep, name="pilothouse-link", daemon=True)
        self._thread.start()

    def join(self, party: Party) -> Client:
        """From now on the party hears what the bridge says. Returns the connection there is.

        :raises PilothouseError: ``bridge_unreachable``: there is none just now.
        """
        with self._guard:
            self._parties.append(party)
        return self.client()

    def leave(self, party: Party) -> None:
        with self._guard:
            if party in self._parties:
                self._parties.remove(party)

    def client(self) -> Client:
        """:raises PilothouseError: ``bridge_unreachable``."""
        client = self._client
        if client is None:
            raise PilothouseError(
                "bridge_unreachable", {"problem": "the connection was lost just now"}
            )
        return client

    def notify(self, method: str, params: Mapping[str, object]) -> None:
        """:raises PilothouseError: ``bridge_unreachable``, ``message_too_large``."""
        self.client().notify(method, params)

    def close(self) -> None:
        self._closing.set()
        self._lost.set()
        client, self._client = self._client, None
        if client is not None:
            client.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=LONGEST_PAUSE_SECONDS)

    def _dial(self, ensure: bool) -> Client:
        client = self._connect(ensure)
        client.on_notification(self._heard)
        client.on_closed(lambda _: self._gone(client))
        return client

    def _heard(self, method: str, params: dict[str, object]) -> None:
        if method == "bridge.ending":
            self._stopped_by_hand = params.get("restarting") is False
        with self._guard:
            parties = list(self._parties)
        for party in parties:
            party.heard(method, params)

    def _gone(self, client: Client) -> None:
        if self._client is client:
            self._client = None
        self._lost.set()

    def _keep(self) -> None:
        while True:
            self._lost.wait()
            self._lost.clear()
            pause = FIRST_PAUSE_SECONDS
            while self._client is None and not self._closing.is_set():
                try:
                    client = self._dial(self._bridge_is_needed())
                except (PilothouseError, OSError) as error:
                    logger.warning("No bridge, trying again in %.1f s: %s", pause, error)
                    self._closing.wait(pause * random.uniform(0.5, 1.0))
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                    continue
                self._welcome(client)
            if self._closing.is_set():
                return

    def _bridge_is_needed(self) -> bool:
        with self._guard:
            return not self._stopped_by_hand or any(party.waits for party in self._parties)

    def _welcome(self, client: Client) -> None:
        self._client = client
        self._stopped_by_hand = False
        if self._closing.is_set():
            client.close()
            return
        with self._guard:
            parties = list(self._parties)
        for party in parties:
            party.connected(client)


class Hold:
    """One user's hold on this process's link; the link closes with the last."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._owner = os.getpid()
        self._held = True

    def release(self) -> None:
        """Idempotent; does nothing in a fork, whose parent goes on using the connection."""
        global _holds, _link
        if self._owner != os.getpid():
            return
        with _lock:
            if not self._held:
                return
            self._held = False
            _holds -= 1
            last, link = _holds == 0, _link
            if last:
                _link = None
        if last and link is not None:
            link.close()

    def __enter__(self) -> Link:
        return self.link

    def __exit__(self, *_: object) -> None:
        self.release()


_lock = threading.Lock()
_link: Link | None = None
_holds = 0


def hold() -> Hold:
    """This process's link, connected now if it was not (and the bridge started if none runs).

    :raises PilothouseError: what ``pilothouse.bridge.connect`` raises.
    """
    global _holds, _link
    with _lock:
        if _link is None:
            _link = Link()
        _holds += 1
        return Hold(_link)


def _forget_in_fork() -> None:
    """A fork has none of the link's threads, and its lock may be held for ever."""
    global _lock, _link, _holds
    _lock, _link, _holds = threading.Lock(), None, 0


os.register_at_fork(after_in_child=_forget_in_fork)
