"""What an executor tells the bridge: its load, and leases asked for, registered, given back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from ..errors import PilothouseError
from .engine import Engine
from .leases import Lease, LeaseState
from .link import Client

logger = logging.getLogger(__name__)

LOAD_SECONDS = 0.05
"""At most one ``executors.load`` in this time (src/protocol/methods)."""
LEASES_PER_MESSAGE = 1000
REQUEST_SECONDS = 15.0

_T = TypeVar("_T")


class Desk:
    """One executor's letters to the bridge. ``ask`` and ``give_back`` are for any thread.

    A bridge that is away stops nothing. What cannot be said is not kept: when the bridge is back,
    the executor is opened again with all that is true then.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._client: Client | None = None
        self._unasked: list[Lease] = []
        self._given_back: list[Lease] = []
        self._load_sent = -1
        self._load_sent_at = 0.0
        self._quiet_since: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the executor is open at a bridge, as far as is known."""
        return self._client is not None

    @property
    def has_leases(self) -> bool:
        return bool(self._unasked or self._given_back)

    def ask(self, lease: Lease) -> None:
        self._unasked.append(lease)

    def give_back(self, leases: Iterable[Lease]) -> None:
        self._given_back.extend(leases)

    def opened(self, client: Client) -> None:
        """The executor is open on this connection."""
        self._client = client

    def open_again(self, client: Client) -> object:
        """Opens the executor on a new connection; the target, or None if it could not be."""
        self._unasked, self._given_back = [], []
        self._client = client
        self._load_sent = -1
        opening = {**self._engine.opening(), "idleSeconds": self._idle_seconds()}
        opened = self._request("executors.open", opening)
        if opened is None:
            self._client = None
            return None
        for lease in self._engine.leases.all():
            if lease.state is LeaseState.registered:
                self.registered(lease)
        self._engine.replay()
        return opened.get("target")

    def registered(self, lease: Lease) -> None:
        self._notify("leases.registered", {"lease": lease.lease, "start": lease.start})

    def send_leases(self) -> list[Lease]:
        """Sends what is waiting, all in one message each; the leases that were refused."""
        given_back, self._given_back = self._given_back, []
        unasked, self._unasked = self._unasked, []
        executor = self._engine.executor_id
        for some in _portions([lease for lease in given_back if lease not in unasked]):
            names = [lease.lease for lease in some]
            self._request("leases.end", {"executor": executor, "leases": names})
        refused: list[Lease] = []
        for some in _portions([one for one in unasked if one.state is not LeaseState.ended]):
            asked = {"executor": executor, "leases": [lease.wire() for lease in some]}
            if self._request("leases.ask", asked) is None and self.is_open:
                refused.extend(some)
        return refused

    def send_load(self) -> float:
        """Says how many tasks there are, if that is news; else the seconds until it may."""
        unfinished = self._engine.outstanding()
        if unfinished:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = time.monotonic()
        if unfinished == self._load_sent or not self.is_open:
            return 0.0
        wait = self._load_sent_at + LOAD_SECONDS - time.monotonic()
        if wait > 0:
            return wait
        load = {"executor": self._engine.executor_id, "unfinished": unfinished}
        if self._notify("executors.load", load):
            self._load_sent = unfinished
            self._load_sent_at = time.monotonic()
        return 0.0

    def _idle_seconds(self) -> float:
        """For how long there has been no task and no new ask."""
        if self._quiet_since is None:
            return 0.0
        return time.monotonic() - max(self._quiet_since, self._engine.asked_at)

    def _request(self, method: str, params: Mapping[str, object]) -> dict[str, object] | None:
        return self._said(method, lambda client: client.request(method, params, REQUEST_SECONDS))

    def _notify(self, method: str, params: Mapping[str, object]) -> bool:
        def notify(client: Client) -> bool:
            client.notify(method, params)
            return True

        return bool(self._said(method, notify))

    def _said(self, method: str, call: Callable[[Client], _T]) -> _T | None:
        if self._client is None:
            return None
        try:
            return call(self._client)
        except PilothouseError as error:
            logger.warning("%s: %s", method, error)
            if error.code == "bridge_unreachable":
                self._client = None
            return None


def _portions(leases: Sequence[Lease]) -> list[Sequence[Lease]]:
    size = LEASES_PER_MESSAGE
    return [leases[first : first + size] for first in range(0, len(leases), size)]
