"""Somebody with an SSH client."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.ssh.host import SSH
from tests.testbed.openssh import Client


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose name is short enough for a control socket, as another user may enter it."""
    with tempfile.TemporaryDirectory(prefix="ph-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def client(ssh: SSH, folder: Path) -> Client:
    """A person with a notebook."""
    return Client(ssh, folder)
