"""What a reporter sends of real runs: valid, complete, and none lost while the bridge is away."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import jsonschema
import pytest
from parsl import join_app, python_app
from parsl.dataflow.dflow import DataFlowKernel
from parsl.dataflow.futures import AppFuture

from pilothouse.live import tap
from pilothouse.live.events import Submitted
from pilothouse.live.reporter import Reporter
from tests.kernel.view_runs import Bridge, run, until

ROOT = Path(__file__).parents[2]


def _double(x: int) -> int:
    return 2 * x


def _fail(x: int) -> int:
    raise KeyError(x)


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


@pytest.fixture
def dfk(tmp_path: Path, bridge: Bridge) -> Iterator[DataFlowKernel]:
    with run(tmp_path, retries=1) as opened:
        yield opened


@pytest.fixture
def reporter(dfk: DataFlowKernel, bridge: Bridge) -> Iterator[Reporter]:
    reporter = Reporter(dfk.run_id, bridge.notify)
    opened = tap.install(dfk, reporter)
    reporter.start()
    yield reporter
    opened.close()
    reporter.close()
    assert not [t for t in threading.enumerate() if t.name == "pilothouse-reporter"]


def _double_all(dfk: DataFlowKernel, numbers: range) -> list[AppFuture]:
    app = python_app(_double, data_flow_kernel=dfk, executors=["threads"])
    return [app(number) for number in numbers]


def _all_done(bridge: Bridge, count: int) -> bool:
    tasks = bridge.tasks()
    return len(tasks) == count and all(t["state"] == "done" for t in tasks.values())


def test_reports_come_by_themselves_and_are_few(
    dfk: DataFlowKernel, bridge: Bridge, reporter: Reporter
) -> None:
    wait(_double_all(dfk, range(500)), timeout=60)
    until(lambda: _all_done(bridge, 500), "all 500 reported as done")
    told = sum(len(report["tasks"]) for report in bridge.reports)
    assert told <= 1500  # at most three of each task's four changes fall into reports of their own
    for report in bridge.reports:
        numbers = [task["task"] for task in report["tasks"]]
        assert len(numbers) == len(set(numbers))


def test_every_report_is_as_the_contract_says(
    dfk: DataFlowKernel, bridge: Bridge, reporter: Reporter
) -> None:
    schema = json.loads((ROOT / "pilothouse/schemas/protocol.json").read_text())
    good = _double_all(dfk, range(3))
    bad = python_app(_fail, data_flow_kernel=dfk, executors=["threads"])(5)
    after = python_app(_double, data_flow_kernel=dfk, executors=["threads"])(bad)
    app = python_app(_double, data_flow_kernel=dfk, executors=["threads"])
    joined = join_app(lambda: [app(1)], data_flow_kernel=dfk)()
    wait([*good, bad, after, joined], timeout=60)

    def finished() -> bool:
        tasks = bridge.tasks()  # seven, with the one that the join app makes
        return len(tasks) == 7 and all(t["state"] in ("done", "failed") for t in tasks.values())

    until(finished, "everything reported as finished")
    validator = jsonschema.Draft202012Validator(schema["clientNotifications"]["tasks.report"])
    for report in bridge.reports:
        validator.validate(json.loads(json.dumps(report)))
    tasks = bridge.tasks()
    assert tasks[3]["error"]["type"] == "KeyError"
    assert "_fail" in tasks[3]["error"]["traceback"]
    assert (tasks[3]["reason"], tasks[3]["tries"]) == ("exception", 2)
    assert (tasks[4]["reason"], tasks[4]["failedInput"]) == ("dependency", 3)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"run": dfk.run_id, "cells": [], "tasks": [{"task": "one"}]})


def test_nothing_is_lost_while_the_bridge_is_away(
    dfk: DataFlowKernel, bridge: Bridge, reporter: Reporter
) -> None:
    bridge.away = True
    wait(_double_all(dfk, range(50)), timeout=60)
    assert not reporter.flush()
    bridge.away = False
    reporter.replay()
    until(lambda: _all_done(bridge, 50), "all 50 reported after the bridge is back")
    assert reporter.dropped == 0


def test_a_new_bridge_is_told_what_is_unfinished_and_what_has_just_finished(
    dfk: DataFlowKernel, bridge: Bridge, reporter: Reporter
) -> None:
    gate = threading.Event()

    def _held() -> None:
        gate.wait(30)

    held = python_app(_held, data_flow_kernel=dfk, executors=["threads"])()
    wait(_double_all(dfk, range(2)), timeout=60)
    assert reporter.flush()
    bridge.reports.clear()
    reporter.replay()
    until(lambda: len(bridge.tasks()) == 3, "three tasks told again")
    tasks = bridge.tasks()
    assert [tasks[n]["state"] for n in range(3)] == ["waiting", "done", "done"]
    assert all("app" in t and "submittedAtMs" in t for t in tasks.values())
    gate.set()
    held.result(timeout=30)


def test_replay_does_not_wait_for_a_send_that_waits_for_the_connection() -> None:
    entered, released = threading.Event(), threading.Event()

    def notify(method: str, params: dict[str, object]) -> None:
        entered.set()
        released.wait(30)

    reporter = Reporter("run-1", notify)
    reporter.start()
    reporter.put(Submitted(1.0, 0, "app", (), 0, None))
    assert entered.wait(30)
    again = threading.Thread(target=reporter.replay)
    again.start()
    again.join(30)
    assert not again.is_alive()
    released.set()
    reporter.close()


def test_a_bridge_that_is_away_says_nothing_in_the_cell(
    capfd: pytest.CaptureFixture[str], bridge: Bridge
) -> None:
    bridge.away = True
    reporter = Reporter("run-1", bridge.notify)
    reporter.put(Submitted(1.0, 0, "app", (), 0, None))
    handlers, logging.root.handlers = logging.root.handlers, []  # as in a kernel
    try:
        assert not reporter.flush()
    finally:
        logging.root.handlers = handlers
    reporter.close()
    assert capfd.readouterr() == ("", "")
