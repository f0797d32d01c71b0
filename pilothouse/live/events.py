"""What the kernel notices of its tasks, as plain data, in the order in which it happens.

`now` is `time.time()`, seconds since the epoch by the kernel's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from .cells import Maker


class Submitted(NamedTuple):
    """An app was called. `others` counts inputs that are futures but not of this run's tasks."""

    now: float
    task: int
    app: str
    depends_on: tuple[int, ...]
    others: int
    maker: Maker | None


class StateChanged(NamedTuple):
    """Parsl's state of a task changed, other than to a failure."""

    now: float
    task: int
    state: str


class Outcome(NamedTuple):
    """How a task failed, once Parsl has said so to the future that the user holds."""

    error: BaseException
    failed_input: int | None


class Failed(NamedTuple):
    """Parsl's state changed to `failed` or `dep_fail`; `outcome` gives None until it is known."""

    now: float
    task: int
    state: str
    outcome: Callable[[], Outcome | None]


class Launched(NamedTuple):
    """A try was handed to an executor; ids only where that executor is one of Pilothouse's."""

    now: float
    task: int
    executor_label: str
    executor: str | None
    executor_task: int | None


class Stamped(NamedTuple):
    """A result came back with the place and times of its try; times in ms since the epoch."""

    executor: str
    executor_task: int
    pilot: str
    worker: int
    started_ms: float
    ended_ms: float
    printed: str
    error: tuple[str, str, str] | None


Event: TypeAlias = Submitted | StateChanged | Failed | Launched | Stamped
