"""Why a pilot waits, is held or has ended, in plain words.

The sentences are the ones the panel shows: one table for every language, in ``src/protocol/why/``,
exported with the contract.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TypedDict

_PARAMETER = re.compile(r"\{(\w+)\}")


class Why(TypedDict):
    """``Why`` of ``src/protocol/why/index.ts``, the parts that are put in words."""

    code: str
    params: dict[str, str | int | float | None]
    words: str


@dataclass(frozen=True)
class Explanation:
    """A trouble in words; each may be empty."""

    title: str
    says: str
    helps: str
    words: str
    """The scheduler's or worker's own."""


def explain(why: Why) -> Explanation:
    """What a code means; one that is not known is told by its own words alone."""
    sentences = _table().get(why["code"])
    words = why["words"].strip()
    if sentences is None:
        return Explanation(words.partition("\n")[0] or why["code"], "", "", words)
    title, says, helps = (
        _filled(str(sentences.get(part, "")), why["params"]) for part in ("title", "says", "helps")
    )
    return Explanation(title, says, helps, words)


def _filled(sentence: str, params: Mapping[str, str | int | float | None]) -> str:
    def value(found: re.Match[str]) -> str:
        given = params.get(found.group(1))
        return "?" if given is None else str(given)

    return _PARAMETER.sub(value, sentence)


@functools.cache
def _table() -> dict[str, dict[str, str]]:
    text = (files("pilothouse") / "schemas" / "protocol.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = json.loads(text)["whys"]
    return table
