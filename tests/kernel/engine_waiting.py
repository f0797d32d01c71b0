"""Waiting for a state, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: str, found: Callable[[], T], seconds: float = 30.0) -> T:
    """The first true value of ``found``; an assertion names ``what`` after ``seconds``."""
    give_up_at = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < give_up_at, f"waited {seconds} s for {what}"
        time.sleep(0.01)
    return value
