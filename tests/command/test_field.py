"""One question on a terminal, as the terminal gets it."""

from __future__ import annotations

import fcntl
import os
import pty
import socket
import struct
import termios
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pilothouse.command.logins.field import Field
from pilothouse.command.logins.line import Typed
from pilothouse.command.logins.terminal import Terminal

END = b"\0"


@dataclass(frozen=True)
class Screen:
    """A terminal of forty columns, and what came to it."""

    terminal: Terminal
    inside: int
    outside: int

    def got(self) -> str:
        """What was written since this was asked last; it may come in pieces."""
        os.write(self.inside, END)
        got = b""
        while not got.endswith(END):
            got += os.read(self.outside, 65_536)
        return got.removesuffix(END).decode()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    monkeypatch.setenv("TERM", "xterm")
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    with Terminal(inside) as terminal:
        yield Screen(terminal, inside, outside)
    os.close(outside)


def test_only_the_last_line_of_a_prompt_is_beside_what_is_typed(screen: Screen) -> None:
    field = Field(screen.terminal, "Choose:\n 1. Push\nOption (1-1): ", "1:52", echo=True)
    assert screen.got() == "Choose:\r\n 1. Push\r\n[1:52] Option (1-1): "
    assert field.feed(b"12") == (Typed.ON, b"")
    assert screen.got() == "12"
    field.feed(b"\x7f")
    assert screen.got() == "\r\x1b[K[1:52] Option (1-1): 1"
    assert field.feed(b"\nmore") == (Typed.DONE, b"more")
    assert screen.got() == "\r\n"
    assert field.text == "1"


def test_what_is_hidden_leaves_no_trace(screen: Screen) -> None:
    field = Field(screen.terminal, "Password: ", "1:52", echo=False)
    screen.got()
    field.feed(b"secret\x7f\x7f\x15\n")
    assert screen.got() == "\r\n"


def test_time_goes_on_where_it_has_room(screen: Screen) -> None:
    field = Field(screen.terminal, "Code: ", "10:00", echo=True)
    assert screen.got() == "[10:00] Code: "
    field.tick("9:59")
    assert screen.got() == "\x1b7\r[ 9:59]\x1b8"
    field.tick("9:59")
    field.feed(b"x" * 26)
    assert screen.got() == "x" * 26
    # The line is two by now, and its beginning is out of reach.
    field.tick("9:58")
    field.feed(b"\x7f")
    assert screen.got() == "\n[ 9:58] Code: ".replace("\n", "\r\n") + "x" * 25


def test_a_terminal_that_cannot_go_back_is_only_written_to(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen.terminal, "can_redraw", False)
    field = Field(screen.terminal, "Code: ", "1:00", echo=True)
    field.tick("0:59")
    field.feed(b"12")
    field.feed(b"\x7f3")
    assert screen.got() == "[1:00] Code: 12\r\n[0:59] Code: 13"


def test_a_terminal_that_is_gone_says_so_when_it_is_waited_for() -> None:
    outside, inside = pty.openpty()
    silent, other = socket.socketpair()
    with Terminal(inside) as terminal, silent, other:
        os.close(outside)
        terminal.write("nobody sees it")
        assert terminal.wait(silent, 10) == b""
