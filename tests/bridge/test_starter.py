"""One bridge, whoever starts it, and a reason where there is none."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pilothouse.bridge import ensure, lock
from pilothouse.bridge.paths import folders
from pilothouse.bridge.reach import answers
from pilothouse.errors import PilothouseError

from .stub import Stub, wait_for


def test_a_bridge_is_started_once_and_found_again(stub: Stub) -> None:
    ensure()
    ensure()
    assert len(stub.starts()) == 1
    assert answers(folders().socket)


def test_eight_starters_at_once_end_with_one_bridge(stub: Stub) -> None:
    program = "from pilothouse.bridge import ensure; input(); ensure(60); print('there')"
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(8)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    said = [starter.communicate(timeout=90)[0] for starter in starters]
    assert said == ["there\n"] * 8
    assert len(stub.starts()) == 1


def test_the_bridge_belongs_to_nobody(stub: Stub) -> None:
    ensure()
    [pid] = stub.starts()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    parent, session = int(fields[1]), int(fields[3])
    assert parent != os.getpid()
    assert session not in (os.getsid(0), pid)
    assert fields[4] == "0", "it has a terminal"
    assert stub.seen()["cwd"] == "/"
    assert stub.seen()["umask"] == 0o077
    descriptors = Path(f"/proc/{pid}/fd")
    assert os.path.samefile(descriptors / "0", folders().lock)
    assert os.readlink(descriptors / "1") == os.devnull
    assert os.path.samefile(descriptors / "2", folders().log)


def test_signals_that_the_starter_ignores_reach_the_bridge(stub: Stub) -> None:
    program = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]);"
        "from pilothouse.bridge import ensure; ensure()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    [pid] = stub.starts()
    status = Path(f"/proc/{pid}/status").read_text()
    masks = {
        line.split(":")[0]: int(line.split()[1], 16)
        for line in status.splitlines()
        if line.startswith(("SigBlk", "SigIgn"))
    }
    assert not masks["SigBlk"] & 1 << (signal.SIGTERM - 1)
    assert not masks["SigIgn"] & 1 << (signal.SIGHUP - 1)


def test_credentials_of_the_starter_are_not_the_bridges(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "x")
    monkeypatch.setenv("NODE_OPTIONS", "--no-such-option")
    monkeypatch.setenv("BEARER_TOKEN_FILE", "/a/token/for/condor")
    ensure()
    names = stub.seen()["environment"]
    assert isinstance(names, list)
    assert "JUPYTERHUB_API_TOKEN" not in names
    assert "NODE_OPTIONS" not in names
    assert "BEARER_TOKEN_FILE" in names


def test_what_the_bridge_is_told(stub: Stub) -> None:
    ensure()
    argv = stub.seen()["argv"]
    assert isinstance(argv, list)
    told = dict(zip(argv[::2], argv[1::2], strict=False))
    where = folders()
    assert told["--state-dir"] == str(where.state)
    assert told["--runtime-dir"] == str(where.runtime)
    assert told["--python"] == sys.executable
    agent = Path(told["--agent"])
    assert agent.parent == where.state
    assert stat.S_IMODE(agent.stat().st_mode) == 0o600
    assert told["--profiles-user"] == f"{os.environ['JUPYTER_CONFIG_DIR']}/pilothouse/profiles"
    assert f"{os.environ['JUPYTER_DATA_DIR']}/pilothouse/profiles" in argv


def test_a_bridge_that_dies_at_once_says_why(stub: Stub) -> None:
    (stub.state / "bridge.log").write_text("of an earlier bridge\n")
    stub.behave("exit")
    with pytest.raises(PilothouseError) as caught:
        ensure()
    error = caught.value
    assert error.code == "bridge_start_failed"
    assert error.params["problem"] == "it ended before it listened"
    assert error.words == "the database is on fire"
    assert error.params["log"] == str(stub.state / "bridge.log")
    assert "stub_bridge.js --state-dir" in str(error.params["command"])


def test_a_bridge_that_never_listens_is_no_endless_wait(stub: Stub) -> None:
    stub.behave("deaf")
    with pytest.raises(PilothouseError) as caught:
        ensure(1)
    assert caught.value.code == "bridge_start_failed"
    assert "within 1 s" in str(caught.value)
    # And who comes second says whom it waited for.
    with pytest.raises(PilothouseError) as second:
        ensure(0.2)
    assert second.value.code == "bridge_unreachable"
    assert str(folders().lock) in str(second.value)


def test_a_waiting_starter_takes_over_when_the_first_bridge_dies(stub: Stub) -> None:
    stub.behave("deaf")
    with pytest.raises(PilothouseError):
        ensure(1)
    [deaf] = stub.starts()
    stub.behave("")
    waiting = subprocess.Popen(
        [sys.executable, "-c", "from pilothouse.bridge import ensure; ensure(60)"]
    )
    os.kill(deaf, signal.SIGKILL)
    assert waiting.wait(60) == 0
    assert len(stub.starts()) == 2


def test_the_lock_dies_with_the_bridge(stub: Stub) -> None:
    ensure()
    where = folders()
    assert lock.is_held(where.lock)
    os.kill(stub.starts()[0], signal.SIGKILL)
    wait_for("the lock", lambda: not lock.is_held(where.lock))
    ensure()
    assert len(stub.starts()) == 2


def test_a_bridge_is_found_from_another_environment(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ensure()
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", "/tmp/" + stub.state.parent.name + "/run/other")
    ensure()
    assert len(stub.starts()) == 1


def test_a_missing_bundle_and_a_missing_node_are_named(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PILOTHOUSE_NODE", "/nowhere/node")
    with pytest.raises(PilothouseError) as node:
        ensure()
    assert node.value.code == "node_missing"
    assert "/nowhere/node" in str(node.value.params["tried"])
    monkeypatch.setenv("PILOTHOUSE_BRIDGE", "/nowhere/bridge.js")
    with pytest.raises(PilothouseError) as bundle:
        ensure()
    assert bundle.value.code == "bridge_not_built"
    assert bundle.value.params["path"] == "/nowhere/bridge.js"
    assert not lock.is_held(folders().lock)
