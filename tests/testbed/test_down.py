"""A site that went down leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed import user
from testbed.alone import alone
from testbed.processes import running_as, wait_until
from testbed.sessions import mark
from testbed.sites import Site


@pytest.fixture(params=["slurm", "htcondor"])
def site(request: pytest.FixtureRequest) -> Site:
    """A site that is up."""
    found: Site = request.getfixturevalue(request.param)
    return found


def what_runs() -> list[str]:
    """What runs as the tester on this machine, at a site or not."""
    return [process.described for process in running_as(user.UID)]


def test_down_leaves_nothing(site: Site) -> None:
    script = "trap '' TERM INT; setsid sleep 4711 & sleep 4712"
    if site.name == "slurm":
        argv, text = ["sbatch"], f"#!/bin/sh\n{script}\n"
    else:
        argv = ["condor_submit"]
        text = (
            f"executable = /bin/sh\narguments = \"-c '{script.replace(chr(39), chr(39) * 2)}'\"\n"
        )
        text += "transfer_executable = false\nshould_transfer_files = YES\n"
        text += "request_memory = 10\nrequest_disk = 10\nqueue\n"
    assert wait_until(lambda: not what_runs(), 30), f"before the test began: {what_runs()}"
    user.run(argv, env=site.environment, cwd=user.SHARED, stdin=text)
    asleep = {"sleep 4711", "sleep 4712"}
    assert wait_until(lambda: asleep <= {" ".join(p.words) for p in running_as(user.UID)}, 60)
    enclosure = site.enclosure
    assert enclosure is not None
    processes = list(enclosure.processes())
    started_by_a_test = mark(site).exists()
    with alone():
        site.down()
        try:
            assert not any(process.alive for process in processes)
            assert what_runs() == []
            assert not enclosure.folder.exists()
            mounts = Path("/proc/self/mountinfo").read_text()
            assert "pilothouse-testbed" not in mounts
            site.down()  # again, which is no error
        finally:
            site.up()
            if started_by_a_test:
                mark(site).touch()
