"""The live view of a run, for as long as one of its executors is ours."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from parsl.dataflow.dflow import DataFlowKernel

from ..lending.link import Link
from . import interrupts, tap
from .reporter import Reporter

logger = logging.getLogger(__name__)


class LiveView:
    """Tap, reporter and protection against interrupts of one run."""

    def __init__(self, dfk: DataFlowKernel, link: Link) -> None:
        self.run_id = dfk.run_id
        self.holders = 0

        def notify(method: str, params: Mapping[str, object]) -> None:
            link.notify(method, params)

        self.reporter = Reporter(dfk.run_id, notify)
        self._tap = tap.install(dfk, self.reporter)
        self._protection = interrupts.install(dfk)
        self.reporter.start()

    def close(self) -> None:
        """Sends what is still to be told."""
        self._protection.close()
        self._tap.close()
        self.reporter.close()


_lock = threading.Lock()
_views: dict[str, LiveView] = {}


def watch(dfk: DataFlowKernel, link: Link) -> LiveView:
    """The view of a run, opened by its first executor; to be given to ``unwatch`` by each."""
    with _lock:
        view = _views.get(dfk.run_id)
        if view is None:
            view = _views[dfk.run_id] = LiveView(dfk, link)
        view.holders += 1
        return view


def unwatch(view: LiveView) -> None:
    with _lock:
        view.holders -= 1
        if view.holders > 0 or _views.pop(view.run_id, None) is None:
            return
    view.close()
