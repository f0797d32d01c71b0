"""The agent's one loop: the connection home, the pools, the clocks that end it."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from . import job, log_reading, report, setup
from .checked import InvalidMessage, field
from .contact import Contact
from .content import contents
from .content.contents import Contents
from .exits import Ending
from .lifetime import Lifetime
from .log_tails import LogTails
from .pilot_file import PROTOCOL, PilotFile
from .pool_start import PoolStart
from .pools import Pools
from .processes import become_subreaper
from .signals import Signals
from .standbys import Keeper, Standbys
from .tunnel.mux import Mux

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.005
"""The clocks are looked at no more often: at thousands of frames a second that would cost as much
as the frames."""
_SLOTS_SECONDS = 0.15
_STANDBY_AGAIN_SECONDS = 5.0
_REFILL_SECONDS = 1.0
"""A new standby costs half a second of a core: not while the leased one starts."""
_DECIDE_SECONDS = 6.0
"""Hello says whether Parsl can be imported; it waits for the zygote no longer than this."""
_END_SECONDS = 10.0
_CLOSE_SECONDS = 2.0
"""Tasks that run when a pilot is told to end have this long to close their files."""
_MANAGER_SECONDS = 0.1
"""HTEX's manager has passed on by then what its workers gave it."""
_LAST_RESULTS_SECONDS = 15.0
"""So long they may take through tunnels, if the scheduler leaves the time."""
_LAST_WORDS_SECONDS = 2.0


class Agent:
    """One pilot's life. :meth:`run` returns how it ended."""

    def __init__(self, folder: Path, pilot: PilotFile, archive: str, umask: int) -> None:
        """:param umask: for tasks; the agent's own files are private."""
        self._folder = folder
        self._pilot = pilot
        self._started_at_ms = time.time() * 1000
        self._began = now = time.monotonic()
        job_began = now - setup.seconds()
        self._selector = selectors.DefaultSelector()
        self._ending: Ending | None = None
        self._warned = False
        self._ending_words = ""
        self._keepers: set[Keeper] = set()
        self._contact = Contact(pilot, self._selector, self)
        self._idle_since: float | None = None  # nobody could lend it before its first welcome
        self._slots_at = now
        self._refill_at = now
        become_subreaper()
        self._signals = Signals(self._watch, lambda name: self._end(Ending.REMOVED, name))
        place = job.read(os.environ)
        self._node = report.node(pilot, place, os.environ)
        # of the scheduler's clock; the loop's is another
        left = place.seconds_left(now - job_began, self._started_at_ms)
        self._life = Lifetime(
            began=now,
            job_began=job_began,
            walltime_seconds=pilot.walltime_seconds,
            job_ends_at=None if left is None else now + left,
            warn_seconds=pilot.warn_seconds,
        )
        self._runtime = report.runtime()
        self._standbys = Standbys(folder, archive, self._watch, self._unwatch, self._adopt)
        gpus = self._node["gpus"]
        memory_mib = self._node["memoryMiB"]
        assert isinstance(gpus, list)
        assert isinstance(memory_mib, int)
        # elsewhere what leases leave stays where it is
        self._tails = LogTails(folder) if job.removes(os.environ, folder) else None
        self._tunnels = Mux(self._selector, self._contact)
        self._contents = Contents(self._selector, self._contact)
        self._pools = Pools(
            *(pilot, folder, archive, gpus, memory_mib, umask, self._standbys),
            self._tunnels,
            self._contents,
            self._pool_changed,
        )

    def run(self) -> Ending:
        """Works until one of the reasons of :class:`.exits.Ending`."""
        log.info(
            "pilot %s, attempt %s, on %s: %s cores, %s MiB, %s GPUs",
            *(self._pilot.pilot, self._pilot.attempt),
            *(self._node[name] for name in ("host", "cores", "memoryMiB")),
            len(self._pools.gpus),
        )
        ticked_at = -_TICK_SECONDS
        while self._ending is None:
            now = time.monotonic()
            self._tunnels.look(now)
            self._contents.look(now)
            if now < ticked_at + _TICK_SECONDS:
                self._wait(ticked_at + _TICK_SECONDS - now)
            else:
                ticked_at = now
                self._tick(now)
                self._wait(self._until_next())
        return self._finish(self._ending)

    # --- the loop

    def _wait(self, seconds: float) -> None:
        for key, _ in self._selector.select(max(0.0, seconds)):
            key.data()

    def _until_next(self) -> float:
        now = time.monotonic()
        pilot = self._pilot
        times = [self._contact.last_at + pilot.no_contact_seconds]
        life_at = self._life.ends_at if self._warned else self._life.warns_at
        if life_at is not None:
            times.append(life_at)
        idle_ends_at = self._idle_ends_at()
        if idle_ends_at is not None:
            times.append(idle_ends_at)
        both = (self._tunnels.next_at(), self._contents.next_at())
        times.extend(at for at in both if at is not None)
        if self._pools.alive and self._contact.welcome:
            times.append(self._slots_at + _SLOTS_SECONDS)
        if self._standbys.wanted:
            times.append(self._refill_at)
        if self._standbys.decided:
            times.append(self._contact.next_at())
        else:
            times.append(max(self._began + _DECIDE_SECONDS, self._contact.next_at()))
        return min(times) - now

    def _tick(self, now: float) -> None:
        if self._standbys.decided or now >= self._began + _DECIDE_SECONDS:
            self._contact.look(now)
        if self._standbys.wanted and now >= self._refill_at:
            try:
                self._standbys.refill()
            except OSError as problem:
                log.error("no standby could be made: %s", problem)
                self._refill_at = now + _STANDBY_AGAIN_SECONDS
        if self._contact.welcome and self._pools.alive and now >= self._slots_at + _SLOTS_SECONDS:
            self._slots_at = now
            self._tell_running()
        pilot = self._pilot
        idle_ends_at = self._idle_ends_at()
        ends_at, warns_at = self._life.ends_at, self._life.warns_at
        if ends_at is not None and warns_at is not None and not self._warned and now >= warns_at:
            self._warned = True
            told = self._pools.close_for_tasks()
            log.info("%.0f s are left: no new task; %s running told", ends_at - now, told)
        if ends_at is not None and now >= ends_at:
            self._end(Ending.WALLTIME, f"its {ends_at - self._life.job_began:.0f} s are over")
        elif now >= self._contact.last_at + pilot.no_contact_seconds:
            self._end(Ending.NO_CONTACT, f"no contact for {pilot.no_contact_seconds:g} s")
        elif idle_ends_at is not None and now >= idle_ends_at:
            self._end(Ending.IDLE, f"no lease for {pilot.idle_seconds:g} s")

    def _ends_by_ms(self) -> float | None:
        """When its time is over, by this node's clock, since the epoch."""
        ends_at = self._life.ends_at
        return None if ends_at is None else (time.time() + ends_at - time.monotonic()) * 1000

    def _idle_ends_at(self) -> float | None:
        if self._pools.alive or self._idle_since is None:
            return None
        return self._idle_since + self._pilot.idle_seconds

    def _end(self, ending: Ending, words: str) -> None:
        if self._ending is None:
            self._ending = ending
            self._ending_words = words

    def _finish(self, ending: Ending) -> Ending:
        log.info("ending: %s (%s)", ending.reason, self._ending_words)
        # now: it may take some seconds, in which the pilot is not to be lent again
        self._say_ending(ending)
        if self._pools.close_for_tasks():
            self._go_on(_CLOSE_SECONDS, lambda: not self._pools.busy)
        if self._pools.alive and ending not in (Ending.REFUSED, Ending.NO_CONTACT):
            self._go_on(_MANAGER_SECONDS, lambda: False)
            if not self._go_on(_LAST_RESULTS_SECONDS, lambda: self._pools.is_said):
                log.warning("what pools said last has not arrived at home")
        self._pools.stop_all()
        self._standbys.close()
        until = time.monotonic() + _END_SECONDS
        while self._keepers and time.monotonic() < until:
            self._wait(min(0.1, until - time.monotonic()))
        for keeper in self._keepers:
            log.error("keeper %s did not end its processes within the limit", keeper.pid)
        if self._tails is not None:
            # below what the pools wrote, since a log's end is what is looked at first
            log.info("ended: %s (%s)", ending.reason, self._ending_words)
        until = time.monotonic() + _LAST_WORDS_SECONDS
        while self._contact.unsent and time.monotonic() < until:
            self._wait(0.05)
        self._contact.close()
        self._contents.close()
        return ending

    def _say_ending(self, ending: Ending) -> None:
        if ending is not Ending.REFUSED:
            self._contact.say(
                "agent.ending", {"reason": ending.reason, "words": self._ending_words}
            )

    def _go_on(self, seconds: float, done: Callable[[], bool]) -> bool:
        """Passes on what comes until something is done; whether it was in time."""
        until = self._life.at_most(time.monotonic() + seconds)
        while not done():
            now = time.monotonic()
            if now >= until:
                return False
            self._contact.look(now)
            self._tunnels.look(now)
            self._contents.look(now)
            self._wait(min(0.05, until - now))
        return True

    # --- what is watched

    def _watch(self, link: socket.socket, callback: Callable[[], None]) -> None:
        self._selector.register(link.fileno(), selectors.EVENT_READ, callback)

    def _unwatch(self, link: socket.socket) -> None:
        self._selector.unregister(link.fileno())

    def _adopt(self, keeper: Keeper) -> None:
        self._keepers.add(keeper)
        self._watch(keeper.link, lambda: self._hear_keeper(keeper))

    def _hear_keeper(self, keeper: Keeper) -> None:
        messages = keeper.hear()
        if messages is None:
            self._unwatch(keeper.link)
            self._keepers.discard(keeper)
            if keeper.start is None:
                # a standby that cannot live: its end is in the log, the next may fare better
                self._refill_at = time.monotonic() + _STANDBY_AGAIN_SECONDS
            keeper.bury()
        self._pools.heard(keeper, messages)

    # --- what the bridge says, and is told (contact.Correspondent)

    def hello(self) -> Mapping[str, object]:
        """Who this is, what it has, what runs."""
        runtime = dict(self._runtime)
        if self._standbys.problem is not None:
            runtime.update(parsl=None, problem=runtime["problem"] or self._standbys.problem)
        return {
            "protocol": PROTOCOL,
            "pilot": self._pilot.pilot,
            "attempt": self._pilot.attempt,
            "expiresAtMs": self._pilot.expires_at_ms,
            "secret": self._pilot.secret,
            "startedAtMs": self._started_at_ms,
            "pid": os.getpid(),
            **self._node,
            "nowMs": time.time() * 1000,
            "endsByMs": self._ends_by_ms(),
            "runtime": runtime,
            "pools": self._pools.reports(),
            "starts": self._standbys.starts,
        }

    def welcomed(self) -> None:
        """Hello has told of all ends; what runs is told again."""
        if self._idle_since is None:
            self._idle_since = time.monotonic()
        self._pools.forget_ended()
        self._tell_running(all_again=True)
        if self._ending is not None:
            self._say_ending(self._ending)

    def refused(self, reason: str) -> None:
        """An older attempt, an expired secret: nothing to wait for."""
        self._end(Ending.REFUSED, f"the bridge does not take this pilot: {reason}")

    def told(self, method: str, params: Mapping[str, object]) -> None:
        """Notifications of ``TO_AGENT`` in src/protocol/agent.ts."""
        if method == "pool.start":
            if self._ending is not None:
                log.info("no pool is started any more: the bridge had not heard of the end yet")
                return
            self._pools.start(params)
            self._refill_at = time.monotonic() + _REFILL_SECONDS
        elif method == "pool.stop":
            self._pools.stop(field(params, "lease", str, method))
        elif method in log_reading.METHODS:
            self._contact.say("agent.log", log_reading.answer(self._folder, method, params))
        elif method in contents.METHODS:
            self._contents.told(method, params, time.monotonic())
        elif method == "pilot.end":
            reason = field(params, "reason", str, method)
            self._end(Ending.of_reason(reason), "told to end")
        else:
            raise InvalidMessage(f"the unknown method {method!r}")

    def carried(self, frame: bytes) -> None:
        """To the pool whose tunnel it is of."""
        self._tunnels.hear(frame)

    def pieced(self, frame: bytes | memoryview) -> None:
        """To the workers that want it."""
        self._contents.pieced(frame)

    def uncrowded(self) -> None:
        """Tunnels go on."""
        self._tunnels.pump()

    def lost(self) -> None:
        """Tunnels keep what they have sent until there is a new way."""
        self._tunnels.cut()
        self._contents.lost()

    # --- what the pools do

    def _pool_changed(self, start: PoolStart) -> None:
        if start.state == "ended" and self._pools.alive == 0:
            self._idle_since = time.monotonic()
        self._contact.say("agent.pool", start.report())
        if start.state == "ended" and start.folder is not None and self._tails is not None:
            self._tails.write(start.lease, start.start)
        if self._contact.welcome:
            self._pools.forget_ended()

    def _tell_running(self, *, all_again: bool = False) -> None:
        for change in self._pools.running_changes(all_again=all_again):
            self._contact.say("agent.running", change)
