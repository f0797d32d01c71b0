"""A bridge in the test's process, and the proof that the kernel side left nothing there."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import parsl
import pytest

import pilothouse.bridge
from pilothouse import loading

from .engine_bridge import BridgeInTest
from .engine_waiting import wait_for


@pytest.fixture
def bridge_in_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[BridgeInTest]:
    """Folders of the test's own; whatever was loaded is cleaned up, and no thread may stay."""
    root = Path(tempfile.mkdtemp(prefix="ph-", dir="/tmp"))
    monkeypatch.setenv("PILOTHOUSE_STATE_DIR", str(root / "state"))
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(root / "run"))
    bridge = BridgeInTest(root / "bridge")
    monkeypatch.setattr(pilothouse.bridge, "connect", bridge.connect)
    before = set(threading.enumerate())
    yield bridge
    try:
        dfk = parsl.dfk()
    except parsl.errors.NoDataFlowKernelError:
        dfk = None
    if dfk is not None:
        dfk.cleanup()
    loading._loaded = None
    bridge.close()
    shutil.rmtree(root, ignore_errors=True)
    wait_for("all threads to end", lambda: set(threading.enumerate()) <= before, 10)
