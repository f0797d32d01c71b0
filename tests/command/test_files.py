"""Files of a submit host from the command line: of this machine, and over a real login."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import PilothouseHome
from pilothouse.command.files import from_home
from testbed import user
from testbed.ssh.host import SSH

from .site import Visitor
from .test_command import run, said

HOSTILE = ("with space", "it's", '"$HOME" `id`', "--help", "a\nb", "Ünï 🚀", "x" * 255)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one."""
    made = tmp_path / "there"
    made.mkdir()
    return made


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_goes_there_and_back(
    pilothouse_home: PilothouseHome, tmp_path: Path, folder: Path, name: str
) -> None:
    local, back = tmp_path / name, tmp_path / "back"
    local.write_bytes(os.urandom(300_000))
    local.chmod(0o755)
    assert said(pilothouse_home, "put", "local", str(local), str(folder)) == ""
    assert said(pilothouse_home, "get", "local", str(folder / name), str(back)) == ""
    assert back.read_bytes() == local.read_bytes()
    assert stat.S_IMODE(back.stat().st_mode) == 0o700
    shown = said(pilothouse_home, "ls", "local", str(folder)).splitlines()
    assert [line.split(maxsplit=3)[0] for line in shown] == ["SIZE", "300,000"]
    assert shown[1].endswith(name.replace("\n", "?"))


def test_what_cannot_be_done_is_said(pilothouse_home: PilothouseHome, folder: Path) -> None:
    missing = str(folder / "no")
    for words in (("ls", "local", missing), ("get", "local", missing, str(folder))):
        done = run(pilothouse_home, *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{missing}: No such file or directory" in done.stderr
    done = run(pilothouse_home, "put", "local", missing, str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{missing}: no such file or directory" in done.stderr
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("", "."), ("~", "."), ("~/x y", "x y"), ("x/../y", "x/../y"), ("/x", "/x"), ("~x", "~x")],
)
def test_what_is_meant_from_home(typed: str, meant: str) -> None:
    assert from_home(typed) == meant


def test_over_a_login(pilothouse_home: PilothouseHome, ssh: SSH, tmp_path: Path) -> None:
    visitor = Visitor.arrive(pilothouse_home, ssh)
    place = visitor.place("password")
    local = tmp_path / "-a file"
    local.write_bytes(os.urandom(3_000_000))
    refused = visitor.run("put", place, str(local))
    assert refused.returncode == 1
    assert "log in" in refused.stderr.lower()
    with visitor.at_terminal("login", place) as session:
        session.answer("assword: ", visitor.password)
        session.see("connected as")
        assert session.end() == 0
    name = f"pilothouse-{os.getpid()}"
    with visitor.at_terminal("put", place, str(local), f"~/{name}") as session:
        session.see("100 %  3.0 MB")
        assert session.end() == 0
    assert "3,000,000" in visitor.said("ls", place, name)
    assert name in visitor.said("ls", place)
    back = tmp_path / "back"
    assert visitor.said("get", place, name, str(back)) == ""
    assert back.read_bytes() == local.read_bytes()
    (user.HOME / name).unlink()


def test_one_that_is_interrupted_goes_on(
    pilothouse_home: PilothouseHome, tmp_path: Path, folder: Path
) -> None:
    local, there = tmp_path / "large", folder / "large"
    with local.open("wb") as file:
        file.truncate(1_000_000_000)
    words = ["put", "local", str(local), str(there)]
    going = subprocess.Popen(
        [sys.executable, "-m", "pilothouse", *words],
        env=pilothouse_home.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not (parts := [*folder.glob(".large.*pilothouse-part")]) or not parts[0].stat().st_size:
        assert time.monotonic() < end
        time.sleep(0.01)
    going.send_signal(signal.SIGINT)
    _, errors = going.communicate(timeout=60)
    assert (going.returncode, "goes on from it" in errors, there.exists()) == (1, True, False)
    before = parts[0].stat().st_ino
    assert said(pilothouse_home, *words) == ""
    assert (there.stat().st_ino, there.stat().st_size) == (before, 1_000_000_000)
