"""What a lost pilot costs a task."""

from __future__ import annotations

from concurrent.futures import Future
from typing import cast

import pytest
from parsl.dataflow.taskrecord import TaskRecord

from pilothouse.errors import PilothouseError
from pilothouse.lending.retries import LOST_PILOTS, PilotClosed, PilotLost, RetryHandler


def test_a_pilot_is_lost_once_however_often_it_is_told() -> None:
    future: Future[object] = Future()
    record = cast(TaskRecord, {"app_fu": future})
    handler = RetryHandler()
    for number in range(LOST_PILOTS):
        for words in ("its time was over", "The worker pool ended."):
            assert handler(PilotLost(f"s-{number}", "node", words), record) == 0
            assert handler(PilotClosed("p1"), record) == 0
    with pytest.raises(PilothouseError) as given_up:
        handler(PilotLost("s-last", "node", ""), record)
    assert given_up.value.code == "pilots_lost"
