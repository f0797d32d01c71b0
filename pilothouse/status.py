"""`pilothouse.status()`: places, pilots and tasks as plain data, with a table for a cell."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict, cast

from parsl.dataflow.dflow import DataFlowKernelLoader
from parsl.errors import NoDataFlowKernelError

from .bridge import connect
from .bridge.client import BridgeClient
from .command import words
from .command.logins import words as logins
from .command.logins.shapes import HostConnection, Hosts
from .command.shapes import Executor, Pilot, Pool
from .errors import PilothouseError
from .live import reporter

#: As LIMITS.tasksPerPage in src/protocol/limits.ts.
TASKS_PER_PAGE = 500
#: Rows of the table for tasks; the data have more.
TASKS_SHOWN = 20


class TaskFailure(TypedDict, total=False):
    """`TaskError` of src/protocol/entities.ts."""

    type: str
    message: str
    traceback: str


class Task(TypedDict):
    """One call, `Task` of src/protocol/entities.ts; times in ms since the epoch."""

    run: str
    task: int
    group: str
    app: str
    state: str
    reason: str | None
    dependsOn: list[int]
    failedInput: int | None
    tries: int
    pilot: str | None
    host: str | None
    site: str | None
    worker: int | None
    submittedAtMs: float
    launchedAtMs: float | None
    startedAtMs: float | None
    endedAtMs: float | None
    error: TaskFailure | None
    printed: str


class _Places(TypedDict):
    pools: list[Pool]
    pilots: list[Pilot]
    executors: list[Executor]


class _Tasks(TypedDict):
    tasks: list[Task]
    total: int


@dataclass(frozen=True, repr=False)
class Status:
    """What the bridge knows just now.

    :param tasks: the newest, at most `TASKS_PER_PAGE`, of this kernel's run; of all where none
        is loaded. `tasks_total` counts them all.
    """

    pools: list[Pool]
    pilots: list[Pilot]
    tasks: list[Task]
    tasks_total: int
    at_ms: float
    executors: list[Executor] = field(default_factory=list)
    hosts: list[HostConnection] = field(default_factory=list)
    """Submit hosts that are logged in to, or have to be."""

    def __repr__(self) -> str:
        if not self.pools:
            return "No pilots. pilothouse.load('local') gets some on this computer."
        parts: list[str] = []
        for pool in self.pools:
            parts.append("   ".join(_place(pool)))
            parts.extend(f"  {line}" for line in self._lines(pool))
            rows = self._pilot_rows(pool)
            if rows:
                parts.append(_indented(words.table(_PILOT_HEAD, rows)))
        if self.tasks:
            parts.append(words.table(_TASK_HEAD, self._task_rows()))
            parts.extend(self._more())
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        if not self.pools:
            return f"<p>{html.escape(repr(self))}</p>"
        parts: list[str] = []
        for pool in self.pools:
            name, *rest = (html.escape(text) for text in _place(pool))
            parts.append(f"<p><b>{name}</b> &nbsp; {' &nbsp; '.join(rest)}</p>")
            parts.extend(f"<p>{html.escape(line)}</p>" for line in self._lines(pool))
            parts.append(_html_table(_PILOT_HEAD, self._pilot_rows(pool)))
        parts.append(_html_table(_TASK_HEAD, self._task_rows()))
        parts.extend(f"<p>{html.escape(more)}</p>" for more in self._more())
        return "".join(parts)

    def _lines(self, pool: Pool) -> list[str]:
        """What there is to say of a place beside its numbers."""
        hosts = logins.of_pool(pool["pool"], self.hosts, self.at_ms)
        return hosts + words.whys(pool, self.executors)

    def _pilot_rows(self, pool: Pool) -> list[tuple[str, ...]]:
        return [
            (
                pilot["pilot"],
                words.state_word(pilot),
                pilot["site"] or pilot["host"] or "",
                words.duration(self.at_ms - (pilot["startedAtMs"] or pilot["createdAtMs"])),
                f"{pilot['ran']:,}",
                words.apps(pilot["running"]),
            )
            for pilot in self.pilots
            if pilot["pool"] == pool["pool"] and pilot["state"] != "ended"
        ]

    def _task_rows(self) -> list[tuple[str, ...]]:
        return [
            (
                str(task["task"]),
                task["app"],
                _task_state(task),
                task["pilot"] or "",
                _took(task, self.at_ms),
                _failure(task),
            )
            for task in self.tasks[:TASKS_SHOWN]
        ]

    def _more(self) -> list[str]:
        hidden = self.tasks_total - min(len(self.tasks), TASKS_SHOWN)
        return [f"and {hidden:,} older tasks"] if hidden > 0 else []


_PILOT_HEAD = ("PILOT", "STATE", "WHERE", "AGE", "RAN", "RUNS")
_TASK_HEAD = ("TASK", "APP", "STATE", "PILOT", "RAN FOR", "ERROR")


def status(name: str | None = None) -> Status:
    """Pilots and tasks as the bridge knows them.

    :param name: of one place; None for all.
    :raises PilothouseError: unknown_profile, bridge_unreachable and what a start may raise.
    """
    if name is not None and not isinstance(name, str):
        raise PilothouseError("not_a_name", {"function": "status", "value": repr(name)})
    with connect("command") as bridge:
        return status_of(bridge, name)


def status_of(bridge: BridgeClient, name: str | None = None) -> Status:
    """The same by a connection that is there already."""
    pool = {} if name is None else {"pool": name}
    run = _loaded_run()
    if run is not None:
        reporter.flush_run(run)  # what has just happened in this kernel is part of the answer
    places = cast(_Places, bridge.request("pools.status", pool))
    wanted: dict[str, object] = {"limit": TASKS_PER_PAGE} | ({} if run is None else {"run": run})
    hosts = cast(Hosts, bridge.request("hosts.list"))["hosts"]
    listed = cast(_Tasks, bridge.request("tasks.list", wanted))
    tasks, total = listed["tasks"], listed["total"]
    if name is not None:
        known = {pilot["pilot"] for pilot in places["pilots"]}
        here = [task for task in tasks if task["pilot"] is None or task["pilot"] in known]
        tasks, total = here, total - (len(tasks) - len(here))
    now = time.time() * 1000
    return Status(places["pools"], places["pilots"], tasks, total, now, places["executors"], hosts)


def _loaded_run() -> str | None:
    try:
        return DataFlowKernelLoader.dfk().run_id
    except NoDataFlowKernelError:
        return None


def _place(pool: Pool) -> tuple[str, str, str]:
    same = pool["title"] == pool["pool"]
    name = pool["title"] if same else f"{pool['title']} ({pool['pool']})"
    return name, words.counted(pool), words.wanted(pool["wanted"])


def _task_state(task: Task) -> str:
    match task["state"], task["reason"]:
        case "waiting", "futures":
            return "waiting for futures"
        case "waiting", "pilot":
            return "waiting for a pilot"
        case "waiting", "joining":
            return "waiting for the tasks it joins"
        case "done", "memory":
            return "done, from memory"
        case "failed", "dependency" if task["failedInput"] is not None:
            return f"failed, as its input task {task['failedInput']} did"
        case state, _:
            return state


def _took(task: Task, now_ms: float) -> str:
    started, ended = task["startedAtMs"], task["endedAtMs"]
    if started is None:
        return ""
    milliseconds = (now_ms if ended is None else ended) - started
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else words.duration(milliseconds)


def _failure(task: Task) -> str:
    error = task["error"]
    if error is None or task["state"] != "failed":
        return ""
    return f"{error['type']}: {error['message']}".partition("\n")[0][:100]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""

    def line(cell: str, texts: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{cell}>{html.escape(t)}</{cell}>" for t in texts) + "</tr>"

    return f"<table>{line('th', head)}{''.join(line('td', row) for row in rows)}</table>"
