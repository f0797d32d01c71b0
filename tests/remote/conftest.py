"""A person whose submit host is another machine, which asks for password and code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH
from tests.sites.conftest import at_work, packed

from .traveller import Traveller

__all__ = ["packed"]


@pytest.fixture
def to_slurm(slurm: Slurm, ssh: SSH, packed: Path) -> Iterator[Traveller]:
    """Slurm's commands are on the submit host only."""
    with at_work(user.environment(), packed) as person:
        yield Traveller(person, ssh, ssh.faces["totp"])


@pytest.fixture
def to_htcondor(htcondor: HTCondor, ssh_htcondor: SSH, packed: Path) -> Iterator[Traveller]:
    """HTCondor's submit host has its own files and Python."""
    with at_work(user.environment(), packed) as person:
        yield Traveller(person, ssh_htcondor, ssh_htcondor.faces["htcondor"])
