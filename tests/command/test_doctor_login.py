"""The doctor at a submit host that has to be logged in to."""

from __future__ import annotations

import tarfile

import pytest

from conftest import PilothouseHome
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH

from .site import Visitor, name_of


@pytest.fixture
def visitor(pilothouse_home: PilothouseHome, ssh: SSH, slurm: Slurm) -> Visitor:
    """Somebody who has never logged in to Slurm's submit host."""
    return Visitor.arrive(pilothouse_home, ssh)


def hops(text: str, tick: str) -> list[str]:
    """What has this tick."""
    return [line[2:].partition(":")[0] for line in text.splitlines() if line.startswith(tick)]


def test_the_doctor_asks_to_log_in_and_goes_on(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("doctor", place, "--quick") as session:
        session.answer("Log in now (yes/no)? ", "yes")
        session.answer("Password: ", visitor.password)
        session.answer("Verification code: ", visitor.code)
        assert session.end() == 0
    assert hops(session.shown, "✗") == []
    seen = hops(session.shown, "✓")
    assert seen[:5] == ["profile", "address", "port", "machine key", "login"]
    assert {"scheduler", "what pilots need"} <= {*seen, *hops(session.shown, "?")}
    # A relay was started over that login, and dialled from there.
    assert {"folder", "way home by submit-host", "ways home"} <= {*seen}, session.shown
    assert 'use "uplink": {"kinds": ["submit-host"]}' in session.shown
    bundle = visitor.home.root / "bundle.tar.gz"
    again = visitor.run("doctor", place, "--quick", "--bundle", str(bundle))
    assert again.returncode == 0, again.stdout + again.stderr
    assert hops(again.stdout, "✓")[:3] == ["profile", "machine key", "login"]
    with tarfile.open(bundle) as found:
        members = [found.extractfile(member) for member in found]
        text = "".join(file.read().decode() for file in members if file is not None)
    assert name_of("totp") in text
    for secret in (visitor.password, "pilothouse-tester"):
        assert secret not in text


def test_the_doctor_never_logs_in_by_itself(visitor: Visitor) -> None:
    place = visitor.place("keys", keyFile=str(visitor.site.person.key))
    alone = visitor.run("doctor", place, "--quick")
    assert alone.returncode == 1
    assert hops(alone.stdout, "✗") == ["login"]
    assert f"`pilothouse login {place}`" in alone.stdout
    with visitor.at_terminal("doctor", place, "--quick") as session:
        session.answer("Log in now (yes/no)? ", "")
        assert session.end() == 1
    assert "not logged in" in visitor.said("status", place)


def test_the_doctor_says_that_a_machine_key_has_changed(visitor: Visitor) -> None:
    place = visitor.place("totp")
    lines = visitor.known_hosts.read_text().splitlines()
    key = next(line.split()[1:3] for line in lines if "]:921 " in line and "ed25519" in line)
    name = next(line.split()[0] for line in lines if "]:923 " in line)
    visitor.known_hosts.write_text(f"{name} {' '.join(key)}\n")
    with visitor.at_terminal("doctor", place, "--quick") as session:
        session.answer("Log in now (yes/no)? ", "yes")
        assert session.end() == 1
    assert hops(session.shown, "✗") == ["machine key"]
