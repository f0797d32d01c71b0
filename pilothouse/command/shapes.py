"""The parts of the bridge's answers that the command shows (src/protocol/entities.ts).

The bridge has checked them; here they get names for the type checker.
"""

from __future__ import annotations

from typing import TypedDict


class Wanted(TypedDict):
    count: int
    typed: int | None
    asked: int


class Stopped(TypedDict):
    code: str
    params: dict[str, str | int | float | bool | None]
    words: str
    failures: int


class Pool(TypedDict):
    pool: str
    title: str
    wanted: Wanted
    counts: dict[str, int]
    stopped: Stopped | None
    waitingWhy: str | None


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
    host: str | None
    site: str | None
    running: list[str]
    ran: int


class Status(TypedDict):
    pools: list[Pool]
    pilots: list[Pilot]


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


class Profile(TypedDict):
    scaling: Scaling


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
