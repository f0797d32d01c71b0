"""What is sent of tasks: the shapes of src/protocol/reports.ts, and their limits."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import TypedDict

#: As LIMITS in src/protocol/limits.ts; a test compares them.
TASKS_PER_REPORT = 5000
ERROR_MESSAGE_CHARS = 2000
TRACEBACK_CHARS = 16_384
PRINTED_CHARS = 8192
APP_CHARS = 300
DEPENDENCIES = 1000
#: Text in one report: even if each character became six bytes of JSON, under clientMessageBytes.
TEXT_PER_REPORT_CHARS = 1_000_000


class TaskError(TypedDict, total=False):
    """`TaskError` of src/protocol/entities.ts."""

    type: str
    message: str
    traceback: str


class TaskUpdate(TypedDict, total=False):
    """`TaskUpdate` of src/protocol/reports.ts."""

    task: int
    app: str
    cell: int | None
    state: str
    reason: str | None
    dependsOn: list[int]
    failedInput: int | None
    tries: int
    submittedAtMs: float
    launchedAtMs: float
    executor: str
    executorTask: int
    pilot: str
    worker: int
    startedAtMs: float
    endedAtMs: float
    error: TaskError
    printed: str


class TaskReport(TypedDict):
    """`TaskReport` of src/protocol/reports.ts: params of `tasks.report`."""

    run: str
    cells: list[dict[str, object]]
    tasks: list[TaskUpdate]


def text_chars(update: TaskUpdate) -> int:
    """How much of a report's room for text an update takes."""
    error = update.get("error")
    texts: Iterator[str] = iter(())
    if error is not None:
        texts = iter((error["type"], error["message"], error.get("traceback", "")))
    dependencies = len(update.get("dependsOn", ())) * 2
    return len(update.get("printed", "")) + sum(map(len, texts)) + dependencies


def task_error(stamped: tuple[str, str, str] | None, error: BaseException) -> TaskError:
    """The pilot's own words where it had any; else (a lost pilot, an argument that cannot be
    pickled) what Parsl says."""
    if stamped is None:
        try:
            message = str(error)
        except Exception as unprintable:  # noqa: BLE001 - a user's class may raise anything
            message = f"({type(error).__name__} cannot be shown: {type(unprintable).__name__})"
        lines = "".join(traceback.format_exception(error))
        stamped = (type(error).__name__, message, lines)
    name, message, lines = stamped
    told: TaskError = {"type": name[:300], "message": message[:ERROR_MESSAGE_CHARS]}
    if lines:
        told["traceback"] = lines[-TRACEBACK_CHARS:]
    return told
