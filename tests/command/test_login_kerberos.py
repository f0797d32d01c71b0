"""Logging in on a terminal with a Kerberos ticket, which this machine's OpenSSH can."""

from __future__ import annotations

from conftest import PilothouseHome
from testbed.ssh.host import SSH
from testbed.ssh.kerberos import Cache

from .site import Visitor


def test_a_ticket(pilothouse_home: PilothouseHome, ssh_kerberos: SSH) -> None:
    visitor = Visitor.arrive(pilothouse_home, ssh_kerberos)
    cache = Cache(ssh_kerberos.person.kerberos, pilothouse_home.root / "tickets")
    visitor.environment.update(cache.environment)
    config = visitor.known_hosts.parent / "config"
    config.write_text(f"{config.read_text()}  GSSAPIAuthentication yes\n")
    place = visitor.place("kerberos")

    # Pilothouse's own SSH has no Kerberos, and OpenSSH no ticket.
    with visitor.at_terminal("login", place) as session:
        session.see("cannot log in to .*: Kerberos")
        session.answer("(y/n) ", "y")
        session.see_text("it takes Kerberos tickets. Get one with `kinit` here")
        assert session.end() == 1
    assert "No Kerberos credentials available" in session.shown
    assert "it takes Kerberos tickets" in visitor.said("status", place)

    cache.fill(visitor.password)
    assert "connected as pilothouse-tester" in visitor.said("login", place)
    assert "connected as pilothouse-tester" in visitor.said("status", place)
    assert visitor.said("logout", place).startswith("Logged out of")
