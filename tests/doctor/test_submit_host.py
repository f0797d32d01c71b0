"""The way to a submit host, before anybody logs in."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilothouse.doctor.hops import Found
from pilothouse.doctor.submit_host import Machine, first, parse_hop, parse_settings, reach
from tests.kernel.connections import connection
from tests.ports import HeldPort

Serve = Callable[[bytes], int]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("jump.example.org", "jump.example.org", 22),
        ("alice@jump.example.org", "jump.example.org", 22),
        ("alice@jump:2222", "jump", 2222),
        ("ssh://alice@jump:2222/", "jump", 2222),
        ("alice@[::1]:2222", "::1", 2222),
        ("[::1]", "::1", 22),
        ("fe80::1", "fe80::1", 22),
        ("a@b@jump", "jump", 22),
    ],
)
def test_a_machine_on_the_way(text: str, host: str, port: int) -> None:
    assert parse_hop(text) == (host, port)


def test_of_settings_the_first_of_a_name_counts() -> None:
    said = "hostname ap40\nport 2222\nproxycommand nc -x proxy %h %p\nport 3\nforkafterauth\n"
    assert parse_settings(said) == {
        "hostname": "ap40",
        "port": "2222",
        "proxycommand": "nc -x proxy %h %p",
        "forkafterauth": "",
    }


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of ssh_config that ssh(1) reads."""
    config, program = tmp_path / "config", tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\nexec /usr/bin/ssh -F '{config}' \"$@\"\n")
    program.chmod(0o700)
    config.touch()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return config


@pytest.mark.parametrize(
    ("config", "via", "machine"),
    [
        ("", [], Machine("ap40", 22)),
        ("Host ap40\n HostName 127.0.0.1\n Port 2222\n", [], Machine("127.0.0.1", 2222)),
        ("Host ap40\n ProxyJump a@near:23,far\n", [], Machine("near", 23)),
        ("Host ap40\n ProxyJump near\nHost near\n Port 24\n", [], Machine("near", 24)),
        ("Host ap40\n ProxyCommand nc %h\n", [], Machine("ap40", 22, "nc %h")),
        ("Host ap40\n ProxyJump near\n", ["b@other:25"], Machine("other", 25)),
    ],
)
def test_a_login_begins_where_ssh_config_says(
    configured: Path, config: str, via: list[str], machine: Machine
) -> None:
    configured.write_text(config)
    assert first({**connection("away"), "via": via}) == machine


@pytest.fixture
def serve(configured: Path) -> Iterator[Serve]:
    """Listens, and says something to the first who dials."""
    doors: list[socket.socket] = []

    def start(words: bytes) -> int:
        door = socket.create_server(("127.0.0.1", 0))
        doors.append(door)

        def answer() -> None:
            dialled, _ = door.accept()
            # Who has heard too much leaves in the middle of it.
            with dialled, contextlib.suppress(OSError):
                dialled.sendall(words)

        threading.Thread(target=answer, daemon=True).start()
        return int(door.getsockname()[1])

    yield start
    for door in doors:
        door.close()


@pytest.mark.parametrize(
    ("words", "found", "part"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", Found.WELL, "answers: SSH-2.0-OpenSSH_9.2p1"),
        (b"Welcome\r\nSSH-2.0-x\r\n", Found.WELL, "answers: SSH-2.0-x"),
        (b"Not allowed at this time\r\n", Found.ILL, "does not speak SSH"),
        (b"\x1b[2Jx" * 9000, Found.ILL, "does not speak SSH"),
        (b"", Found.ILL, "does not speak SSH"),
    ],
)
def test_who_listens_there(serve: Serve, words: bytes, found: Found, part: str) -> None:
    port = serve(words)
    address, last = reach({**connection("away"), "address": "127.0.0.1", "port": port})
    assert (address.found, address.says) == (Found.WELL, "127.0.0.1")
    assert last.hop == "port"
    assert last.found is found
    assert part in last.says
    assert "\x1b" not in last.words


def test_nobody_listens(configured: Path) -> None:
    with HeldPort() as port:
        away = connection("away")
        *_, last = reach({**away, "address": "127.0.0.1", "port": port.number})
    assert (last.hop, last.found) == ("port", Found.ILL)
    assert "refused" in last.words


def test_no_such_name(configured: Path) -> None:
    (only,) = reach({**connection("away"), "address": "a..b"})
    assert (only.hop, only.found) == ("address", Found.ILL)


def test_a_proxy_command_is_not_run(configured: Path) -> None:
    configured.write_text("Host ap40\n ProxyCommand touch /nonexistent/%h\n")
    (only,) = reach(connection("away"))
    assert only.found is Found.SKIPPED
    assert "touch" in only.says
