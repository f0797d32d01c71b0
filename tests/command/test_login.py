"""Logging in on a terminal, to real sshds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import PilothouseHome
from testbed.ssh.host import SSH

from .site import Visitor, name_of


@pytest.fixture
def visitor(pilothouse_home: PilothouseHome, ssh: SSH) -> Iterator[Visitor]:
    """Somebody who has never logged in."""
    yield Visitor.arrive(pilothouse_home, ssh)


def test_a_password_and_a_code(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as session:
        session.see(f"Log in to {name_of('totp')}, port 923 as pilothouse-tester|Log in to .*\n")
        session.see("Machine key SHA256:[A-Za-z0-9+/]+ ")
        session.answer("Password: ", visitor.password)
        session.answer("Verification code: ", visitor.code)
        session.see("connected as pilothouse-tester")
        assert session.end() == 0
        assert visitor.password not in session.shown
    assert "connected as pilothouse-tester" in visitor.said("login", place)
    assert visitor.said("logout", place).startswith("Logged out of")
    assert visitor.said("logout", place).startswith("Nobody is logged in")
