"""The DataFlowKernel that an executor belongs to; Parsl tells it no more than its run's id."""

from __future__ import annotations

import sys
import time

import parsl
from parsl.dataflow.dflow import DataFlowKernel
from parsl.errors import NoDataFlowKernelError

SETTLE_SECONDS = 1.0


def loading(run_id: str | None) -> DataFlowKernel | None:
    """The one that starts the calling executor from its constructor, so that its first task is
    seen: it is on the stack."""
    frame = sys._getframe()
    while (caller := frame.f_back) is not None:
        frame = caller
        found = frame.f_locals.get("self")
        if isinstance(found, DataFlowKernel) and found.run_id == run_id:
            return found
    return None


def unfinished(dfk: DataFlowKernel) -> int:
    """Tasks whose futures are not done."""
    return sum(not record["app_fu"].done() for record in list(dfk.tasks.values()))


def settle(run_id: str | None, seconds: float = SETTLE_SECONDS) -> None:
    """Waits until the loaded kernel, if it is this run's, has failed what depended on failures."""
    try:
        dfk = parsl.dfk()
    except NoDataFlowKernelError:
        return
    give_up_at = time.monotonic() + seconds
    while dfk.run_id == run_id and unfinished(dfk) and time.monotonic() < give_up_at:
        time.sleep(0.005)
