"""Logging in on a terminal by this machine's OpenSSH."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conftest import PilothouseHome
from testbed.ssh.host import SSH

from .site import Visitor, name_of

PROXY = Path(__file__).with_name("proxy.py")


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


def test_who_needs_it_is_offered_it(visitor: Visitor) -> None:
    place = visitor.place("totp")
    config = visitor.known_hosts.parent / "config"
    proxy = f"  ProxyCommand {sys.executable} {PROXY} %h %p\n"
    config.write_text(f"Host {name_of('totp')}\n{proxy}{config.read_text()}")
    profile = visitor.home.jupyter_config / "pilothouse" / "profiles" / f"{place}.json"
    before = profile.read_text()
    assert visitor.run("login", place).returncode == 1
    with visitor.at_terminal("login", place) as session:
        session.answer("(y/n) ", "what")
        session.answer("(y/n) ", "n")
        assert session.end() == 1
    assert profile.read_text() == before
    with visitor.at_terminal("login", place) as session:
        session.see("cannot log in to totp.testbed.invalid: ")
        session.answer("(y/n) ", "y")
        session.answer("Password: ", visitor.password)
        session.answer("Verification code: ", visitor.code)
        session.see("connected as pilothouse-tester")
        assert session.end() == 0
    written, now = json.loads(before), json.loads(profile.read_text())
    assert now == {**written, "submitHost": {**written["submitHost"], "transport": "openssh"}}
    assert visitor.said("logout", place).startswith("Logged out of")


def test_ctrl_c_cancels(visitor: Visitor) -> None:
    place = visitor.place("totp", transport="openssh")
    with visitor.at_terminal("login", place) as session:
        session.see("Password: ")
        session.type("half a pass\x03")
        session.see("The login is cancelled.")
        assert session.end() == 1
