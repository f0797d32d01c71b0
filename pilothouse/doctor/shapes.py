"""What the bridge says of what it has tried (src/protocol/methods/checks.ts, uplinks.ts)."""

from __future__ import annotations

from typing import TypedDict


class CheckedFolder(TypedDict):
    machine: str
    path: str
    freeMiB: float | None
    runs: bool


class _Verdict(TypedDict):
    verdict: str


class Verdict(_Verdict, total=False):
    """``works``, ``unproven``, ``fails``, or ``untried`` and ``why``."""

    why: str


class Step(TypedDict):
    """``open`` or ``dial``, by which machine, at which port of which."""

    what: str
    by: str
    host: str
    port: int
    tookMs: float
    error: dict[str, object] | None


class CheckedUplink(TypedDict):
    result: Verdict
    steps: list[Step]
