"""pytest's door to the sites: fixtures `slurm`, `slurm_accounting`, `htcondor`, `modules`.

A site that was down is started by the first test that uses it and ended with the last session that
does; one that was up stays up. After each test its jobs are ended, and daemons, nodes and settings
are as before; so tests of two sessions on one machine wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from testbed.alone import Users, alone, tested
from testbed.htcondor.pool import HTCondor
from testbed.left_out import SITE_FIXTURES, used
from testbed.modules import Modules
from testbed.places import STATE
from testbed.sites import Site
from testbed.slurm.cluster import Slurm

S = TypeVar("S", bound=Site)


@contextmanager
def _up(site: S) -> Iterator[S]:
    """A site for a session."""
    users = Users(site.name)
    mark = STATE / site.name / "started-by-a-test"
    with alone():
        was_up = site.enclosure is not None and site.enclosure.first is not None
        site.up()
        if site.enclosure is not None and not was_up:
            mark.touch()
    yield site
    with alone():
        if users.leave() and mark.exists():
            site.down()


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """Slurm without accounting."""
    with _up(Slurm()) as site:
        yield site


@pytest.fixture(scope="session")
def slurm_accounting() -> Iterator[Slurm]:
    """Slurm with slurmdbd, accounts and limits."""
    with _up(Slurm(accounting=True)) as site:
        yield site


@pytest.fixture(scope="session")
def htcondor() -> Iterator[HTCondor]:
    """HTCondor, whose worker nodes see nothing of the submit host's files."""
    with _up(HTCondor()) as site:
        yield site


@pytest.fixture(scope="session")
def modules() -> Iterator[Modules]:
    """Lmod and Tcl's modules."""
    with _up(Modules()) as site:
        yield site


@pytest.fixture(autouse=True)
def _as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing that a test did to a site is there in the next."""
    needed = used(request.node)
    names = [name for name in SITE_FIXTURES if name in needed]
    if not names:
        yield
        return
    with tested():
        sites: list[Site] = [request.getfixturevalue(name) for name in names]
        with alone():
            for site in sites:
                site.up()
                site.restore()
        yield
        for site in sites:
            site.restore()
