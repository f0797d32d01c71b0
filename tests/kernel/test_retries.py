"""What a lost pilot costs a task."""

from __future__ import annotations

import pickle
from concurrent.futures import Future
from typing import cast

import pytest
from parsl.dataflow.taskrecord import TaskRecord

from pilothouse.errors import PilothouseError
from pilothouse.lending.retries import (
    LOST_PILOTS,
    PilotClosed,
    PilotLost,
    PilotOutOfTime,
    RetryHandler,
)


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


@pytest.mark.parametrize("other", [0, 1])
def test_a_task_longer_than_the_walltime_is_told_of_it(other: int) -> None:
    future: Future[object] = Future()
    record = cast(TaskRecord, {"app_fu": future})
    handler = RetryHandler()
    for number in range(other):
        assert handler(PilotLost(f"s-{number}", "node", "Killed"), record) == 0
    for number in range(other, LOST_PILOTS):
        late = pickle.loads(pickle.dumps(PilotOutOfTime(f"s-{number}", "p1")))
        assert handler(late, record) == 0
    with pytest.raises(PilothouseError) as given_up:
        handler(PilotOutOfTime("s-last", "p4-abc"), record)
    assert given_up.value.code == ("pilots_lost" if other else "walltime_short")
    assert "The walltime of pilot p4-abc was over" in str(given_up.value)
