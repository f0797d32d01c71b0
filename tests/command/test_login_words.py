"""What a terminal shows of a login, and what it makes of keys."""

from __future__ import annotations

from copy import deepcopy
from typing import cast

import pytest

from pilothouse.command.logins import words
from pilothouse.command.logins.line import MOST_CHARS, Line, Typed, width
from pilothouse.command.logins.shapes import HostConnection, Login, MachineKey, Prompts
from pilothouse.command.shown import shown

LOGIN: Login = {
    "login": "1",
    "hop": {"address": "ap40.example.org", "port": 22, "user": "alice", "number": 1, "of": 1},
    "key": None,
    "banner": "",
    "question": {"kind": "none"},
    "endsByMs": 120_000,
    "startedAtMs": 0,
}
ROUND: Prompts = {
    "kind": "prompts",
    "round": 1,
    "method": "keyboard-interactive",
    "name": "",
    "instructions": "Duo\nhttps://example.org",
    "prompts": [{"text": "Passcode: ", "echo": False}],
    "again": False,
}


def login(**more: object) -> Login:
    """A login with some of it otherwise."""
    return cast(Login, {**deepcopy(LOGIN), **more})


@pytest.mark.parametrize(
    ("typed", "text", "end"),
    [
        (b"abc\n", "abc", Typed.DONE),
        (b"\r", "", Typed.DONE),
        (b"ab\x7fc\x08d", "ad", Typed.ON),
        (b"\x7f", "", Typed.ON),
        (b"one two\x17", "one ", Typed.ON),
        (b"one\x15two", "two", Typed.ON),
        (b"\x04", "", Typed.GIVEN_UP),
        (b"a\x04", "a", Typed.ON),
        ("käse 日本".encode(), "käse 日本", Typed.ON),
        (b"a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1bxe", "abcde", Typed.ON),
        (b"a\x00\x01b\x9f", "ab\ufffd", Typed.ON),
        (b"x" * (MOST_CHARS + 5), "x" * MOST_CHARS, Typed.ON),
    ],
)
def test_a_line_is_what_its_keys_make(typed: bytes, text: str, end: Typed) -> None:
    whole, piece_by_piece = Line(), Line()
    assert whole.feed(typed) == (end, b"")
    for index in range(len(typed)):
        piece_by_piece.feed(typed[index : index + 1])
    assert whole.text == piece_by_piece.text == text


def test_what_comes_after_a_line_is_the_next_ones() -> None:
    assert Line().feed(b"one\ntwo\n") == (Typed.DONE, b"two\n")


def test_columns() -> None:
    assert [width(text) for text in ("abc", "日本", "e\u0301", "")] == [3, 4, 1, 0]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07a\x1b]52;c;aGk=\x1b\\b", "ab"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x08\x00\x9b31m\x7f", "a31m"),
        ("left\u202eright", "leftright"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_shown(said: str, text: str) -> None:
    assert shown(said) == text


def test_only_what_is_new_is_told() -> None:
    key = {"algorithm": "ssh-ed25519", "fingerprint": "SHA256:x", "knownSinceMs": None}
    quiet = login()
    assert words.told("ap40", None, quiet) == []
    first = login(key=key, banner="Hello\n")
    head = "Log in to ap40 as alice (ap40.example.org)"
    told = ["", head, "Machine key SHA256:x (ssh-ed25519), known", "Hello"]
    assert words.told("ap40", quiet, first) == told
    more = login(key=key, banner="Hello\nagain\x1b[2J\n", question=ROUND)
    assert words.told("ap40", first, more) == ["again", "Duo", "https://example.org"]
    assert words.told("ap40", more, more) == []
    refused = cast(Prompts, {**ROUND, "round": 2, "again": True, "instructions": ""})
    later = login(key=key, banner=more["banner"], question=refused)
    assert words.told("ap40", more, later) == ["The answer was refused."]
    other = login(login="2", key=key, banner="Hello\n")
    assert words.told("ap40", later, other) == told


@pytest.mark.parametrize(
    ("of", "number", "port", "head"),
    [
        (1, 1, 22, "Log in to here as alice (ap40.example.org)"),
        (1, 1, 2222, "Log in to here as alice (ap40.example.org, port 2222)"),
        (2, 1, 22, "Log in to ap40.example.org as alice (machine 1 of 2 on the way)"),
    ],
)
def test_each_machine_has_its_heading(of: int, number: int, port: int, head: str) -> None:
    hop = {**LOGIN["hop"], "of": of, "number": number, "port": port}
    assert words.heading("here", login(hop=hop)) == head


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "connected"}, "connected as alice, 2 h"),
        ({"state": "logging-in"}, "logging in as alice"),
        ({"state": "logging-in", "user": ""}, "logging in"),
        ({"state": "logging-in", "user": "", "login": LOGIN}, "logging in as alice"),
        ({"state": "away"}, "not logged in"),
        ({"state": "lost"}, "connection lost 2 h ago"),
        (
            {"state": "lost", "nextTryMs": 7_220_000},
            "connection lost 2 h ago, tries again in 20 s",
        ),
        (
            {"state": "failed", "trouble": {"code": "login_refused", "params": {"host": "ap40"}}},
            "not logged in: ap40 did not let you in.",
        ),
    ],
)
def test_a_connection_in_words(change: dict[str, object], said: str) -> None:
    host = {"address": "ap40", "user": "alice", "sinceMs": 0, "nextTryMs": None, "login": None}
    host |= change
    assert words.state(cast(HostConnection, host), now_ms=7_200_000) == said


@pytest.mark.parametrize(("now", "said"), [(0, "2:00"), (119_500, "0:00"), (999_999, "0:00")])
def test_the_time_that_is_left(now: int, said: str) -> None:
    assert words.left(120_000, now) == said


def test_a_new_key_is_shown_whole() -> None:
    names = [f"host-{number}" for number in range(10)]
    key = {"algorithm": "ssh-rsa", "fingerprint": "SHA256:x", "alsoKnownAs": names}
    said = "\n".join(words.new_key("ap40", cast(MachineKey, key), "/h/known_hosts"))
    for part in ("SHA256:x", "ssh-rsa", "/h/known_hosts", "host-7 and 2 more"):
        assert part in said
