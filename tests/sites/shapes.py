"""The parts of the bridge's answers that these tests look at (src/protocol/entities.ts)."""

from __future__ import annotations

from typing import TypedDict


class Why(TypedDict):
    """Why a pilot waits, is held or has ended, and what helps."""

    code: str
    words: str
    actions: list[dict[str, object]]


class Pilot(TypedDict):
    """A pilot as a person sees it."""

    pilot: str
    state: str
    attempt: int
    cause: str
    words: str
    why: Why | None
    end: str | None
    startedAtMs: float | None
    endedAtMs: float | None
    endsByMs: float | None
    schedulerId: str | None
    slot: str | None
    host: str | None
    site: str | None
    cores: int | None
    memoryMiB: int | None
    runtime: dict[str, str]
    running: list[str]
    ran: int


class Stopped(TypedDict):
    """Why a pool asks for no more pilots."""

    code: str
    words: str
    failures: int


class Trouble(TypedDict):
    """What is the matter with a scheduler."""

    code: str
    words: str


class Pool(TypedDict):
    """A pool as a person sees it."""

    pool: str
    scheduler: str
    submitHost: str
    counts: dict[str, int]
    wanted: dict[str, int | None]
    stopped: Stopped | None
    schedulerTrouble: Trouble | None
    waitingWhy: str | None


class Status(TypedDict):
    """What `pilothouse status --json` prints."""

    pools: list[Pool]
    pilots: list[Pilot]


class Task(TypedDict):
    """One call of an app."""

    task: int
    app: str
    state: str
    tries: int
    pilot: str | None
    host: str | None
    site: str | None
    slot: str | None
    startedAtMs: float | None
    endedAtMs: float | None
