"""A day on a terminal: a submit host that asks for password and code, workers behind it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

import pytest

from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.slurm.cluster import Slurm
from tests.command.site import Session
from tests.sites.person import Person

from .traveller import Traveller

SHAPE = {"walltime": "30", "memoryMiB": 600}
SCRIPT = """
import socket
import pilothouse
from parsl import python_app
pilothouse.load("far", blocks=2)

@python_app
def square(number):
    print("squared on a worker")
    return number * number

print(sum(future.result() for future in [square(number) for number in range(20)]))
"""


@dataclass(frozen=True)
class Far:
    """A site behind the login, and what the site's own list of jobs shows."""

    traveller: Traveller
    site: Slurm | HTCondor

    @property
    def person(self) -> Person:
        return self.traveller.person

    def at_terminal(self, *words: str) -> Session:
        """`pilothouse WORDS`, on a terminal of the person's."""
        argv = user.command([sys.executable, "-m", "pilothouse", *words])
        program = shutil.which(argv[0])
        assert program is not None
        environment = {**user.environment(self.person.environment), "TERM": "xterm"}
        return Session([program, *argv[1:]], environment, 100)

    def said(self, *words: str) -> str:
        """What a command prints that succeeds, and complains of nothing."""
        done = self.person.command(*words)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    def complaint(self, *words: str) -> str:
        """What one says that fails."""
        done = self.person.command(*words)
        assert (done.returncode, done.stdout) == (1, ""), done
        return done.stderr

    def answer(self, session: Session) -> None:
        """Password and code."""
        secrets = self.traveller.host.person
        session.answer("Password: ", secrets.secrets.password)
        session.answer("Verification code: ", secrets.code())


@pytest.fixture(params=["slurm", "htcondor"])
def far(request: pytest.FixtureRequest) -> Far:
    """Each of the sites, with a place for it and nobody logged in."""
    kind: str = request.param
    traveller: Traveller = request.getfixturevalue(f"to_{kind}")
    shape = SHAPE if kind == "slurm" else {**SHAPE, "diskMiB": 500}
    traveller.person.write_profile("far", {"kind": kind}, **traveller.way, pilot=shape)
    return Far(traveller, request.getfixturevalue(kind))


def test_a_day_behind_password_and_code(far: Far) -> None:
    person = far.person
    address = far.traveller.address

    # Before anybody has logged in all says so, and what helps.
    assert f"{address}: not logged in" in far.said("profiles")
    for words in (("ls", "far"), ("put", "far", "/etc/hostname")):
        complaint = far.complaint(*words)
        assert f"Nobody is logged in to {user.NAME}@{address}" in complaint
        assert "`pilothouse login`" in complaint
    examined = person.command("doctor", "far")
    assert examined.returncode == 1
    assert "✗ login" in examined.stdout
    assert "`pilothouse login far`" in examined.stdout

    with far.at_terminal("login", "far") as session:
        session.see_text(f"Log in to {address} as {user.NAME}")
        session.see_text("is not known here yet")
        session.answer("(yes/no)? ", "yes")
        far.answer(session)
        session.see_text(f"connected as {user.NAME}")
        assert session.end() == 0

    # From here to a worker and back.
    examined = person.command("doctor", "far")
    assert examined.returncode == 0, examined.stdout + examined.stderr
    ticks = [line[2:].partition(":")[0] for line in examined.stdout.splitlines() if line[0] == "✓"]
    assert {"login", "folder", "way home by submit-host", "pilot", "task"} <= set(ticks)
    far.said("down", "far")
    assert far.site.jobs() == []

    far.said("up", "far", "-n", "2")
    one, _ = person.wait_for_states("far", "idle", "idle", seconds=120)
    assert len(far.site.jobs()) == 2
    shown = far.said("status", "far")
    assert f"{address}: connected as {user.NAME}" in shown
    assert one["pilot"] in shown

    script = person.root / "work" / "squares.py"
    person.write(script, SCRIPT)
    assert person.said(sys.executable, script) == "2470\n"
    assert sum(pilot["ran"] for pilot in person.pilots("far")) >= 20
    person.wait_for_states("far", "idle", "idle")
    assert "the bridge takes this pilot" in far.said("logs", one["pilot"])

    # Files of the submit host.
    far.said("put", "far", str(script), f"{person.root}/there.py")
    assert "there.py" in far.said("ls", "far", str(person.root))
    far.said("get", "far", f"{person.root}/there.py", f"{person.root}/back.py")
    assert person.said("cat", person.root / "back.py") == SCRIPT

    far.said("up", "far", "-n", "1")
    person.wait_for_states("far", "idle")
    person.wait_for("one job", lambda: len(far.site.jobs()) == 1)

    # What runs does not need the login, which is not made again by itself.
    assert far.said("logout", "far").startswith("Logged out of")
    assert f"{address}: not logged in" in far.said("status", "far")
    assert "Nobody is logged in" in far.complaint("ls", "far")
    assert len(far.site.jobs()) == 1
    with far.at_terminal("login", "far") as session:
        far.answer(session)
        session.see_text(f"connected as {user.NAME}")
        assert session.end() == 0
    person.wait_for_states("far", "idle")

    far.said("down", "far")
    assert far.site.jobs() == []
    assert far.said("logout", "far").startswith("Logged out of")
    assert f"{address}: not logged in" in far.said("status", "far")
