"""A name that leads to another login node after a cut, on a terminal."""

from __future__ import annotations

import time

import pytest

from conftest import PilothouseHome
from testbed.ssh.host import SSH

from .site import LIMIT_SECONDS, Visitor

LOGIN = "login.testbed.invalid"


class Name:
    """The submit host's one name, and the face that it leads to."""

    def __init__(self, visitor: Visitor) -> None:
        self._file = visitor.known_hosts.parent / "config"
        self._rest = self._file.read_text()
        self._ports = {name: face.port for name, face in visitor.site.faces.items()}

    def leads_to(self, face: str) -> None:
        """From the next login on."""
        own = f"Host {LOGIN}\n  HostName 127.0.0.1\n  Port {self._ports[face]}\n"
        self._file.write_text(own + self._rest)


def waits_for(visitor: Visitor, place: str, words: str) -> str:
    """What the status says once it says this, too."""
    end = time.monotonic() + LIMIT_SECONDS
    while words not in (shown := visitor.said("status", place)):
        assert time.monotonic() < end, shown
        time.sleep(0.1)
    return shown


@pytest.mark.parametrize("transport", ["ssh2", "openssh"])
def test_the_next_login_is_the_other_nodes(
    pilothouse_home: PilothouseHome, ssh_apart: SSH, transport: str
) -> None:
    visitor = Visitor.arrive(pilothouse_home, ssh_apart)
    name = Name(visitor)
    name.leads_to("keys")
    key = str(visitor.site.person.key)
    place = visitor.place("keys", address=LOGIN, keyFile=key, transport=transport)
    assert "connected as pilothouse-tester" in visitor.said("login", place)
    assert visitor.run("ls", place, "/").returncode == 0

    # The other node lets nobody in by a key: what comes back by itself asks nobody.
    name.leads_to("totp")
    ssh_apart.log_out("keys")
    shown = waits_for(visitor, place, "not logged in")
    assert LOGIN in shown
    refused = visitor.run("ls", place, "/")
    assert refused.returncode == 1
    assert "Nobody is logged in to" in refused.stderr
    with visitor.at_terminal("login", place) as session:
        session.answer("Password: ", visitor.password)
        session.answer("Verification code: ", visitor.code)
        session.see("connected as pilothouse-tester")
        assert session.end() == 0
    assert visitor.run("ls", place, "/").returncode == 0

    # And back, where a key is enough.
    name.leads_to("keys")
    ssh_apart.log_out("totp")
    waits_for(visitor, place, "connection lost")
    assert "connected as pilothouse-tester" in visitor.said("login", place)
    assert visitor.run("ls", place, "/").returncode == 0
    assert visitor.said("logout", place).startswith("Logged out of")
