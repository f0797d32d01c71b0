"""The tap on Parsl's records: what it notes of real runs, and that it leaves no trace."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from parsl import join_app, python_app
from parsl.dataflow.dflow import DataFlowKernel
from parsl.dataflow.futures import AppFuture

from pilothouse.live import tap
from pilothouse.live.events import Event, Failed, Launched, Stamped, StateChanged, Submitted
from tests.kernel.view_runs import Kept, run

LOGGER = logging.getLogger(tap.LOGGER_NAME)


def _double(x: int) -> int:
    return 2 * x


def _add(x: int, y: int) -> int:
    return x + y


def _fail(x: int) -> int:
    raise KeyError(x)


def _call(dfk: DataFlowKernel, function: Callable[..., object], *args: object) -> AppFuture:
    future = python_app(function, data_flow_kernel=dfk, executors=["threads"])(*args)
    assert isinstance(future, AppFuture)
    return future


def _states(events: list[Event], task: int) -> list[str]:
    return [e.state for e in events if isinstance(e, StateChanged | Failed) and e.task == task]


def test_a_task_is_noted_from_its_call_to_its_end(tmp_path: Path) -> None:
    kept = Kept()
    with run(tmp_path) as dfk:
        opened = tap.install(dfk, kept)
        first = _call(dfk, _double, 1)
        second = _call(dfk, _double, first)
        assert second.result(timeout=30) == 4
        opened.close()
    submitted = [e for e in kept.events if isinstance(e, Submitted)]
    assert [(e.task, e.app, e.depends_on, e.others) for e in submitted] == [
        (0, "_double", (), 0),
        (1, "_double", (0,), 0),
    ]
    assert _states(kept.events, 1) == ["launched", "exec_done"]
    launched = [e for e in kept.events if isinstance(e, Launched)]
    assert [(e.task, e.executor_label, e.executor) for e in launched] == [
        (0, "threads", None),
        (1, "threads", None),
    ]
    times = [e.now for e in kept.events if not isinstance(e, Stamped)]
    assert times == sorted(times)


def test_a_retry_is_not_a_new_task(tmp_path: Path) -> None:
    kept = Kept()
    with run(tmp_path, retries=1) as dfk:
        opened = tap.install(dfk, kept)
        with pytest.raises(KeyError):
            _call(dfk, _fail, 1).result(timeout=30)
        opened.close()
    assert len([e for e in kept.events if isinstance(e, Submitted)]) == 1
    assert _states(kept.events, 0) == [
        "launched",
        "fail_retryable",
        "pending",
        "launched",
        "failed",
    ]


def test_a_failure_names_its_exception_and_the_input_that_failed(tmp_path: Path) -> None:
    kept = Kept()
    with run(tmp_path) as dfk:
        opened = tap.install(dfk, kept)
        good, bad = _call(dfk, _double, 1), _call(dfk, _fail, 7)
        after = _call(dfk, _add, good, bad)
        assert after.exception(timeout=30) is not None
        opened.close()
    failed = {e.task: e for e in kept.events if isinstance(e, Failed)}
    own, inherited = failed[1].outcome(), failed[2].outcome()
    assert own is not None
    assert inherited is not None
    assert isinstance(own.error, KeyError)
    assert own.failed_input is None
    assert inherited.error is after.exception(timeout=0)
    assert inherited.failed_input == 1
    assert (failed[1].state, failed[2].state) == ("failed", "dep_fail")


def test_two_runs_are_kept_apart_and_the_class_is_put_back_with_the_last(tmp_path: Path) -> None:
    before = type(LOGGER)
    one, other = Kept(), Kept()
    with run(tmp_path) as first, run(tmp_path) as second:
        tap_one, tap_other = tap.install(first, one), tap.install(second, other)
        _call(first, _double, 1).result(timeout=30)
        _call(second, _add, 1, 2).result(timeout=30)
        assert type(LOGGER) is not before
        tap_one.close()
        tap_one.close()
        assert type(LOGGER) is not before
        _call(first, _double, 1).result(timeout=30)
        tap_other.close()
        assert type(LOGGER) is before
    assert [e.app for e in one.events if isinstance(e, Submitted)] == ["_double"]
    assert [e.app for e in other.events if isinstance(e, Submitted)] == ["_add"]


def test_a_logger_class_of_someone_else_keeps_working(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Theirs(logging.Logger):
        pass

    before: type[logging.Logger] = type(LOGGER)
    monkeypatch.setattr(LOGGER, "__class__", Theirs)
    with run(tmp_path) as dfk:
        opened = tap.install(dfk, Kept())
        assert isinstance(LOGGER, Theirs)
        opened.close()
    assert type(LOGGER) is Theirs
    monkeypatch.undo()
    assert type(LOGGER) is before


def test_a_handler_gets_parsls_records_as_without_the_tap(tmp_path: Path) -> None:
    records: list[logging.LogRecord] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler, level = Handler(logging.INFO), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        with run(tmp_path) as dfk:
            opened = tap.install(dfk, Kept())
            _call(dfk, _double, 1).result(timeout=30)
            opened.close()
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)
    ours = [r for r in records if getattr(r, "parsl.app_name", None) == "_double"]
    assert [(r.funcName, r.filename) for r in ours] == [("submit", "dflow.py")]


def test_no_record_is_made_when_no_handler_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    kept = Kept()
    with run(tmp_path) as dfk:
        opened = tap.install(dfk, kept)
        with monkeypatch.context() as patch:
            patch.setattr(LOGGER, "makeRecord", lambda *a, **k: made.append(a))
            patch.setattr(LOGGER, "propagate", False)
            LOGGER.setLevel(logging.INFO)
            _call(dfk, _double, 1).result(timeout=30)
            LOGGER.setLevel(logging.NOTSET)
        opened.close()
    assert len(kept.events) == 4
    assert made == []


def test_a_sink_that_fails_does_not_fail_the_users_call(tmp_path: Path) -> None:
    class Broken:
        def put(self, event: Event) -> None:
            raise RuntimeError("broken")

    with run(tmp_path) as dfk:
        opened = tap.install(dfk, Broken())
        assert _call(dfk, _double, 4).result(timeout=30) == 8
        assert opened.missed == 4
        opened.close()


def test_a_join_apps_tasks_are_made_by_it(tmp_path: Path) -> None:
    from pilothouse.live.cells import OuterTask

    kept = Kept()
    with run(tmp_path) as dfk:
        opened = tap.install(dfk, kept)
        inner = python_app(_double, data_flow_kernel=dfk, executors=["threads"])

        def _outer(n: int) -> list[AppFuture]:
            return [inner(i) for i in range(n)]

        outer = join_app(_outer, data_flow_kernel=dfk)
        assert outer(3).result(timeout=30) == [0, 2, 4]
        opened.close()
    makers = [e.maker for e in kept.events if isinstance(e, Submitted) and e.app == "_double"]
    assert makers == [OuterTask(dfk.run_id, 0)] * 3
    assert _states(kept.events, 0) == ["launched", "joining", "exec_done"]
