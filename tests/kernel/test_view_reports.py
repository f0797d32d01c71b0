"""From events to reports: the states a person sees, merged, bounded, whole again when asked."""

from __future__ import annotations

import json

import pytest
from parsl.executors.high_throughput.errors import ManagerLost

from pilothouse.live import merging, reports
from pilothouse.live.cells import CellExecution, OuterTask
from pilothouse.live.events import (
    Event,
    Failed,
    Launched,
    Outcome,
    Stamped,
    StateChanged,
    Submitted,
)
from pilothouse.live.merging import TaskTable
from pilothouse.live.reports import TaskReport, TaskUpdate
from tests.protocol import number_of

CELL = CellExecution("message-1", "cell-a", 5, "session-1")


def _submitted(
    task: int, *depends_on: int, maker: CellExecution | OuterTask | None = CELL
) -> Submitted:
    return Submitted(100.0, task, "pi", depends_on, 0, maker)


def _failed(task: int, error: BaseException, state: str = "failed") -> Failed:
    return Failed(104.0, task, state, lambda: Outcome(error, 0 if state == "dep_fail" else None))


def _after(*events: Event) -> TaskTable:
    table = TaskTable("run-1")
    for event in events:
        assert table.apply(event)
    return table


def _report(table: TaskTable) -> TaskReport:
    taken = table.take()
    assert taken is not None
    table.sent(taken)
    return taken.report


def _task(table: TaskTable, task: int) -> TaskUpdate:
    (update,) = (u for u in _report(table)["tasks"] if u["task"] == task)
    return update


DONE: list[Event] = [
    _submitted(0),
    StateChanged(101.0, 0, "launched"),
    Launched(101.0, 0, "local", "executor-1", 17),
    Stamped("executor-1", 17, "pilot-1", 3, 101_500.0, 102_500.0, "hello\n", None),
    StateChanged(103.0, 0, "exec_done"),
]


def test_what_happens_between_two_reports_is_one_update() -> None:
    report = _report(_after(*DONE))
    assert report == {
        "run": "run-1",
        "cells": [CELL.as_message()],
        "tasks": [
            {
                "task": 0,
                "app": "pi",
                "cell": 0,
                "state": "done",
                "reason": "executed",
                "tries": 1,
                "submittedAtMs": 100_000.0,
                "launchedAtMs": 101_000.0,
                "executor": "executor-1",
                "executorTask": 17,
                "pilot": "pilot-1",
                "worker": 3,
                "startedAtMs": 101_500.0,
                "endedAtMs": 102_500.0,
                "printed": "hello\n",
            }
        ],
    }


def test_a_later_report_has_only_what_changed() -> None:
    table = _after(*DONE[:3])
    _report(table)
    assert table.take() is None
    assert table.apply(StateChanged(103.0, 0, "exec_done"))
    assert _report(table)["tasks"] == [
        {"task": 0, "state": "done", "reason": "executed", "endedAtMs": 103_000.0}
    ]


def test_a_stamp_may_come_before_its_launch_is_noted() -> None:
    early = [DONE[0], DONE[1], DONE[3], DONE[2], DONE[4]]
    assert _report(_after(*early)) == _report(_after(*DONE))


@pytest.mark.parametrize(
    ("events", "state", "reason"),
    [
        ([], "waiting", "pilot"),
        ([StateChanged(101.0, 0, "launched")], "waiting", "pilot"),
        ([StateChanged(101.0, 0, "joining")], "waiting", "joining"),
        ([Launched(101.0, 0, "_parsl_internal", None, None)], "waiting", "joining"),
        ([StateChanged(101.0, 0, "memo_done")], "done", "memory"),
        ([_failed(0, ValueError("no"))], "failed", "exception"),
        ([_failed(0, ManagerLost(b"m", "node-1"))], "failed", "lost"),
        ([_failed(0, ValueError("no"), "dep_fail")], "failed", "dependency"),
    ],
)
def test_parsls_states_in_a_persons_words(events: list[Event], state: str, reason: str) -> None:
    update = _task(_after(_submitted(0), *events), 0)
    assert (update["state"], update["reason"]) == (state, reason)


def test_a_task_waits_for_futures_only_while_an_input_is_unfinished() -> None:
    table = _after(_submitted(0), _submitted(1, 0, 0), StateChanged(101.0, 0, "exec_done"))
    assert table.apply(_submitted(2, 0))
    updates = _report(table)["tasks"]
    assert [u["reason"] for u in updates] == ["executed", "futures", "pilot"]
    assert updates[1]["dependsOn"] == [0]


def test_a_retry_counts_and_forgets_where_the_lost_try_ran() -> None:
    table = _after(*DONE[:4], StateChanged(103.0, 0, "fail_retryable"))
    update = _task(table, 0)
    assert (update["state"], update["reason"], update["tries"]) == ("waiting", "pilot", 2)
    assert "pilot" not in update
    assert "endedAtMs" not in update
    assert table.apply(_failed(0, ManagerLost(b"m", "node-1")))
    assert _task(table, 0)["endedAtMs"] == 104_000.0


def test_the_workers_own_words_are_told_of_a_failure() -> None:
    error = ("ZeroDivisionError", "division by zero", "Traceback: in pi")
    stamp = Stamped("executor-1", 17, "pilot-1", 3, 1.0, 2.0, "", error)
    table = _after(*DONE[:3], stamp, _failed(0, RuntimeError("as seen here")))
    assert _task(table, 0)["error"] == dict(
        zip(("type", "message", "traceback"), error, strict=True)
    )


def test_a_failure_before_any_worker_is_told_in_parsls_words() -> None:
    told = _task(_after(_submitted(0), _failed(0, TypeError("cannot pickle"))), 0)["error"]
    assert (told["type"], told["message"]) == ("TypeError", "cannot pickle")
    assert "TypeError: cannot pickle" in told["traceback"]


def test_an_exception_that_cannot_be_shown_is_told_by_its_type() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert _task(_after(_submitted(0), _failed(0, Mute())), 0)["error"]["type"] == "Mute"


def test_a_failure_is_not_told_before_it_is_known() -> None:
    table = _after(_submitted(0))
    unknown = Failed(101.0, 0, "failed", lambda: None)
    assert not table.apply(unknown)
    table.give_up(unknown)
    assert _task(table, 0)["state"] == "failed"


def test_tasks_of_a_join_app_belong_to_its_cell_also_when_nested() -> None:
    outer, inner = OuterTask("run-1", 0), OuterTask("run-1", 1)
    table = _after(_submitted(0), _submitted(1, maker=outer), _submitted(2, maker=inner))
    report = _report(table)
    assert [u["cell"] for u in report["tasks"]] == [0, 0, 0]
    assert report["cells"] == [CELL.as_message()]


def test_a_task_without_a_cell_says_so() -> None:
    assert _task(_after(_submitted(0, maker=None)), 0)["cell"] is None


def test_a_report_has_at_most_the_allowed_tasks_and_text() -> None:
    table = _after(*(_submitted(i) for i in range(reports.TASKS_PER_REPORT + 1)))
    assert [len(_report(table)["tasks"]) for _ in range(2)] == [reports.TASKS_PER_REPORT, 1]
    assert table.take() is None
    loud = "\x00" * 20_000  # six bytes of JSON each
    for task in range(reports.TASKS_PER_REPORT):
        assert table.apply(_failed(task, ValueError(loud)))
    sizes, told = [], 0
    while (taken := table.take()) is not None:
        sizes.append(len(json.dumps(taken.report).encode()))
        told += len(taken.report["tasks"])
    assert told == reports.TASKS_PER_REPORT
    assert max(sizes) < 8 * 1024 * 1024


def test_what_could_not_be_sent_is_merged_with_what_came_since() -> None:
    table = _after(*DONE[:3])
    taken = table.take()
    assert taken is not None
    for event in DONE[3:]:
        assert table.apply(event)
    table.not_sent(taken)
    assert _report(table) == _report(_after(*DONE))


def test_while_the_bridge_is_away_the_oldest_finished_tasks_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(merging, "FINISHED_UNSENT_KEPT", 3)
    table = _after(_submitted(0), *(_submitted(i) for i in range(1, 9)))
    for task in range(1, 7):
        assert table.apply(StateChanged(101.0, task, "exec_done"))
    assert table.dropped == 3
    assert [u["task"] for u in _report(table)["tasks"]] == [0, 4, 5, 6, 7, 8]


def test_a_fresh_bridge_is_told_everything_that_is_unfinished_whole() -> None:
    table = _after(*DONE[:3], _submitted(1, 0))
    first = _report(table)
    table.again()
    assert _report(table) == first


def test_finished_tasks_are_told_again_only_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "FINISHED_SENT_KEPT", 2)
    table = _after(*(_submitted(i) for i in range(5)))
    for task in range(5):
        assert table.apply(StateChanged(101.0, task, "exec_done"))
        _report(table)
    table.again()
    assert [u["task"] for u in _report(table)["tasks"]] == [3, 4]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tasksPerReport", reports.TASKS_PER_REPORT),
        ("errorMessageChars", reports.ERROR_MESSAGE_CHARS),
        ("tracebackChars", reports.TRACEBACK_CHARS),
        ("printedChars", reports.PRINTED_CHARS),
    ],
)
def test_limits_are_those_of_the_contract(name: str, value: int) -> None:
    assert number_of("limits", name) == value
