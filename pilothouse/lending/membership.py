"""An executor's place at the bridge: connection, keeper and live view, opened and left together."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Mapping

from parsl.dataflow.dflow import DataFlowKernel

from ..asks import Ask
from ..errors import PilothouseError
from ..live import view as live
from . import link
from .engine import Engine
from .failed import FailedExecutor
from .keeper import Keeper
from .leases import Lease
from .packing import Stamp

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""How long the bridge has to acknowledge an executor's end."""


class Membership:
    """What an executor says to the bridge goes through here; without effect after ``leave``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hold: link.Hold | None = None
        self._view: live.LiveView | None = None
        self._keeper: Keeper | None = None
        self._failed: FailedExecutor | None = None

    def connect(self) -> None:
        """:raises PilothouseError: no bridge runs and none can be started."""
        self._hold = link.hold()

    def open(self, dfk: DataFlowKernel | None) -> None:
        """Opens the executor and follows what the bridge says from here on.

        :param dfk: whose tasks are told; None: nobody's.
        :raises PilothouseError: the bridge refuses the executor.
        """
        assert self._hold is not None
        if dfk is not None:
            self._view = live.watch(dfk, self._hold.link)
        keeper = Keeper(self._engine)
        # Heard from before the answer, so that no target is missed that follows it at once.
        client = self._hold.link.join(keeper)
        self._keeper = keeper
        opened = client.request("executors.open", self._engine.opening())
        keeper.start(client, opened.get("target"))

    def fail(self, error: PilothouseError) -> None:
        """The executor cannot go on: gives its leases back; the bridge says why until ``leave``."""
        hold = self._hold
        if hold is not None and self._stop(hold):
            self._close(hold, {"failure": error.data()})
            self._failed = FailedExecutor(self._engine.opening(), error)
            with contextlib.suppress(PilothouseError):  # the next connection is what it is for
                hold.link.join(self._failed)

    def leave(self) -> None:
        """Tells what is still to be told and closes the executor. Idempotent."""
        hold, self._hold = self._hold, None
        if hold is None:
            return
        failed, self._failed = self._failed, None
        if failed is not None:
            hold.link.leave(failed)
        if self._stop(hold) or failed is not None:
            self._close(hold, {})
        hold.release()

    def _stop(self, hold: link.Hold) -> bool:
        """Ends keeper and live view; whether the executor was open."""
        keeper, self._keeper = self._keeper, None
        view, self._view = self._view, None
        if keeper is not None:
            hold.link.leave(keeper)
            keeper.close()
        if view is not None:
            live.unwatch(view)
        return keeper is not None

    def _close(self, hold: link.Hold, more: Mapping[str, object]) -> None:
        params = {"executor": self._engine.executor_id, **more}
        try:
            hold.link.client().request("executors.close", params, CLOSE_SECONDS)
        except PilothouseError as error:
            logger.warning("executors.close: %s", error)  # the bridge sees the connection end

    def asked(self, lease: Lease) -> None:
        """Parsl wants a block."""
        keeper = self._keeper
        if keeper is not None:
            keeper.asked(lease)

    def gave_back(self, leases: Iterable[Lease]) -> None:
        """Parsl wants blocks no more."""
        keeper = self._keeper
        if keeper is not None:
            keeper.gave_back(leases)

    def load_changed(self) -> None:
        """A task came or went; costs next to nothing."""
        keeper = self._keeper
        if keeper is not None:
            keeper.load_changed()

    def stamped(self, number: int, stamp: Stamp) -> None:
        """A result came back."""
        view = self._view
        if view is not None:
            view.reporter.stamped(
                self._engine.executor_id, number, stamp.pilot, stamp.worker,
                stamp.started_ms, stamp.ended_ms, stamp.printed, stamp.error,
            )  # fmt: skip

    def replay(self) -> None:
        """The bridge may be a new one: tells it the tasks again."""
        view = self._view
        if view is not None:
            view.reporter.replay()

    def ask_for(self, ask: Ask) -> None:
        """Says how many pilots are asked for; ``executors.open`` says it if the bridge is away.

        :raises PilothouseError: the bridge refuses the number.
        """
        hold, keeper = self._hold, self._keeper
        if hold is None or keeper is None:
            return
        params = {"executor": self._engine.executor_id, "ask": ask.wire()}
        try:
            answer = hold.link.client().request("executors.ask", params)
        except PilothouseError as error:
            if error.code != "bridge_unreachable":
                raise
            return
        keeper.heard("executors.target", {"executor": self._engine.executor_id, **answer})
