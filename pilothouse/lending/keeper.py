"""The thread of an executor that does all that takes time: bridge, interchange, scaling."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..asks import LEASES_PER_EXECUTOR
from .burial import Death
from .desk import Desk
from .engine import Engine
from .leases import Change, Lease, LeaseState
from .link import Client
from .target import steps

logger = logging.getLogger(__name__)

FIRST_LOOK_SECONDS = 0.02
"""How often the interchange is asked for new pools at first; then less and less often."""
LAST_LOOK_SECONDS = 0.5
DRAIN_LOOK_SECONDS = 0.1
ASK_TOGETHER_SECONDS = 0.005
ENDS_BEFORE_PAUSE = 3
"""So many leases in a row that end before their pool registers make the next ask wait."""
LONGEST_PAUSE_SECONDS = 10.0
LOST_CAUSES = frozenset({"pilot_gone", "pool_exited", "never_registered", "pool_stopped"})
"""Of ``LeaseCause``: ends that nobody on this side asked for."""


@dataclass(frozen=True)
class _Connected:
    client: Client


@dataclass(frozen=True)
class _Heard:
    method: str
    params: Mapping[str, object]


@dataclass(frozen=True)
class _Work:
    """Something to be seen to: a load, leases to ask for or give back, or the end."""


_WORK = _Work()
_Event = _Connected | _Heard | _Work


class Keeper:
    """Follows the bridge's target, watches for pools at the interchange, and says what is to be
    said.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._desk = Desk(engine)
        self._target = 0
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._load_noted = True
        self._look_at: float | None = None
        self._look_pause = FIRST_LOOK_SECONDS
        self._drain_at: float | None = None
        self._wake_at: float | None = None
        self._ended_early = 0
        self._scale_after = 0.0
        self._thread = threading.Thread(target=self._keep, name="pilothouse-keeper", daemon=True)

    def start(self, client: Client, target: object) -> None:
        """The executor is open on this connection and may hold so many leases."""
        self._desk.opened(client)
        self._follow(target)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._events.put(_WORK)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    # Called from any thread; these only note.

    def connected(self, client: Client) -> None:
        self._events.put(_Connected(client))

    def heard(self, method: str, params: dict[str, object]) -> None:
        self._events.put(_Heard(method, params))

    @property
    def waits(self) -> bool:
        return self._engine.outstanding() > 0

    def load_changed(self) -> None:
        if not self._load_noted:
            self._load_noted = True
            self._events.put(_WORK)

    def asked(self, lease: Lease) -> None:
        self._desk.ask(lease)
        self._events.put(_WORK)

    def gave_back(self, leases: Iterable[Lease]) -> None:
        self._desk.give_back(leases)
        self._events.put(_WORK)

    # The thread.

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                self._round()
            except Exception:
                # One bad message or a late interchange must not end the executor's scaling.
                logger.exception("A round of the executor's keeper failed")
                self._closing.wait(LAST_LOOK_SECONDS)

    def _round(self) -> None:
        self._scale()
        for lease in self._desk.send_leases():
            self._engine.leases.end([lease.lease], "the bridge refused it")
            self._ended(lease)
        if self._load_noted:
            self._load_noted = False
            wait = self._desk.send_load()
            if wait > 0:
                self._load_noted = True
                self._wake_in(wait)
        for event in self._next_events():
            if isinstance(event, _Connected):
                self._follow(self._desk.open_again(event.client))
                self._load_noted = True
            elif isinstance(event, _Heard):
                self._hear(event.method, event.params)
        now = time.monotonic()
        if self._look_at is not None and now >= self._look_at:
            self._look_for_pools(now)
        if self._drain_at is not None and now >= self._drain_at:
            self._give_back_drained(now)

    def _next_events(self) -> list[_Event]:
        """Waits for events or the next thing that is due."""
        due = [at for at in (self._look_at, self._drain_at, self._wake_at) if at is not None]
        self._wake_at = None
        try:
            timeout = max(0.0, min(due) - time.monotonic()) if due else None
            events = [self._events.get(timeout=timeout)]
        except queue.Empty:
            return []
        if self._desk.has_leases:
            self._closing.wait(ASK_TOGETHER_SECONDS)
        while not self._events.empty():
            events.append(self._events.get())
        return events

    def _wake_in(self, seconds: float) -> None:
        at = time.monotonic() + seconds
        self._wake_at = at if self._wake_at is None else min(at, self._wake_at)

    def _hear(self, method: str, params: Mapping[str, object]) -> None:
        if method == "executors.target" and params.get("executor") == self._engine.executor_id:
            self._follow(params.get("target"))
        elif method == "leases.changed":
            self._change(Change.of(params))
        elif method == "leases.drain":
            lease = self._engine.leases.get(str(params.get("lease")))
            if lease is not None:
                self._hold([lease])

    def _follow(self, target: object) -> None:
        if isinstance(target, int):
            self._target = min(target, LEASES_PER_EXECUTOR)

    def _change(self, change: Change) -> None:
        leases = self._engine.leases
        lease = leases.get(change.lease) or leases.ended(change.lease)
        if lease is None:
            return  # another executor's
        if change.tunnel:
            self._engine.need_home()
        if change.host is not None:
            lease.host = change.host
        lease.words = change.words or lease.words
        dead = set(change.dead)
        if change.start not in (None, lease.start):
            # A lease has one pool at a time: a new one means that the one before is gone.
            if lease.start is not None:
                dead.add(lease.start)
            lease.start = change.start
            if lease.state is LeaseState.registered:
                lease.state = LeaseState.starting
        if change.state is LeaseState.ended:
            if lease.start is not None:
                dead.add(lease.start)
            if leases.end([lease.lease], change.words):
                lease.lost = change.cause in LOST_CAUSES
                self._ended(lease)
        elif lease.state is not LeaseState.ended and lease.state is not LeaseState.registered:
            lease.state = change.state
        for start in sorted(dead - lease.dead):
            lease.dead.add(start)
            self._engine.bury(Death(start, lease.host, change.words))
        if leases.unregistered():
            self._look_soon()

    def _ended(self, lease: Lease) -> None:
        if lease.giving_back or lease.was_registered:
            self._ended_early = 0
            return
        self._ended_early += 1
        if self._ended_early >= ENDS_BEFORE_PAUSE:
            pause = min(0.2 * 2**self._ended_early, LONGEST_PAUSE_SECONDS)
            self._scale_after = time.monotonic() + pause

    # Pools at the interchange.

    def _look_soon(self) -> None:
        self._look_pause = FIRST_LOOK_SECONDS
        soon = time.monotonic() + self._look_pause
        self._look_at = soon if self._look_at is None else min(soon, self._look_at)

    def _look_for_pools(self, now: float) -> None:
        by_block = {lease.block: lease for lease in self._engine.leases.all()}
        for manager in self._engine.managers():
            lease = by_block.get(manager.block)
            if lease is None or manager.start in lease.dead:
                continue
            if lease.state is not LeaseState.registered or lease.start != manager.start:
                lease.start = manager.start
                lease.state = LeaseState.registered
                lease.was_registered = True
                self._ended_early = 0
                self._desk.registered(lease)
        if self._engine.leases.unregistered():
            self._look_pause = min(1.1 * self._look_pause, LAST_LOOK_SECONDS)
            self._look_at = now + self._look_pause
        else:
            self._look_at = None

    # Scaling.

    def _scale(self) -> None:
        leases = self._engine.leases
        held = leases.held()
        if len(held) == self._target or not self._desk.is_open:
            return
        if len(held) < self._target:
            wait = self._scale_after - time.monotonic()
            if wait > 0:
                self._wake_in(wait)
            else:
                self._engine.scale_out_facade(self._target - len(held))
            return
        tasks = {manager.start: manager.tasks for manager in self._engine.managers()}
        todo = steps(held, self._target, tasks)
        self._end(todo.end)
        self._hold(todo.hold)

    def _end(self, leases: Sequence[Lease]) -> None:
        if leases:
            self._desk.give_back(self._engine.leases.end(lease.lease for lease in leases))

    def _hold(self, leases: Sequence[Lease]) -> None:
        """No new tasks for these; their last one gives them back."""
        for lease in leases:
            lease.giving_back = True
            if lease.start is not None:
                self._engine.hold(lease.start)
        if leases:
            self._give_back_drained(time.monotonic())

    def _give_back_drained(self, now: float) -> None:
        waiting = [lease for lease in self._engine.leases.all() if lease.giving_back]
        if waiting:
            tasks = {manager.start: manager.tasks for manager in self._engine.managers()}
            done = [lease for lease in waiting if tasks.get(lease.start or "", 0) == 0]
            self._end(done)
            waiting = [lease for lease in waiting if lease not in done]
        self._drain_at = now + DRAIN_LOOK_SECONDS if waiting else None
