"""Logging in on a terminal by this machine's OpenSSH."""

from __future__ import annotations

import pytest

from conftest import PilothouseHome
from testbed.ssh.host import SSH

from .site import Visitor, name_of


@pytest.fixture
def visitor(pilothouse_home: PilothouseHome, ssh: SSH) -> Visitor:
    """Somebody who has never logged in."""
    return Visitor.arrive(pilothouse_home, ssh)


def test_a_password_and_a_code(visitor: Visitor) -> None:
    place = visitor.place("totp", transport="openssh")
    with visitor.at_terminal("login", place) as session:
        session.see(f"Log in to {name_of('totp')} as pilothouse-tester .*port 923")
        session.see(r"\[\d:\d\d\] Password: ")
        session.type(f"{visitor.password}\n")
        session.answer("Verification code: ", visitor.code)
        session.see("connected as pilothouse-tester")
        assert session.end() == 0
        assert visitor.password not in session.shown
    assert visitor.said("logout", place).startswith("Logged out of")


def test_ctrl_c_cancels(visitor: Visitor) -> None:
    place = visitor.place("totp", transport="openssh")
    with visitor.at_terminal("login", place) as session:
        session.see("Password: ")
        session.type("half a pass\x03")
        session.see("The login is cancelled.")
        assert session.end() == 1
