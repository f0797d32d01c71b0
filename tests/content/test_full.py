"""A pilot's disk is full, or its job was granted little of it."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from parsl.serialize import deserialize

from pilothouse.agent.content import bundle, room, store
from pilothouse.agent.content.reference import RESULTS, Reference, Stored
from pilothouse.agent.content.room import Grant, Room
from pilothouse.agent.content.worker import Contents

from .bridge import Loop, bring, content
from .disk import small_disk

BYTES = 3_000_000
WHAT = bundle.by_pickle(b"x" * BYTES)


def kept(disk: Path) -> set[str]:
    (folder,) = disk.glob(f"{store.PREFIX}*")
    return {each.name for each in folder.iterdir()} - {"lock", "counter"}


def full(folder: Path) -> str:
    where = re.escape(f"{folder}") + ".* on " + re.escape(socket.gethostname())
    return f"{where}: File too large; make room there, or give pilots more disk"


def test_an_argument_that_does_not_fit_is_said_and_comes_once_there_is_room(
    loop: Loop, disk: Path
) -> None:
    reference, data = content(loop, BYTES)
    with small_disk(1_000_000), pytest.raises(OSError, match=full(disk)):
        bring(loop, reference)
    assert kept(disk) == set()
    assert bring(loop, reference) == data
    assert kept(disk) == {reference.hash}


def test_a_result_that_does_not_fit_on_its_way_is_said(loop: Loop, disk: Path) -> None:
    worker = Contents(loop.environment)
    with small_disk(1_000_000), pytest.raises(OSError, match=full(disk)):
        worker.hand_in(WHAT, 1)
    assert loop.bridge.got == {}
    stored = Stored.decode(worker.hand_in(WHAT, 1))
    data = loop.bridge.got[stored.start, stored.task]
    assert bundle.load(bytearray(data), deserialize) == b"x" * BYTES


def test_a_result_that_does_not_fit_in_the_kernels_folder_is_said(
    loop: Loop, tmp_path: Path
) -> None:
    folder = tmp_path / "content"
    results = folder / RESULTS
    results.mkdir(parents=True)
    worker = Contents({**loop.environment, "PILOTHOUSE_CONTENT_FOLDER": str(folder)})
    with small_disk(1_000_000), pytest.raises(OSError, match="cannot be sent") as caught:
        worker.hand_in(WHAT, 1)
    assert str(caught.value).endswith(
        f"it cannot be written in {results} on {socket.gethostname()}: File too large; make room"
        " there, or have PILOTHOUSE_STATE_DIR name a folder that has some"
    )
    assert list(results.iterdir()) == []
    stored = Stored.decode(worker.hand_in(WHAT, 1))
    assert [each.name for each in results.iterdir()] == [stored.name]


GRANT = 10 << 20


@pytest.fixture
def grant(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of HTCondor's that may use 10 MiB of its slot's 20 MiB."""
    job, machine = tmp_path / "job.ad", tmp_path / "machine.ad"
    job.write_text(f"RequestDisk = {GRANT >> 10}\n")
    machine.write_text('Name = "slot1_1@node"\nDisk = 20480\n')
    for name, path in (("SCRATCH_DIR", disk), ("JOB_AD", job), ("MACHINE_AD", machine)):
        monkeypatch.setenv(f"_CONDOR_{name}", str(path))


@pytest.fixture
def granted(grant: None) -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def little(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk of 10 MiB, and no grant."""

    @dataclass
    class Found:
        f_bavail: int
        f_frsize: int = 1

    def free(_: Path) -> Found:
        taken = sum(each.stat().st_size for each in disk.rglob("*") if each.is_file())
        return Found(GRANT - taken)

    monkeypatch.setattr(os, "statvfs", free)


@pytest.mark.parametrize("bound", ["grant", "little"])
@pytest.mark.parametrize("has_come", [0, BYTES // 2, BYTES])
def test_what_is_on_its_way_counts_once_and_as_what_is_kept(
    bound: str, has_come: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    request.getfixturevalue(bound)
    kept = store.Store()
    first, fits = Reference("a" * 64, BYTES), Reference("b" * 64, (GRANT - BYTES) // 2)
    files = [kept.begin(first)]
    os.write(files[0], bytes(has_come))
    monkeypatch.setattr(room, "_COUNT_AGAIN_SECONDS", -1.0)  # as if these were over
    with pytest.raises(store.NoRoom, match=f" {fits.size} bytes may be used there"):
        kept.begin(Reference("c" * 64, fits.size + 1))
    monkeypatch.setattr(room, "_COUNT_AGAIN_SECONDS", float("inf"))
    files.append(kept.begin(fits))
    kept.drop(fits)
    os.write(files[0], bytes(BYTES - has_come))
    kept.keep(first)
    files.append(kept.begin(fits))
    files.append(kept.open(first) or 0)
    assert files[-1], "the first had to go"
    for file in files:
        os.close(file)
    kept.close()


def test_a_file_that_goes_meanwhile_leaves_the_others_counted(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = disk / "own"
    for folder in (own, disk / "work"):
        folder.mkdir()
        for number in range(4):
            (folder / f"{number}").write_bytes(b"x" * 1_000_000)
    scandir = os.scandir
    gone: list[int] = []

    @contextmanager
    def late(folder: str) -> Iterator[list[os.DirEntry[str]]]:
        with scandir(folder) as found:
            entries = sorted(found, key=lambda each: each.name)
        if folder.endswith("work"):
            path = Path(entries[0].path)
            gone.append(path.stat().st_blocks * 512)
            path.unlink()
        yield entries

    grant = Grant(disk.resolve(), 100_000_000)
    before = Room(own, grant).left(0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", late)
        after = Room(own, grant).left(0, 0)
    assert 4_000_000 <= grant.count - before < 5_000_000
    assert [after - before] == gone


def test_contents_take_half_of_what_a_job_may_use_on_disk(granted: Loop, disk: Path) -> None:
    first, second, third = (content(granted, BYTES)[0] for _ in range(3))
    for reference in (first, second):
        bring(granted, reference)
    assert kept(disk) == {first.hash, second.hash}
    bring(granted, third)
    assert kept(disk) == {second.hash, third.hash}
    words = f"no room for 6000000 bytes in {disk}/.*half of what is left of the 10 MiB of disk"
    with pytest.raises(OSError, match=words):
        bring(granted, content(granted, 6_000_000)[0])


def test_what_tasks_have_written_is_counted(granted: Loop, disk: Path) -> None:
    (disk / "work").mkdir()
    (disk / "work" / "output").write_bytes(os.urandom(6_000_000))
    with pytest.raises(OSError, match="no room for 3000000 bytes"):
        bring(granted, content(granted, BYTES)[0])
    small, _ = content(granted, 500_000)
    bring(granted, small)
    assert kept(disk) == {small.hash}
