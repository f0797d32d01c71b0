"""pytest's door to the sites: fixtures `slurm`, `slurm_accounting`, `htcondor`, `modules`,
`ssh`, `ssh_apart`, `ssh_htcondor`, `ssh_kerberos`, `networks`, `wrong_clock`.

A site that was down is started by the first test that uses it and ended with the last session that
does; one that was up stays up. After each test its jobs are ended, and daemons, nodes and settings
are as before; so tests of two sessions on one machine wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import pytest

from testbed import clocks
from testbed.alone import alone, tested
from testbed.htcondor.pool import HTCondor
from testbed.left_out import SITE_FIXTURES, used
from testbed.modules import Modules
from testbed.networks.networks import Networks
from testbed.sessions import session
from testbed.sites import Site
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """Slurm without accounting."""
    with session(Slurm()) as site:
        yield site


@pytest.fixture(scope="session")
def slurm_accounting() -> Iterator[Slurm]:
    """Slurm with slurmdbd, accounts and limits."""
    with session(Slurm(accounting=True)) as site:
        yield site


@pytest.fixture(scope="session")
def htcondor() -> Iterator[HTCondor]:
    """HTCondor, whose worker nodes see nothing of the submit host's files."""
    with session(HTCondor()) as site:
        yield site


@pytest.fixture(scope="session")
def modules() -> Iterator[Modules]:
    """Lmod and Tcl's modules."""
    with session(Modules()) as site:
        yield site


@pytest.fixture(scope="session")
def ssh() -> Iterator[SSH]:
    """This machine as a submit host that is logged in to, by other tests too."""
    with session(SSH()) as site:
        yield site


@pytest.fixture(scope="session")
def ssh_apart() -> Iterator[SSH]:
    """The same with few faces, for a test that stops or changes them."""
    with session(SSH("ssh-apart")) as site:
        yield site


@pytest.fixture
def networks() -> Iterator[Networks]:
    """Machines that reach each other only where a line is laid, for one test."""
    with Networks() as made:
        yield made


@pytest.fixture(scope="session")
def wrong_clock() -> Callable[[int], dict[str, str]]:
    """The environment of programs whose clock is a number of seconds ahead."""
    with alone():
        clocks.prepare()
    return clocks.ahead


@pytest.fixture(scope="session")
def ssh_htcondor() -> Iterator[SSH]:
    """A machine of HTCondor's pool that is logged in to; its commands need `htcondor`."""
    with session(SSH("ssh-htcondor")) as site:
        yield site


@pytest.fixture(scope="session")
def ssh_kerberos() -> Iterator[SSH]:
    """This machine as a site with Kerberos has it."""
    with session(SSH("ssh-kerberos")) as site:
        yield site


def _sites_of(item: pytest.Item) -> list[str]:
    needed = used(item)
    return [name for name in SITE_FIXTURES if name in needed]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Waits for a turn at the sites before the test's own time, which is limited, begins."""
    if not _sites_of(item):
        return (yield)
    with tested():
        return (yield)


@pytest.fixture(autouse=True)
def _as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing that a test did to a site is there in the next."""
    sites: list[Site] = [request.getfixturevalue(name) for name in _sites_of(request.node)]
    if not sites:
        yield
        return
    with alone():
        for site in sites:
            site.up()
            site.restore()
    yield
    for site in sites:
        site.restore()
