"""Logging in to the faces: each asks and refuses as it says."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from testbed.processes import wait_until
from testbed.ssh.host import SSH
from testbed.ssh.person import Secrets
from testbed.ssh.totp import code
from tests.testbed.openssh import LIMIT_SECONDS, Client

Answers = Callable[[Secrets, str], list[str]]

PASSWORD, CODE = "Password: ", "Verification code: "
DUO = (
    "Duo two-factor login for pilothouse-tester\n\n"
    "Enter a passcode or select one of the following options:\n\n"
    " 1. Duo Push to XXX-XXX-1234\n 2. Phone call to XXX-XXX-1234\n\n"
    "Passcode or option (1-2): "
)
DEVICE = (
    "Authenticate at\n-----------------\n"
    "https://login.testbed.invalid/device?user_code=QXT-RRL-ZHK\n-----------------\n"
    "Type return when you have approved it: "
)


def questions(client: Client) -> list[str]:
    """What was asked, without the account and host that ssh(1) puts before it."""
    return [re.sub(r"^\(\S+@\S+\) ", "", asked) for asked in client.asked]


@pytest.mark.parametrize(
    ("face", "answers", "asked"),
    [
        ("keys", lambda s, c: [], []),
        ("password", lambda s, c: [s.password], ["pilothouse-tester@127.0.0.1's password: "]),
        ("totp", lambda s, c: [s.password, c], [PASSWORD, CODE]),
        ("key-totp", lambda s, c: [c], [CODE]),
        ("key-password-totp", lambda s, c: [s.password, c], [PASSWORD, CODE]),
        ("partial", lambda s, c: [s.password], ["pilothouse-tester@127.0.0.1's password: "]),
        ("duo", lambda s, c: [s.password, "1"], [PASSWORD, DUO]),
        ("device", lambda s, c: [s.password, ""], [PASSWORD, DEVICE]),
        (
            "several",
            lambda s, c: ["physics", s.password, c, ""],
            ["Project: ", PASSWORD, "Code: ", "Remark: "],
        ),
        ("inner", lambda s, c: [s.password, c] * 2, [PASSWORD, CODE] * 2),
        ("key-inner", lambda s, c: [], []),
        ("any", lambda s, c: [], []),
        ("certified", lambda s, c: [], []),
    ],
)
def test_a_face_asks_what_it_says(
    client: Client, face: str, answers: Answers, asked: list[str]
) -> None:
    person = client.site.person
    done = client.run(face, "id", "-un", answers=answers(person.secrets, person.code()))
    assert done.stdout == "pilothouse-tester\n", done.stderr
    assert questions(client) == asked


def test_who_has_no_key_is_refused(client: Client, folder: Path) -> None:
    client.key = folder / "none"
    for face in ("keys", "key-totp", "partial"):
        done = client.run(face, "true", answers=[client.site.person.secrets.password] * 9)
        assert done.returncode == 255
        assert "Permission denied" in done.stderr


def test_a_key_with_a_passphrase(client: Client) -> None:
    client.options = ["IdentityAgent=none"]
    person = client.site.person
    client.key = person.protected_key
    done = client.run("keys", "true", answers=["wrong", person.secrets.passphrase])
    assert done.returncode == 0, done.stderr
    assert [asked.partition(" for")[0] for asked in client.asked] == ["Enter passphrase"] * 2


def test_a_wrong_code_is_asked_again_and_not_for_ever(client: Client) -> None:
    person = client.site.person
    password = person.secrets.password
    done = client.run("totp", "true", answers=[password, "000000", password, person.code()])
    assert done.returncode == 0, done.stderr
    # Whatever was wrong, both are asked, so that nobody learns which it was.
    done = client.run("totp", "true", answers=["wrong", person.code()] * 3)
    assert done.returncode == 255
    assert questions(client) == [PASSWORD, CODE] * 3
    assert "Permission denied (keyboard-interactive)" in done.stderr


def test_a_second_factor_says_more(client: Client) -> None:
    secrets = client.site.person.secrets
    done = client.run("duo", "true", answers=[secrets.password, "7", "push"])
    assert done.returncode == 0
    assert questions(client)[2] == (
        "Incorrect passcode. Please try again.\nPasscode or option (1-2): "
    )
    # What is said last is a round without a question.
    assert done.stderr.endswith("Success. Logging you in...\n")
    assert "authorised use only" in done.stderr
    done = client.run("device", "true", answers=[secrets.password, "x", "y", "z"])
    assert done.returncode == 255
    client.options = ["NumberOfPasswordPrompts=1"]
    client.run("several", "true", answers=["physics", "wrong", "1", ""])
    assert questions(client) == ["Project: ", PASSWORD, "Code: ", "Remark: "]


@pytest.mark.parametrize("method", ["publickey", "keyboard-interactive"])
def test_an_account_that_is_not_active_yet(client: Client, method: str) -> None:
    client.options = [f"PreferredAuthentications={method}"]
    done = client.run("inactive", "true", answers=[client.site.person.secrets.password])
    assert done.returncode == 255
    assert "Your account is not active yet: its project has not been approved." in done.stderr


def test_who_does_not_answer_in_time_is_put_off(ssh: SSH) -> None:
    with socket.create_connection(("127.0.0.1", ssh.faces["hasty"].port)) as dialled:
        dialled.settimeout(LIMIT_SECONDS)
        said = b""
        while more := dialled.recv(1000):
            said += more
    assert said.startswith(b"SSH-2.0-OpenSSH_9.2")


def test_who_was_refused_waits(ssh_htcondor: SSH, folder: Path) -> None:
    client = Client(ssh_htcondor, folder)
    assert client.run("penalties", "true").returncode == 0
    client.options = ["PreferredAuthentications=password", "NumberOfPasswordPrompts=1"]
    assert client.run("penalties", "true", answers=["wrong"]).returncode == 255

    def first_words() -> bytes:
        address = ("127.0.0.1", ssh_htcondor.faces["penalties"].port)
        with socket.create_connection(address) as dialled:
            return dialled.recv(100)

    assert wait_until(lambda: first_words().startswith(b"Not allowed at this time"), 10)
    assert wait_until(lambda: first_words().startswith(b"SSH-2.0-OpenSSH_10"), LIMIT_SECONDS)


@pytest.mark.parametrize(
    ("at_seconds", "shown"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(at_seconds: int, shown: str) -> None:
    # Its appendix B, the last six of eight digits.
    assert code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at_seconds) == shown
