"""Which failures of a task are tried again, and at whose expense."""

from __future__ import annotations

import weakref
from concurrent.futures import Future
from dataclasses import dataclass, field

from parsl.dataflow.taskrecord import TaskRecord
from parsl.executors.errors import ExecutorError
from parsl.executors.high_throughput.errors import ManagerLost, WorkerLost

from ..errors import PilothouseError

LOST_PILOTS = 3
"""So many lost pilots a task survives; the next one ends it."""


class PilotLost(ManagerLost):
    """A pilot's worker pool ended while it had this task.

    :param start: the pool start, HTEX's name of the manager.
    :param host: where it ran.
    :param words: its last words, or the scheduler's.
    """

    def __init__(self, start: str, host: str, words: str) -> None:
        super().__init__(start.encode(), host)
        self.start = start
        self.words = words

    def __reduce__(self) -> tuple[type[PilotLost], tuple[str, ...]]:
        return (PilotLost, (self.start, self.hostname, self.words))

    def __str__(self) -> str:
        return f"The pilot on {self.hostname} was lost{f': {self.words}' if self.words else '.'}"


class PilotOutOfTime(PilotLost):
    """A pilot's walltime was over while it ran this task, which got an exception.

    :param start: the pool start, HTEX's name of the manager.
    :param pilot: the pilot's name.
    """

    def __init__(self, start: str, pilot: str) -> None:
        super().__init__(start, pilot, "")

    def __reduce__(self) -> tuple[type[PilotLost], tuple[str, ...]]:
        return (PilotOutOfTime, (self.start, self.hostname))

    def __str__(self) -> str:
        return (
            f"The walltime of pilot {self.hostname} was over while it ran the task, which got an "
            "exception to close its files."
        )


class PilotClosed(ManagerLost):
    """A pilot that is about to end did not begin this task.

    :param pilot: the pilot's name.
    """

    def __init__(self, pilot: str) -> None:
        super().__init__(pilot.encode(), pilot)
        self.pilot = pilot

    def __reduce__(self) -> tuple[type[PilotClosed], tuple[str]]:
        return (PilotClosed, (self.pilot,))

    def __str__(self) -> str:
        return f"The pilot {self.pilot} was about to end and did not begin the task."


@dataclass
class _Tries:
    own: int = 0
    lost: list[str] = field(default_factory=list)
    out_of_time: int = 0
    """So many of the lost had only come to the end of their walltime."""
    starts: set[str] = field(default_factory=set)
    """Pool starts among the lost: one is lost once, though the task may have been sent there again
    before it was gone."""


class RetryHandler:
    """Parsl's ``retry_handler``: lost pilots are not charged to a task, own exceptions are.

    :param own: how often an exception of the app itself is tried again.
    :param budget: the Config's ``retries``.

    A cost of 0 tries again; one above the budget does not. What it raises becomes the task's
    exception (parsl/dataflow/dflow.py, ``handle_exec_update``).
    """

    def __init__(self, own: int = 0, budget: int = LOST_PILOTS) -> None:
        self.own = own
        self.budget = budget
        self._tries: weakref.WeakKeyDictionary[Future[object], _Tries] = weakref.WeakKeyDictionary()

    def __call__(self, error: Exception, record: TaskRecord) -> float:
        tries = self._tries.setdefault(record["app_fu"], _Tries())
        if isinstance(error, PilotClosed):
            return 0  # it did not run, so it cannot be what ends pilots
        if isinstance(error, (ManagerLost, WorkerLost)):
            if isinstance(error, PilotLost):
                if error.start in tries.starts:
                    return 0
                tries.starts.add(error.start)
            tries.lost.append(str(error))
            tries.out_of_time += isinstance(error, PilotOutOfTime)
            count = len(tries.lost)
            if count > LOST_PILOTS:
                code = "walltime_short" if tries.out_of_time == count else "pilots_lost"
                raise PilothouseError(code, {"count": count}, words="\n".join(tries.lost))
            return 0
        if isinstance(error, (PilothouseError, ExecutorError)):
            return self.budget + 1
        tries.own += 1
        return 0 if tries.own <= self.own else self.budget + 1
