"""Folders that are the user's alone, and short enough for a socket."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.bridge.filesystem import network_type
from pilothouse.bridge.paths import SOCKET_PATH_BYTES, folders, machine, runtime_folder
from pilothouse.errors import PilothouseError


def _of_another_user(root: Path) -> Path:
    """A folder of somebody else: root makes one, all others have root's."""
    if os.geteuid() != 0:
        return Path("/usr")
    theirs = root / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 65534, 65534)
    return theirs


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder, and an environment in which all others are below it."""
    root = Path(tempfile.mkdtemp(prefix="ph-", dir="/tmp"))
    for name in ("PILOTHOUSE_STATE_DIR", "PILOTHOUSE_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(root))
    yield root
    shutil.rmtree(root)


def test_folders_are_made_for_the_user_alone(root: Path) -> None:
    where = folders()
    assert where.state == root / ".local" / "state" / "pilothouse" / machine()
    assert where.runtime == root / "pilothouse"
    for folder in (where.state, where.state.parent, where.runtime):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folders() == where


def test_each_folder_can_be_chosen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(root / "xdg"))
    assert folders().state == root / "xdg" / "pilothouse" / machine()
    monkeypatch.setenv("PILOTHOUSE_STATE_DIR", str(root / "state"))
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(root / "run"))
    where = folders()
    assert (where.state, where.runtime) == (root / "state", root / "run")


@pytest.mark.parametrize("session", ["", "relative", "/nowhere/at/all", "/"])
def test_a_session_folder_that_is_no_use_is_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch, session: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", session)
    if session == "/":
        # Of another user, as after `su`.
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(_of_another_user(root)))
    assert runtime_folder() == Path(f"/tmp/pilothouse-{os.geteuid()}")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda folder: folder.mkdir(mode=0o755), "is open to others (mode 0755 instead of 0700)"),
        (lambda folder: folder.write_text(""), "is not a folder"),
        (lambda folder: folder.symlink_to("/tmp"), "is a symbolic link"),
    ],
)
def test_an_unsafe_folder_is_named_with_the_remedy(
    root: Path, monkeypatch: pytest.MonkeyPatch, spoil: object, problem: str
) -> None:
    folder = root / "run"
    assert callable(spoil)
    spoil(folder)
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(folder))
    with pytest.raises(PilothouseError) as caught:
        runtime_folder()
    assert caught.value.code == "folder_unsafe"
    said = str(caught.value)
    assert str(folder) in said
    assert problem in said
    assert "PILOTHOUSE_RUNTIME_DIR" in said


def test_another_users_folder_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(_of_another_user(root)))
    with pytest.raises(PilothouseError) as caught:
        runtime_folder()
    assert caught.value.code == "folder_unsafe"
    assert "belongs to user" in str(caught.value)


def test_a_path_too_long_for_a_socket_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = SOCKET_PATH_BYTES - len("/bridge.sock") - len(str(root)) - 1
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(root / ("x" * fits)))
    assert len(str(folders().socket)) == SOCKET_PATH_BYTES
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(root / ("x" * (fits + 1))))
    with pytest.raises(PilothouseError) as caught:
        folders()
    assert caught.value.code == "path_too_long"
    assert "PILOTHOUSE_RUNTIME_DIR" in str(caught.value)


MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/local rw - ext4 /dev/vdb rw
32 22 0:42 / /with\\040blank rw shared:3 - fuse.sshfs x rw
33 22 0:43 / /overlay rw - fuse.fuse-overlayfs x rw
34 22 0:44 / /scratch rw - lustre x rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/tmp/x", None),
        ("/home/alice", "nfs4"),
        ("/homeless", None),
        ("/home/local/alice", None),
        ("/with blank/x", "fuse.sshfs"),
        ("/overlay/x", None),
        ("/scratch", "lustre"),
    ],
)
def test_network_file_systems_are_told_by_their_mounts(path: str, kind: str | None) -> None:
    assert network_type(Path(path), MOUNTS) == kind


def test_a_runtime_folder_on_a_network_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = root / "mountinfo"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr("pilothouse.bridge.filesystem.MOUNTS", mounts)
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", "/home/alice/run")
    with pytest.raises(PilothouseError) as caught:
        runtime_folder()
    assert "nfs4" in str(caught.value)
    # A session's folder there is passed over.
    monkeypatch.delenv("PILOTHOUSE_RUNTIME_DIR")
    mounts.write_text(f"1 0 0:1 / {root} rw - nfs x rw\n")
    assert runtime_folder() == Path(f"/tmp/pilothouse-{os.geteuid()}")
