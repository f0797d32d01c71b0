"""A pilot's disk is full, or its job was granted little of it."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from parsl.serialize import deserialize

from pilothouse.agent.content import bundle, store
from pilothouse.agent.content.reference import RESULTS, Stored
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
    with small_disk(1_000_000), pytest.raises(OSError, match=full(results)):
        worker.hand_in(WHAT, 1)
    assert list(results.iterdir()) == []
    stored = Stored.decode(worker.hand_in(WHAT, 1))
    assert [each.name for each in results.iterdir()] == [stored.name]


@pytest.fixture
def granted(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """A job of HTCondor's that may use 10 MiB of its slot's 20 MiB."""
    job, machine = tmp_path / "job.ad", tmp_path / "machine.ad"
    job.write_text("RequestDisk = 10240\n")
    machine.write_text('Name = "slot1_1@node"\nDisk = 20480\n')
    for name, path in (("SCRATCH_DIR", disk), ("JOB_AD", job), ("MACHINE_AD", machine)):
        monkeypatch.setenv(f"_CONDOR_{name}", str(path))
    loop = Loop()
    yield loop
    loop.close()


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
