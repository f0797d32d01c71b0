"""Near the end of a pilot's time: running tasks close their files, and no new one begins."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest
from parsl.executors import HighThroughputExecutor

from pilothouse.agent.exits import Ending
from pilothouse.agent.processes import age_seconds
from pilothouse.lending.packing import Stamp
from pilothouse.lending.results import Failed, outcome_of, stamp_of
from pilothouse.lending.retries import PilotClosed, PilotLost

from .conftest import StartPilot, StartPool
from .home import Home, ended_pool, until
from .interchange import RESULT_SECONDS, pool_start, submit, value

LINES = 1000


def appends(path: str, ready: str) -> None:
    """Writes without ever flushing, and would go on for ever; an `except Exception` too."""
    import contextlib
    import time

    with open(path, "w") as file:
        for number in range(1000):
            file.write(f"{number}\n")
        open(ready, "w").close()
        while True:
            with contextlib.suppress(Exception):
                time.sleep(0.05)


def waits_for_children(ready: str) -> None:
    import subprocess

    open(ready, "w").close()
    subprocess.run(["/bin/sleep", "600"], check=True)


def answers_anyway(ready: str) -> str:
    import time

    open(ready, "w").close()
    try:
        time.sleep(600)
    except BaseException as end:  # noqa: BLE001 - what such an app gets
        return type(end).__name__
    return "slept"


def closes_slowly(ready: str, leave: str) -> str:
    import os
    import time

    open(ready, "w").close()
    try:
        time.sleep(600)
    except BaseException:  # noqa: BLE001 - what such an app gets
        while not os.path.exists(leave):
            time.sleep(0.01)
    return "closed"


def stamped(future: Future[object]) -> Stamp:
    stamp = stamp_of(future.result(RESULT_SECONDS))
    assert stamp is not None
    return stamp


def test_running_tasks_are_told_before_the_end(
    start_pilot: StartPilot,
    start_pool: StartPool,
    executor: HighThroughputExecutor,
    tmp_path: Path,
) -> None:
    pilot = start_pool(start_pilot(walltimeSeconds=60, warnSeconds=40), workers=2)
    waits, appending = tmp_path / "waits", tmp_path / "appending"
    written = tmp_path / "my_arr.txt"
    tasks = [
        submit(executor, waits_for_children, str(waits)),
        submit(executor, appends, str(written), str(appending)),
    ]
    until(lambda: waits.exists() and appending.exists(), "the tasks to run", 20)
    waiting = submit(executor, lambda: 1)
    for task in tasks:
        told = stamped(task)
        assert told.kind == "lost"
        outcome = outcome_of(told, 1)
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, PilotLost)
        assert "walltime of pilot p-test was over" in str(outcome.error)
    assert len(written.read_text().splitlines()) == LINES
    refused = stamped(waiting)
    assert (refused.kind, refused.started_ms) == ("refused", refused.ended_ms)
    outcome = outcome_of(refused, 2)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, PilotClosed)
    pilot.process.terminate()
    assert pilot.ended() == Ending.REMOVED.code


def test_setup_counts_as_much_as_it_does_to_the_scheduler(
    home: Home, start_pilot: StartPilot
) -> None:
    script = os.getpid()
    setup_ms = (age_seconds(script) or 0) * 1000
    assert setup_ms > 0
    start_pilot({"PILOTHOUSE_SCRIPT": str(script)}, walltimeSeconds=100_000)
    assert life_ms(home.next("agent.hello")) <= 100_000_000 - setup_ms


def test_a_pilot_tells_when_its_scheduler_will_end_it(home: Home, start_pilot: StartPilot) -> None:
    end = int(time.time()) + 500
    start_pilot({"SLURM_JOB_END_TIME": str(end)}, walltimeSeconds=100_000)
    hello = home.next("agent.hello")
    assert number(hello["endsByMs"]) == pytest.approx((end - 5) * 1000, abs=5000)
    assert number(hello["startedAtMs"]) <= number(hello["nowMs"]) <= time.time() * 1000


@pytest.mark.parametrize("ahead", [3600, -3600])
def test_a_clock_that_is_an_hour_wrong_changes_no_walltime(
    home: Home,
    start_pilot: StartPilot,
    wrong_clock: Callable[[int], dict[str, str]],
    ahead: int,
) -> None:
    began = time.monotonic()
    start = int(time.time())
    schedulers = {"SLURM_JOB_START_TIME": str(start), "SLURM_JOB_END_TIME": str(start + 15)}
    pilot = start_pilot({**wrong_clock(ahead), **schedulers}, walltimeSeconds=100_000)
    hello = home.next("agent.hello")
    assert number(hello["nowMs"]) / 1000 - time.time() == pytest.approx(ahead, abs=60)
    # Five seconds before the job's end, which began with its agent: nobody saw when that was.
    assert 10_000 - (time.monotonic() - began) * 1000 < life_ms(hello) < 10_500
    assert pilot.ended() == Ending.WALLTIME.code
    assert time.monotonic() - began > life_ms(hello) / 1000


def test_a_pilot_without_a_walltime_has_no_end(home: Home, start_pilot: StartPilot) -> None:
    start_pilot()
    assert home.next("agent.hello")["endsByMs"] is None


def life_ms(hello: Mapping[str, object]) -> float:
    return number(hello["endsByMs"]) - number(hello["startedAtMs"])


def number(value: object) -> float:
    assert isinstance(value, (int, float))
    return value


def test_what_a_task_makes_of_its_last_minute_counts(
    home: Home, start_pool: StartPool, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    pilot = start_pool(workers=1)
    ready = tmp_path / "ready"
    task = submit(executor, answers_anyway, str(ready))
    until(ready.exists, "the task to run")
    # The agent knows of it with its next look.
    home.next("agent.running")
    pilot.process.terminate()
    assert value(task.result(RESULT_SECONDS)) == "PilotEnds"
    assert pilot.ended() == Ending.REMOVED.code


def test_an_end_is_said_before_the_last_results_and_no_pool_begins_after_it(
    home: Home, start_pool: StartPool, executor: HighThroughputExecutor, tmp_path: Path
) -> None:
    pilot = start_pool(workers=1)
    ready, leave = tmp_path / "ready", tmp_path / "leave"
    task = submit(executor, closes_slowly, str(ready), str(leave))
    until(ready.exists, "the task to run")
    home.next("agent.running")
    pilot.process.terminate()
    assert home.next("agent.ending") == {"reason": "removed", "words": "SIGTERM"}
    # Sent before the bridge has heard of the end.
    late = pool_start(executor, "s-2", tmp_path, lease="lease-2", workers=1)
    home.send("pool.start", late)
    home.cut()
    home.next("agent.hello")
    assert home.next("agent.ending")["reason"] == "removed"
    home.send("pool.start", late)
    home.send("logs.list", {"id": 1})
    home.next("agent.log")
    leave.touch()
    assert value(task.result(RESULT_SECONDS)) == "closed"
    assert ended_pool(home)["lease"] == "lease-1"
    assert pilot.ended() == Ending.REMOVED.code
    assert "lease-2" not in pilot.output()


def test_a_short_life_is_not_all_warning(home: Home, start_pilot: StartPilot) -> None:
    began = time.monotonic()
    pilot = start_pilot(walltimeSeconds=8, warnSeconds=60)
    home.next("agent.hello")
    until(lambda: "no new task" in pilot.output(), "the warning")
    assert pilot.ended() == Ending.WALLTIME.code
    assert time.monotonic() - began >= 8
