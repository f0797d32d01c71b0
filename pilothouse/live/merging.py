"""Makes of many events one update a task: what changed since the last report.

Pure: events in, reports out. States are those of src/protocol/states.ts; `running` is not among
them, because Parsl's kernel side does not know it and the pilots say it themselves.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict, deque

from parsl.executors.high_throughput.errors import ManagerLost, WorkerLost

from ..errors import PilothouseError
from .cells import CellExecution, OuterTask
from .events import Event, Failed, Launched, Outcome, Stamped, StateChanged, Submitted
from .reports import (
    APP_CHARS,
    DEPENDENCIES,
    PRINTED_CHARS,
    TASKS_PER_REPORT,
    TEXT_PER_REPORT_CHARS,
    TaskReport,
    TaskUpdate,
    task_error,
    text_chars,
)

#: Finished tasks whose report could not be sent that are kept; then the oldest go.
FINISHED_UNSENT_KEPT = 20_000
#: Reported finished tasks that are told again to a bridge that may have missed them.
FINISHED_SENT_KEPT = 5000
#: Stamps that came before it was known whose they are.
UNCLAIMED_STAMPS_KEPT = 1000
#: The executor of join apps, staging and `future[i]`: its tasks never wait for a pilot.
PARSL_INTERNAL = "_parsl_internal"


class _Told:
    """All that is known of one task, and what of it has not been sent."""

    __slots__ = ("cell", "finished", "key", "stamp_error", "unsent", "whole")

    def __init__(self, whole: TaskUpdate, cell: CellExecution | None) -> None:
        self.whole = whole
        self.cell = cell
        self.unsent: TaskUpdate | None = None
        self.finished = False
        self.key: tuple[str, int] | None = None
        self.stamp_error: tuple[str, str, str] | None = None


class Taken:
    """A report, and what must be known if it could not be sent."""

    def __init__(self, report: TaskReport, updates: list[tuple[int, TaskUpdate]]) -> None:
        self.report = report
        self.updates = updates


class TaskTable:
    """The tasks of one run. Not thread-safe."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._tasks: dict[int, _Told] = {}
        self._unsent: dict[int, None] = {}
        self._of_executor: dict[tuple[str, int], int] = {}
        self._unclaimed: dict[tuple[str, int], Stamped] = {}
        self._finished_sent: deque[int] = deque()
        self._finished_unsent: OrderedDict[int, None] = OrderedDict()
        #: Finished tasks forgotten because the bridge was away too long.
        self.dropped = 0

    @property
    def unsent(self) -> int:
        """Tasks of which something has not been sent."""
        return len(self._unsent)

    def apply(self, event: Event) -> bool:
        """Takes an event in; False if it must come again because a failure is not yet known."""
        if isinstance(event, Submitted):
            self._submitted(event)
        elif isinstance(event, Stamped):
            self._stamped(event)
        else:
            told = self._tasks.get(event.task)
            if told is None or told.finished:  # submitted before the tap was there
                return True
            if isinstance(event, Launched):
                self._launched(told, event)
            elif isinstance(event, StateChanged):
                self._changed(told, event)
            else:
                return self._failed(told, event, event.outcome())
        return True

    def give_up(self, event: Failed) -> None:
        """Reports a failure whose exception never came."""
        told = self._tasks.get(event.task)
        if told is not None and not told.finished:
            unknown = RuntimeError("the task failed, and Parsl did not say how")
            self._failed(told, event, Outcome(unknown, None))

    def _submitted(self, event: Submitted) -> None:
        cell: CellExecution | None = None
        if isinstance(event.maker, OuterTask):
            outer = self._tasks.get(event.maker.task)
            if outer is not None and event.maker.run_id == self._run_id:
                cell = outer.cell
        else:
            cell = event.maker
        waits = event.others > 0 or any(self._unfinished(task) for task in event.depends_on)
        told = _Told({"task": event.task}, cell)
        self._tasks[event.task] = told
        update: TaskUpdate = {
            "app": event.app[:APP_CHARS],
            "state": "waiting",
            "reason": "futures" if waits else "pilot",
            "tries": 0,
            "submittedAtMs": event.now * 1000,
        }
        if event.depends_on:
            update["dependsOn"] = list(dict.fromkeys(event.depends_on))[:DEPENDENCIES]
        self._update(told, update)

    def _unfinished(self, task: int) -> bool:
        told = self._tasks.get(task)
        return told is not None and not told.finished

    def _launched(self, told: _Told, event: Launched) -> None:
        if event.executor_label == PARSL_INTERNAL:
            self._update(told, {"reason": "joining"})
        if event.executor is None or event.executor_task is None:
            return
        key = (event.executor, event.executor_task)
        self._forget_key(told)
        told.key = key
        self._update(told, {"executor": event.executor, "executorTask": event.executor_task})
        early = self._unclaimed.pop(key, None)
        if early is None:
            self._of_executor[key] = event.task
        else:
            self._place(told, early)

    def _stamped(self, stamp: Stamped) -> None:
        key = (stamp.executor, stamp.executor_task)
        task = self._of_executor.pop(key, None)
        told = None if task is None else self._tasks.get(task)
        if told is not None:
            self._place(told, stamp)
            return
        self._unclaimed[key] = stamp
        if len(self._unclaimed) > UNCLAIMED_STAMPS_KEPT:
            del self._unclaimed[next(iter(self._unclaimed))]

    def _place(self, told: _Told, stamp: Stamped) -> None:
        update: TaskUpdate = {
            "pilot": stamp.pilot,
            "worker": stamp.worker,
            "startedAtMs": stamp.started_ms,
            "endedAtMs": stamp.ended_ms,
        }
        if stamp.printed:
            update["printed"] = stamp.printed[-PRINTED_CHARS:]
        told.stamp_error = stamp.error
        self._update(told, update)

    def _changed(self, told: _Told, event: StateChanged) -> None:
        now = event.now * 1000
        match event.state:
            case "pending":  # after fail_retryable
                self._update(told, {"state": "waiting", "reason": "pilot"})
            case "launched":
                tries = max(told.whole.get("tries", 0), 1)
                self._update(
                    told,
                    {"state": "waiting", "reason": "pilot", "tries": tries, "launchedAtMs": now},
                )
            case "fail_retryable":
                tries = told.whole.get("tries", 0) + 1
                self._forget_try(told)
                self._update(told, {"state": "waiting", "reason": "pilot", "tries": tries})
            case "joining":
                self._update(told, {"state": "waiting", "reason": "joining"})
            case "exec_done":
                self._finish(told, {"state": "done", "reason": "executed"}, now)
            case "memo_done":
                self._finish(told, {"state": "done", "reason": "memory"}, now)
            case _:  # a state of a later Parsl says nothing that a person is shown
                pass

    def _failed(self, told: _Told, event: Failed, outcome: Outcome | None) -> bool:
        if outcome is None:
            return False
        update: TaskUpdate = {
            "state": "failed",
            "error": task_error(told.stamp_error, outcome.error),
        }
        if event.state == "dep_fail":
            update["reason"] = "dependency"
            update["failedInput"] = outcome.failed_input
        else:
            update["reason"] = "lost" if _is_loss(outcome.error) else "exception"
        self._finish(told, update, event.now * 1000)
        return True

    def _finish(self, told: _Told, update: TaskUpdate, now_ms: float) -> None:
        if "endedAtMs" not in told.whole:
            update["endedAtMs"] = now_ms
        told.finished = True
        self._forget_key(told)
        self._update(told, update)
        self._finished_unsent[told.whole["task"]] = None
        while len(self._finished_unsent) > FINISHED_UNSENT_KEPT:
            oldest = next(iter(self._finished_unsent))
            del self._finished_unsent[oldest], self._unsent[oldest], self._tasks[oldest]
            self.dropped += 1

    def _forget_try(self, told: _Told) -> None:
        """Where and when an earlier try ran says nothing of the next."""
        self._forget_key(told)
        told.stamp_error = None
        for known in (told.whole, told.unsent):
            if known is not None:
                known.pop("pilot", None)
                known.pop("worker", None)
                known.pop("startedAtMs", None)
                known.pop("endedAtMs", None)
                known.pop("printed", None)

    def _forget_key(self, told: _Told) -> None:
        if told.key is not None:
            self._of_executor.pop(told.key, None)
            told.key = None

    def _update(self, told: _Told, update: TaskUpdate) -> None:
        told.whole.update(update)
        if told.unsent is None:
            task = told.whole["task"]
            told.unsent = {"task": task}
            self._unsent[task] = None
        told.unsent.update(update)

    def take(self) -> Taken | None:
        """The next report, at most `TASKS_PER_REPORT` tasks; None if all has been taken."""
        report: TaskReport = {"run": self._run_id, "cells": [], "tasks": []}
        updates: list[tuple[int, TaskUpdate]] = []
        places: dict[CellExecution, int] = {}
        room = TEXT_PER_REPORT_CHARS
        for task in list(itertools.islice(self._unsent, TASKS_PER_REPORT)):
            told = self._tasks[task]
            update = told.unsent
            if update is None:
                continue
            room -= text_chars(update)
            if room < 0 and updates:
                break
            del self._unsent[task]
            told.unsent = None
            self._finished_unsent.pop(task, None)
            if "app" in update:
                update["cell"] = None
                if told.cell is not None:
                    update["cell"] = places.setdefault(told.cell, len(places))
            updates.append((task, update))
            report["tasks"].append(update)
        report["cells"] = [cell.as_message() for cell in places]
        return Taken(report, updates) if updates else None

    def sent(self, taken: Taken) -> None:
        """The report is on its way; finished tasks are kept a while in case it never arrives."""
        for task, _ in taken.updates:
            told = self._tasks.get(task)
            if told is not None and told.finished and told.unsent is None:
                self._finished_sent.append(task)
        while len(self._finished_sent) > FINISHED_SENT_KEPT:
            task = self._finished_sent.popleft()
            told = self._tasks.get(task)
            if told is not None and told.unsent is None:
                del self._tasks[task]

    def not_sent(self, taken: Taken) -> None:
        """The report could not be sent: it is merged with what has come since."""
        later = list(self._unsent)
        self._unsent.clear()
        for task, update in taken.updates:
            told = self._tasks.get(task)
            if told is None:
                continue
            update.pop("cell", None)
            if told.finished:
                self._finished_unsent[task] = None
            update.update(told.unsent or {})
            told.unsent = update
            self._unsent[task] = None
        for task in later:
            self._unsent[task] = None

    def again(self) -> None:
        """Makes every task that is kept unsent and whole, for a bridge that knows none of them."""
        for task, told in self._tasks.items():
            if told.finished:
                self._finished_unsent[task] = None
            told.unsent = told.whole.copy()
            self._unsent[task] = None
        self._finished_sent.clear()


def _is_loss(error: BaseException) -> bool:
    if isinstance(error, PilothouseError):
        return error.code in {"pilots_lost", "walltime_short"}
    return isinstance(error, (ManagerLost, WorkerLost))
