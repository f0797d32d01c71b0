"""A pilot's contents in a loop of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.agent.content import store

from .bridge import Loop


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The node's own: its path is short, as there is a socket in it.

    :param tmp_path: made before, since it would else lie in there.
    """
    with tempfile.TemporaryDirectory(prefix="ph-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.fixture
def loop(disk: Path) -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()
    assert not list(disk.glob(f"{store.PREFIX}*"))
