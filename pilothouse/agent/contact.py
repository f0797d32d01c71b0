"""Contact with the bridge: dialled, proved, kept alive, dialled again."""

from __future__ import annotations

import logging
import random
import selectors
import time
from collections.abc import Mapping
from typing import Protocol

from .checked import InvalidMessage, field, mapping, optional
from .frames import Bytes, ContentFrame
from .link import CROWDED_BYTES, Link, LinkLost, LinkState
from .pilot_file import PilotFile, current_addresses
from .rotation import Rotation

log = logging.getLogger(__name__)

_DIAL_FIRST_SECONDS = 0.1
_DIAL_MOST_SECONDS = 5.0
_DIAL_SOON_SECONDS = 0.5
"""The same soon after contact was lost, when tasks wait for what pools have to say."""
_SOON_SECONDS = 180.0
_CONNECT_WITHIN_SECONDS = 2.0
"""TCP asks a second time after one second, then later and later (RFC 6298): who begins anew is
there a second after a way has come back. The round trip may take a second, too."""
_OPEN_WITHIN_SECONDS = 10.0
"""Connect, shake hands, be welcomed: or dial again."""
_HELLO = 1


class Correspondent(Protocol):
    """Who is behind the contact."""

    def hello(self) -> Mapping[str, object]:
        """Params of ``agent.hello``."""

    def welcomed(self) -> None:
        """The bridge takes this pilot; said at each connection."""

    def refused(self, reason: str) -> None:
        """The bridge does not, and will not."""

    def told(self, method: str, params: Mapping[str, object]) -> None:
        """A notification of the bridge.

        :raises InvalidMessage: if it is not understood.
        """

    def carried(self, frame: bytes) -> None:
        """A tunnel's frame has come.

        :raises InvalidMessage: if it is none.
        """

    def pieced(self, frame: Bytes) -> None:
        """A piece of a content has come.

        :raises InvalidMessage: if it is none.
        """

    def uncrowded(self) -> None:
        """Much of what waited has been sent: tunnels may go on."""

    def lost(self) -> None:
        """The connection is gone; there is another after the next welcome."""


class Contact:
    """One connection at a time; all times are of :func:`time.monotonic`."""

    def __init__(
        self, pilot: PilotFile, selector: selectors.BaseSelector, correspondent: Correspondent
    ) -> None:
        self.welcome = False
        """Whether the bridge takes this pilot, over the connection there is."""
        self.last_at = now = time.monotonic()
        """When the bridge, having welcomed this pilot, last said something; at first, now."""
        self._pilot = pilot
        self._selector = selector
        self._correspondent = correspondent
        self._link: Link | None = None
        self._events = 0
        self._was_welcome = False
        self._rotation = Rotation()
        self._pause_seconds = _DIAL_FIRST_SECONDS
        self._dial_at = self._dialled_at = self._pinged_at = now

    def next_at(self) -> float:
        """When :meth:`look` has something to do, if nothing arrives before."""
        if self._link is None:
            return self._dial_at
        if not self.welcome:
            return self._dialled_at + self._open_within(self._link)
        return min(
            self._pinged_at + self._pilot.ping_ms / 1000,
            self.last_at + self._pilot.silence_ms / 1000,
        )

    def look(self, now: float) -> None:
        """Dials, pings or gives up what has fallen silent, as the time demands."""
        link = self._link
        if link is None:
            if now >= self._dial_at:
                self._dial(now)
        elif not self.welcome:
            limit = self._open_within(link)
            if now >= self._dialled_at + limit:
                if link.state is LinkState.CONNECTING and self._is_soon(now):
                    self._pause_seconds = _DIAL_FIRST_SECONDS  # it has waited already
                self._lose(f"not open after {limit:g} s: {link.state.value}")
        elif now >= self.last_at + self._pilot.silence_ms / 1000:
            self._lose(f"nothing heard for {self._pilot.silence_ms / 1000:g} s")
        elif now >= self._pinged_at + self._pilot.ping_ms / 1000:
            self._pinged_at = now
            self.say("ping", {})

    def say(self, method: str, params: Mapping[str, object]) -> None:
        """Sends a notification, if there is somebody to hear it: a hello says all that matters."""
        if self._link is None or not self.welcome:
            return
        try:
            self._link.send({"jsonrpc": "2.0", "method": method, "params": params})
        except LinkLost as problem:
            self._lose(str(problem))
            return
        except InvalidMessage as problem:
            log.error("%s was not sent: %s", method, problem)
            return
        self._update_events()

    def carry(self, frame: bytes) -> None:
        """Sends a tunnel's frame, if there is somebody to take it: else it is sent again."""
        if self._link is None or not self.welcome:
            return
        try:
            self._link.send_stream(frame)
        except LinkLost as problem:
            self._lose(str(problem))
            return
        self._update_events()

    def carry_piece(self, head: bytes, data: Bytes) -> None:
        """Sends a piece of a content, likewise."""
        if self._link is None or not self.welcome:
            return
        try:
            self._link.send_piece(head, data)
        except LinkLost as problem:
            self._lose(str(problem))
            return
        self._update_events()

    @property
    def crowded(self) -> bool:
        """Whether so much waits to be sent that tunnels should wait."""
        return self.unsent >= CROWDED_BYTES

    @property
    def unsent(self) -> int:
        """Bytes that wait to be sent."""
        return 0 if self._link is None else self._link.unsent

    def close(self) -> None:
        """Ends the connection there is."""
        self.welcome = False
        if self._link is not None:
            self._selector.unregister(self._link.socket.fileno())
            self._link.close()
            self._link = None
            self._correspondent.lost()

    def _is_soon(self, now: float) -> bool:
        return self._was_welcome and now < self.last_at + _SOON_SECONDS

    @staticmethod
    def _open_within(link: Link) -> float:
        connecting = link.state is LinkState.CONNECTING
        return _CONNECT_WITHIN_SECONDS if connecting else _OPEN_WITHIN_SECONDS

    def _dial(self, now: float) -> None:
        self._dialled_at = now
        try:
            addresses = current_addresses(self._pilot)
            if not addresses:
                raise InvalidMessage("pilot.json has neither an address nor a contact file")
            self._link = Link(self._rotation.next(addresses), self._pilot.fingerprint)
            self._dialled_at = time.monotonic()  # a name may have taken its time
        except (OSError, InvalidMessage, LinkLost) as problem:
            self._lose(str(problem))
            return
        self._events = self._link.events()
        self._selector.register(self._link.socket.fileno(), self._events, self._ready)

    def _ready(self) -> None:
        link = self._link
        if link is None:
            return  # lost by what another socket had to say in the same round
        was_open = link.state is LinkState.OPEN
        was_crowded = self.crowded
        try:
            messages = link.advance()
            if link.state is LinkState.OPEN and not was_open:
                hello = self._correspondent.hello()
                link.send(
                    {"jsonrpc": "2.0", "id": _HELLO, "method": "agent.hello", "params": hello}
                )
        except LinkLost as problem:
            self._lose(str(problem))
            return
        for message in messages:
            if self._link is not link:
                return  # lost by what the message before has led to
            try:
                if isinstance(message, (bytes, ContentFrame)):
                    self._take_stream(message)
                else:
                    self._take(message)
            except InvalidMessage as problem:
                log.error("the bridge sent what this agent does not understand: %s", problem)
        if was_crowded and not self.crowded:
            self._correspondent.uncrowded()
        self._update_events()

    def _update_events(self) -> None:
        if self._link is not None and (events := self._link.events()) != self._events:
            self._events = events
            self._selector.modify(self._link.socket.fileno(), events, self._ready)

    def _lose(self, why: str) -> None:
        self.close()
        now = time.monotonic()
        pause = self._pause_seconds * random.uniform(0.5, 1.0)
        most = _DIAL_SOON_SECONDS if self._is_soon(now) else _DIAL_MOST_SECONDS
        self._pause_seconds = min(self._pause_seconds * 2, most)
        self._dial_at = now + pause
        log.warning("no connection home: %s; dialling again in %.1f s", why, pause)

    def _take_stream(self, frame: bytes | ContentFrame) -> None:
        if not self.welcome:
            raise InvalidMessage("a tunnel's frame before the answer to agent.hello")
        self.last_at = time.monotonic()
        if isinstance(frame, ContentFrame):
            self._correspondent.pieced(frame.content)
        else:
            self._correspondent.carried(frame)

    def _take(self, message: Mapping[str, object]) -> None:
        if message.get("id") == _HELLO and "method" not in message:
            self._answered(message)
            return
        if not self.welcome:
            raise InvalidMessage("a message before the answer to agent.hello")
        self.last_at = time.monotonic()
        method = field(message, "method", str, "the message")
        params = mapping(message.get("params", {}), f"{method}.params")
        if method != "ping":
            self._correspondent.told(method, params)

    def _answered(self, message: Mapping[str, object]) -> None:
        if "error" in message:
            # a fault of the moment or of the bridge: the no-contact exit is the limit
            error = mapping(message["error"], "the error")
            self._lose(f"the bridge answers agent.hello with: {error.get('message')}")
            return
        result = field(message, "result", dict, "the answer to agent.hello")
        if not field(result, "welcome", bool, "agent.hello"):
            reason = optional(result, "reason", str, "agent.hello")
            self._correspondent.refused(reason or "no reason given")
            return
        log.info("connected; the bridge takes this pilot")
        self.welcome = self._was_welcome = True
        self._rotation.worked()
        self._pause_seconds = _DIAL_FIRST_SECONDS
        self.last_at = self._pinged_at = time.monotonic()
        self._correspondent.welcomed()
