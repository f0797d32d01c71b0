"""A person at each of the sites."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.slurm.cluster import Slurm
from testbed.ssh.faces import ADDRESS
from testbed.ssh.host import SSH

from .person import Host, Person

HERE = "here"

FOLDERS = ("state", "run", "config", "data", "jupyter-run", "ipython", "bin", "work")


def _owned(folder: Path) -> Path:
    os.chown(folder, user.UID, user.UID)
    return folder


@pytest.fixture(scope="session")
def packed() -> Iterator[Path]:
    """Where the runtimes are that one test's bridge has packed and the next one's need not."""
    folder = Path(tempfile.mkdtemp(prefix="ph-", dir="/tmp"))
    user.make()
    yield _owned(folder)
    shutil.rmtree(folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked is also run with a submit host that is logged in to."""
    marks = list(metafunc.definition.iter_markers("over_ssh"))
    everything = metafunc.config.getoption("--over-ssh")
    wanted = any(everything or not mark.kwargs.get("long") for mark in marks)
    for scheduler, host in (("slurm", "ssh"), ("htcondor", "ssh_htcondor")):
        if f"{scheduler}_by" in metafunc.fixturenames and wanted:
            metafunc.parametrize(f"{scheduler}_by", [HERE, host], indirect=True)


def _by(request: pytest.FixtureRequest, face: str) -> Host | None:
    name: str = getattr(request, "param", HERE)
    if name == HERE:
        return None
    site: SSH = request.getfixturevalue(name)
    return Host(ADDRESS, site.faces[face].port, site.person.key)


@pytest.fixture
def slurm_by(request: pytest.FixtureRequest) -> Host | None:
    """None: the person sits at Slurm's submit host."""
    return _by(request, "keys")


@pytest.fixture
def htcondor_by(request: pytest.FixtureRequest) -> Host | None:
    """None: the person sits at HTCondor's submit host."""
    return _by(request, "htcondor-keys")


@contextmanager
def at_work(
    site: dict[str, str],
    packed: Path,
    through: tuple[str, ...] = (),
    host: Host | None = None,
) -> Iterator[Person]:
    """A person with a fresh home; fails if a process outlives it.

    :param through: words that lead to a machine of its own (``Person.through``).
    :param host: where the site's commands are, and not here.
    """
    # Short, because a unix socket's path may have at most 103 bytes.
    root = _owned(Path(tempfile.mkdtemp(prefix="ph-", dir="/tmp")))
    for name in FOLDERS:
        (root / name).mkdir(mode=0o700)
        _owned(root / name)
    (root / "state" / "runtimes").symlink_to(packed)
    own = site if host is None else {}
    path = own.get("PATH", user.environment()["PATH"])
    # The account's own: ssh(1) finds it by the account's home, whatever HOME says.
    known_machines = user.HOME / ".ssh" / "known_hosts"
    known_machines.unlink(missing_ok=True)
    environment = {
        **own,
        "PATH": f"{root}/bin:{path}",
        "PILOTHOUSE_STATE_DIR": str(root / "state"),
        "PILOTHOUSE_RUNTIME_DIR": str(root / "run"),
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTER_DATA_DIR": str(root / "data"),
        "JUPYTER_RUNTIME_DIR": str(root / "jupyter-run"),
        "IPYTHONDIR": str(root / "ipython"),
    }
    person = Person(
        root=root,
        state=root / "state",
        runtime=root / "run",
        jupyter_config=root / "config",
        environment=environment,
        through=through,
        site={} if host is None else site,
        host=host,
    )
    start_file = user.HOME / ".bash_profile"
    if host is not None:
        # What a test puts before the scheduler's programs (``Person.instead_of``) is so there, too.
        person.write(start_file, f'. ~/.profile\nPATH="{root}/bin:$PATH"\n')
    try:
        yield person
        person.close()
        person.end()
    finally:
        left = person.left()
        described = [f"{process.pid} {process.cmdline()}" for process in left]
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        log = person.log()
        shutil.rmtree(root, ignore_errors=True)
        for file in (known_machines, start_file):
            file.unlink(missing_ok=True)
        if left:
            pytest.fail("left behind:\n" + "\n".join(described) + f"\nbridge.log:\n{log}")


@pytest.fixture
def at_slurm(slurm: Slurm, packed: Path, slurm_by: Host | None) -> Iterator[Person]:
    """A person at Slurm without accounting."""
    with at_work(slurm.environment, packed, host=slurm_by) as person:
        yield person


@pytest.fixture
def at_slurm_accounting(slurm_accounting: Slurm, packed: Path) -> Iterator[Person]:
    """A person at Slurm with accounts."""
    with at_work(slurm_accounting.environment, packed) as person:
        yield person


@pytest.fixture
def at_htcondor(htcondor: HTCondor, packed: Path, htcondor_by: Host | None) -> Iterator[Person]:
    """A person at HTCondor."""
    with at_work(htcondor.environment, packed, host=htcondor_by) as person:
        yield person
