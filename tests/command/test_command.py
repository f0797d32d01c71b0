"""The command, run as a person runs it, against a real bridge and real pilots."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from conftest import PilothouseHome
from tests.faults.processes import wait_for


def run(home: PilothouseHome, *words: str) -> subprocess.CompletedProcess[str]:
    """`pilothouse WORDS`."""
    return subprocess.run(
        [sys.executable, "-m", "pilothouse", *words],
        env=home.environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def said(home: PilothouseHome, *words: str) -> str:
    """What a command that succeeds prints."""
    done = run(home, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def pilots(home: PilothouseHome) -> list[dict[str, object]]:
    """Pilots that have not ended."""
    found = json.loads(said(home, "status", "local", "--json"))["pilots"]
    return [pilot for pilot in found if pilot["state"] != "ended"]


def test_pilots_come_survive_a_new_bridge_and_go(pilothouse_home: PilothouseHome) -> None:
    home = pilothouse_home
    assert "wanted: 2 (typed; notebooks ask for 0)" in said(home, "up", "local", "-n", "2")
    wait_for("idle pilots", lambda: [p["state"] for p in pilots(home)] == ["idle"] * 2)
    table = said(home, "status")
    assert "This computer (local)" in table
    assert "2 idle" in table
    before = {(pilot["pilot"], pilot["attempt"]) for pilot in pilots(home)}
    old = home.bridge_pid()

    assert "version" in said(home, "bridge", "restart")
    assert home.bridge_pid() != old
    wait_for("the pilots' return", lambda: [p["state"] for p in pilots(home)] == ["idle"] * 2)
    assert {(pilot["pilot"], pilot["attempt"]) for pilot in pilots(home)} == before

    pilot = str(pilots(home)[0]["pilot"])
    assert said(home, "logs", pilot) != ""
    assert said(home, "logs", pilot, "--file", "script").startswith("#!/bin/sh")
    none = run(home, "logs", pilot, "--file", "pool")
    assert (none.returncode, none.stdout) == (1, "")
    assert "no such log" in none.stderr

    assert said(home, "down", "--all") == "local: 2 pilots told to end\n"
    assert pilots(home) == []
    assert "2 ended" in said(home, "status")


def test_a_followed_log_ends_with_its_pilot(pilothouse_home: PilothouseHome) -> None:
    home = pilothouse_home
    said(home, "up", "local", "-n", "1")
    wait_for("an idle pilot", lambda: [p["state"] for p in pilots(home)] == ["idle"])
    pilot = str(pilots(home)[0]["pilot"])
    following = subprocess.Popen(
        [sys.executable, "-m", "pilothouse", "logs", pilot, "-f"],
        env=home.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert following.stdout is not None
    assert following.stdout.readline() != ""
    said(home, "down", "local")
    rest, _ = following.communicate(timeout=60)
    assert following.returncode == 0
    assert said(home, "logs", pilot).endswith(rest)


def test_what_was_typed_wrong_is_named(pilothouse_home: PilothouseHome) -> None:
    home = pilothouse_home
    for words, code, part in (
        (("up", "nowhere"), 1, "There is no profile nowhere"),
        (("up", "local", "-n", "-3"), 2, "-3 is negative"),
        (("up", "local", "-n", "many"), 2, "'many' is not a whole number"),
        (("up", "local", "-n", "1000000"), 1, "at most 64"),
        (("down",), 2, "one of the arguments NAME --all is required"),
        (("down", "local", "--all"), 2, "not allowed with"),
        (("logs", "p99"), 1, "There is no pilot p99"),
        (("logs", "p99", "--worker", "-1"), 2, "there is no worker -1"),
        (("logs", "p99", "--file", "pool", "--worker", "1"), 2, "--worker does not go with"),
        (("fly",), 2, "invalid choice: 'fly'"),
        ((), 2, "required: COMMAND"),
    ):
        done = run(home, *words)
        assert done.returncode == code, done
        assert done.stdout == ""
        assert part in done.stderr
        assert "Traceback" not in done.stderr


def test_the_bridge_alone(pilothouse_home: PilothouseHome) -> None:
    home = pilothouse_home
    nothing = run(home, "bridge", "status")
    assert nothing.returncode == 1
    assert "No bridge runs" in nothing.stdout
    assert said(home, "bridge", "stop") == "No bridge runs.\n"
    assert not (home.state / "bridge.log").exists(), "looking started a bridge"

    said(home, "profiles")
    pid = home.bridge_pid()
    assert f"process         {pid} on" in said(home, "bridge", "status")
    assert "bridge_starts" in run(home, "bridge", "log").stdout
    assert said(home, "bridge", "stop") == "The bridge has ended.\n"
    assert run(home, "bridge", "status").returncode == 1


def test_a_killed_bridge_is_no_obstacle(pilothouse_home: PilothouseHome) -> None:
    home = pilothouse_home
    said(home, "profiles")
    pid = home.bridge_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert "This computer" in said(home, "profiles")


def test_another_version_can_be_replaced(
    pilothouse_home: PilothouseHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = pilothouse_home
    program = (
        "from pilothouse.bridge import starter; starter.version = lambda: '0.0.1'; "
        "starter.ensure(30)"
    )
    subprocess.run([sys.executable, "-c", program], env=home.environment, check=True, timeout=60)
    refused = run(home, "status")
    assert refused.returncode == 1
    assert "0.0.1" in refused.stderr
    assert "pilothouse bridge restart" in refused.stderr
    assert "0.0.1" in said(home, "bridge", "status")
    said(home, "bridge", "restart")
    assert "This computer" in said(home, "status")


def test_broken_profiles_are_named_beside_the_good_ones(pilothouse_home: PilothouseHome) -> None:
    home = pilothouse_home
    folder = home.jupyter_config / "pilothouse" / "profiles"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text('{"name": "mine", "title": "My own"}')
    (folder / "bad.json").write_text('{"name": "bad", "pilots": {}}')
    done = run(home, "profiles")
    assert done.returncode == 1
    assert "My own" in done.stdout
    assert "bad.json" in done.stderr


@pytest.mark.parametrize("what", ["removed", "broken"])
@pytest.mark.parametrize("bridge", ["same", "next"])
@pytest.mark.parametrize("words", [("down", "mine"), ("down", "--all")])
def test_pilots_can_be_ended_whose_profile_has_gone(
    pilothouse_home: PilothouseHome, what: str, bridge: str, words: tuple[str, ...]
) -> None:
    home = pilothouse_home
    folder = home.jupyter_config / "pilothouse" / "profiles"
    folder.mkdir(parents=True)
    file = folder / "mine.json"
    file.write_text('{"name": "mine", "title": "My own"}')
    assert "My own (mine)" in said(home, "up", "mine", "-n", "1")

    def states() -> list[object]:
        found = json.loads(said(home, "status", "mine", "--json"))["pilots"]
        return [pilot["state"] for pilot in found]

    wait_for("an idle pilot", lambda: states() == ["idle"])
    if what == "removed":
        file.unlink()
    else:
        file.write_text('{"name": "mine", "pilots": {}}')
    if bridge == "next":
        said(home, "bridge", "restart")
        wait_for("the pilot's return", lambda: states() == ["idle"])
    assert "My own (mine)" in said(home, "status", "mine")

    assert "mine: 1 pilot told to end\n" in said(home, *words)
    # Of a place that is neither a profile nor has pilots nothing is left to say.
    wait_for("the place to go", lambda: "My own" not in said(home, "status"))
    assert run(home, *words[:1], "mine").returncode == 1


def test_no_output_is_no_error(pilothouse_home: PilothouseHome) -> None:
    """As with `pilothouse profiles | head -0`."""
    home = pilothouse_home
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "pilothouse", "profiles"],
        env=home.environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
