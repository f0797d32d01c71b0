"""A stub bridge for tests of its clients, and its end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from conftest import PilothouseHome

from .stub import SCRIPT, Stub, is_alive, wait_for


def _is_gone(pid: int) -> bool:
    return not is_alive(pid)


@pytest.fixture
def stub(pilothouse_home: PilothouseHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """Stub bridges start in this test, and are ended after it."""
    monkeypatch.setenv("PILOTHOUSE_BRIDGE", str(SCRIPT))
    stub = Stub(pilothouse_home.state, monkeypatch)
    yield stub
    for pid in stub.starts():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        wait_for(f"the end of {pid}", partial(_is_gone, pid))
    # `pilothouse_home` would ask the bridge that this file names to take its pilots down.
    (pilothouse_home.runtime / "bridge.json").unlink(missing_ok=True)
