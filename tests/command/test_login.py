"""Logging in on a terminal, to real sshds."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from conftest import PilothouseHome
from testbed.ssh.host import SSH

from .site import Session, Visitor, name_of


@pytest.fixture
def visitor(pilothouse_home: PilothouseHome, ssh: SSH) -> Visitor:
    """Somebody who has never logged in."""
    return Visitor.arrive(pilothouse_home, ssh)


def test_a_password_and_a_code(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as session:
        session.see(f"Log in to {name_of('totp')} as pilothouse-tester .*port 923")
        session.see("Machine key SHA256:[A-Za-z0-9+/]+ ")
        session.see(r"\[\d:\d\d\] Password: ")
        assert not session.echoes
        session.type(f"{visitor.password}\n")
        session.answer("Verification code: ", visitor.code)
        session.see("connected as pilothouse-tester")
        assert session.end() == 0
        assert visitor.password not in session.shown
        assert session.shown.count("Log in to") == 1
    assert "connected as pilothouse-tester" in visitor.said("login", place)
    assert visitor.said("logout", place).startswith("Logged out of")
    assert visitor.said("logout", place).startswith("Nobody is logged in")


def test_a_wrong_code_is_asked_again(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as session:
        # With a slip of the finger, which is taken back.
        session.answer("Password: ", f"{visitor.password}x\x7f")
        session.answer("Verification code: ", "000000")
        session.see("The answer was refused.")
        session.answer("Password: ", visitor.password)
        session.answer("Verification code: ", visitor.code)
        assert session.end() == 0


def test_who_is_refused_is_told_why(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as session:
        # As often as the server asks; sshd_config(5), MaxAuthTries.
        while session.see("Password: |did not let you in") == "Password: ":
            session.type("wrong\n")
            session.answer("Verification code: ", "000000")
        assert session.end() == 1
    assert "not logged in: " in visitor.said("status", place)


def test_ctrl_c_cancels_and_leaves_the_terminal_as_it_was(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as session:
        session.see("Password: ")
        session.type("half a pass\x03")
        session.see("The login is cancelled.")
        assert session.echoes
        assert session.end() == 1
    assert visitor.said("logout", place).startswith("Nobody is logged in")


@pytest.mark.parametrize("end", ["SIGTERM", "closed", "Ctrl-D"])
def test_who_leaves_otherwise_cancels_too(visitor: Visitor, end: str) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as session:
        session.see("Password: ")
        if end == "SIGTERM":
            os.kill(session.pid, signal.SIGTERM)
        elif end == "closed":
            session.close_terminal()
        else:
            session.type("\x04")
        assert session.end() == 1
    assert visitor.said("logout", place).startswith("Nobody is logged in")


def test_a_machine_that_does_not_wait(visitor: Visitor) -> None:
    place = visitor.place("hasty")
    with visitor.at_terminal("login", place) as session:
        session.see("Password: ")
        session.type("slowly")
        session.see("pilothouse: .* had no answer within 5 s")
        assert session.echoes
        assert session.end() == 1
        assert "Traceback" not in session.shown


def test_a_login_that_is_stopped_and_brought_back_hides_what_is_typed(visitor: Visitor) -> None:
    place = visitor.place("totp")
    shell = Session(["/bin/bash", "--norc", "--noediting", "-i"], visitor.environment, 80)
    with shell as session:
        session.type(f"{sys.executable} -m pilothouse login {place}\n")
        session.see("Password: ")
        session.type("\x1a")
        session.see("Stopped")
        session.type("fg\n")
        session.see(r"\] Password: ")
        assert not session.echoes
        session.type(f"{visitor.password}\n")
        session.answer("Verification code: ", visitor.code)
        session.see("connected as pilothouse-tester")
        session.type("exit\n")
        assert session.end() == 0
        assert visitor.password not in session.shown


def test_two_terminals_are_one_login(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as one, visitor.at_terminal("login", place) as two:
        for session in (one, two):
            session.see("Password: ")
        two.type("what is not sent")
        one.type(f"{visitor.password}\n")
        two.see("answered elsewhere")
        one.see("Verification code: ")
        two.answer("Verification code: ", visitor.code)
        one.see("answered elsewhere")
        assert [one.end(), two.end()] == [0, 0]


def test_who_joined_leaves_the_login_to_who_began_it(visitor: Visitor) -> None:
    place = visitor.place("totp")
    with visitor.at_terminal("login", place) as one:
        one.see("Password: ")
        with visitor.at_terminal("login", place) as two:
            two.see("Password: ")
            two.type("\x03")
            two.see("The login goes on")
            assert two.end() == 1
        one.type(f"{visitor.password}\n")
        one.answer("Verification code: ", visitor.code)
        assert one.end() == 0


def test_a_new_machine_is_shown_and_asked_for(visitor: Visitor) -> None:
    place = visitor.place("totp")
    visitor.known_hosts.write_text("")
    with visitor.at_terminal("login", place) as session:
        session.see("is not known here yet")
        fingerprint = session.see("SHA256:[A-Za-z0-9+/]+")
        session.answer("(yes/no)? ", "")
        session.answer("(yes/no)? ", "y")
        session.answer("(yes/no)? ", "no")
        assert session.end() == 1
    assert visitor.known_hosts.read_text() == ""
    with visitor.at_terminal("login", place) as session:
        assert session.see("SHA256:[A-Za-z0-9+/]+") == fingerprint
        session.answer("(yes/no)? ", "yes")
        session.answer("Password: ", visitor.password)
        session.answer("Verification code: ", visitor.code)
        assert session.end() == 0
    assert visitor.known_hosts.read_text() != ""


def test_another_key_than_the_known_one_stops_it(visitor: Visitor) -> None:
    place = visitor.place("totp")
    lines = visitor.known_hosts.read_text().splitlines()
    key = next(line.split()[1:3] for line in lines if "]:921 " in line and "ed25519" in line)
    name = next(line.split()[0] for line in lines if "]:923 " in line)
    visitor.known_hosts.write_text(f"{name} {' '.join(key)}\n")
    with visitor.at_terminal("login", place) as session:
        session.see("another key than the one known")
        assert session.end() == 1


def test_all_fields_of_a_round_are_asked_in_turn(visitor: Visitor) -> None:
    place = visitor.place("several")
    with visitor.at_terminal("login", place) as session:
        session.see("Answer all; the last may be left empty.")
        session.answer("Project: ", "physics")
        session.answer("Password: ", visitor.password)
        session.answer("Code: ", visitor.code)
        session.answer("Remark: ", "")
        assert session.end() == 0
        assert "Project: physics" in session.shown.replace("\x1b", "")
        assert visitor.password not in session.shown


def test_a_link_and_return(visitor: Visitor) -> None:
    place = visitor.place("device")
    with visitor.at_terminal("login", place) as session:
        session.answer("Password: ", visitor.password)
        session.see("https://login.testbed.invalid/device")
        session.answer("approved it: ", "")
        assert session.end() == 0


def test_each_machine_on_the_way_is_named(visitor: Visitor) -> None:
    place = visitor.place("inner", jumpHosts=[name_of("jump")])
    with visitor.at_terminal("login", place) as session:
        for number in (1, 2):
            session.see(f"machine {number} of 2 on the way")
            session.answer("Password: ", visitor.password)
            session.answer("Verification code: ", visitor.code)
        assert session.end() == 0


def test_where_there_is_no_terminal_others_answer(visitor: Visitor) -> None:
    place = visitor.place("totp")
    begun = visitor.run("login", place, "--no-wait")
    assert begun.returncode == 0
    assert f"`pilothouse login {place}` on a terminal" in begun.stdout
    waiting = visitor.start("login", place)
    assert waiting.stderr is not None
    while "This is no terminal" not in (line := waiting.stderr.readline()):
        assert line, "it said nothing of the question"
    with visitor.at_terminal("login", place) as session:
        session.answer("Password: ", visitor.password)
        session.answer("Verification code: ", visitor.code)
        assert session.end() == 0
    out, _ = waiting.communicate(timeout=40)
    assert waiting.returncode == 0
    assert "connected as pilothouse-tester" in out


def test_a_place_on_this_machine_needs_no_login(visitor: Visitor) -> None:
    assert "nobody has to log in" in visitor.said("login", "local")
    assert "no login to end" in visitor.said("logout", "local")
    for word in ("login", "logout"):
        done = visitor.run(word, "nowhere")
        assert done.returncode == 1
        assert "There is no profile nowhere" in done.stderr


def test_where_a_login_is_is_said_everywhere(visitor: Visitor) -> None:
    place, other = visitor.place("keys"), visitor.place("keys", "second")
    host = name_of("keys")
    assert f"{host}: not logged in" in visitor.said("profiles")
    assert f"{host}: not logged in" in visitor.said("status", place)
    visitor.place("keys", keyFile=str(visitor.site.person.key))
    assert f"{host}: connected as pilothouse-tester" in visitor.said("login", place)
    for words in (("status", place), ("status", other), ("profiles",), ("bridge", "status")):
        assert f"{host}: connected as pilothouse-tester, " in visitor.said(*words)
    assert "of 8 channels" in visitor.said("bridge", "status")
    assert f"the connection of {other}, too" in visitor.said("logout", place)
    assert f"{host}: not logged in" in visitor.said("status", other)
