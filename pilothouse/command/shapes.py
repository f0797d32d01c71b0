"""The parts of the bridge's answers that the command shows (src/protocol/entities.ts).

The bridge has checked them; here they get names for the type checker.
"""

from __future__ import annotations

from typing import TypedDict

from pilothouse.whys import Why


class Wanted(TypedDict):
    count: int
    typed: int | None
    asked: int
    max: int


class Stopped(TypedDict):
    code: str
    params: dict[str, str | int | float | bool | None]
    words: str
    failures: int


class Trouble(TypedDict):
    code: str
    words: str
    sinceMs: float


Moved = TypedDict("Moved", {"from": str, "to": str, "atMs": float})
"""`Uplink.moved` of src/protocol/uplinks.ts."""


class _PerhapsMoved(TypedDict, total=False):
    moved: Moved


class Uplink(_PerhapsMoved):
    """`Uplink` of src/protocol/uplinks.ts."""

    kind: str
    machine: str
    port: int | None
    sinceMs: float
    trouble: dict[str, object] | None
    nextTryMs: float | None


class Pool(TypedDict):
    pool: str
    title: str
    wanted: Wanted
    counts: dict[str, int]
    stopped: Stopped | None
    waitingWhy: str | None
    submitHost: str
    schedulerTrouble: Trouble | None
    uplinks: list[Uplink]


class Pilot(TypedDict):
    pilot: str
    pool: str
    state: str
    sinceMs: float
    cause: str
    words: str
    end: str | None
    createdAtMs: float
    startedAtMs: float | None
    endedAtMs: float | None
    schedulerId: str | None
    why: Why | None
    host: str | None
    site: str | None
    runtime: dict[str, str]
    running: list[str]
    ran: int


class _Process(TypedDict):
    pid: int


class Origin(_Process, total=False):
    notebook: str


class Executor(TypedDict):
    executor: str
    pool: str
    label: str
    origin: Origin
    failure: dict[str, object] | None


class Status(TypedDict):
    pools: list[Pool]
    pilots: list[Pilot]
    executors: list[Executor]


class ListedProfile(TypedDict):
    name: str
    title: str
    source: str


class BrokenProfile(TypedDict):
    file: str
    error: dict[str, object]


class Profiles(TypedDict):
    profiles: list[ListedProfile]
    broken: list[BrokenProfile]


class Scaling(TypedDict, total=False):
    initial: int


class UplinkOptions(TypedDict):
    kinds: list[str]


class Profile(TypedDict):
    scaling: Scaling
    uplink: UplinkOptions


class Written(TypedDict):
    profile: dict[str, object]
    source: str
    readOnly: bool


class FieldProblem(TypedDict):
    field: str
    message: str
    severity: str


class Understood(TypedDict):
    field: str
    text: str


class Checked(TypedDict):
    problems: list[FieldProblem]
    understood: list[Understood]
    dryRun: str | None


class ScriptLine(TypedDict):
    text: str
    field: str | None


class ScriptFile(TypedDict):
    path: str
    language: str
    lines: list[ScriptLine]


class OtherFile(TypedDict):
    path: str
    what: str


class Plan(TypedDict):
    files: list[ScriptFile]
    others: list[OtherFile]
    commands: list[str]


class LogFile(TypedDict):
    file: str
    worker: int | None
    path: str
    size: int


class LogFiles(TypedDict):
    files: list[LogFile]
    trouble: dict[str, object] | None
    keptUntilMs: float | None
    keepDays: float | None


class LogPiece(TypedDict):
    path: str
    text: str
    offset: int
    end: int
    size: int


class BridgeStatus(TypedDict):
    version: str
    node: str
    pid: int
    startedAtMs: float
    machine: str
    stateFolder: str
    logFile: str
    clients: dict[str, int]
    agents: int
