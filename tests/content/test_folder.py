"""The kernel's folder of contents, and what of a call goes there."""

from __future__ import annotations

import os
import pickle
import threading
import types
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest
from parsl.serialize import deserialize

from pilothouse.agent import payload
from pilothouse.agent.content import bundle
from pilothouse.agent.content.bundle import Bundle
from pilothouse.agent.content.reference import RESULTS, Stored
from pilothouse.content.folder import ContentFolder
from pilothouse.content.reading import Reading
from pilothouse.errors import PilothouseError
from pilothouse.lending.packing import pack_call, pack_task

from .arrays import Array
from .disk import small_disk


@pytest.fixture
def folder(tmp_path: Path) -> ContentFolder:
    return ContentFolder(tmp_path / "content")


def files(folder: ContentFolder) -> list[str]:
    return sorted(each.name for each in folder.path.iterdir() if each.is_file())


def test_a_folder_that_was_half_made_is_made_whole(folder: ContentFolder) -> None:
    folder.path.mkdir(mode=0o700)
    folder.make()
    assert (folder.path / RESULTS).is_dir()
    folder.make()


def taker(*args: object, **kwargs: object) -> int:
    return len(args) + len(kwargs)


def test_a_small_call_goes_as_before(folder: ContentFolder) -> None:
    args, kwargs = (1, "two", b"3" * 30_000), {"four": [5]}
    buffer, names = pack_task(taker, args, kwargs, folder)
    assert buffer == pack_call(taker, args, kwargs)
    assert names == ()
    assert not folder.path.exists()


@pytest.mark.parametrize(
    "value",
    [b"x" * 40_000, "x" * 40_000, list(range(20_000)), Array(bytearray(40_000))],
    ids=["bytes", "text", "list", "array"],
)
def test_a_large_argument_is_written_once(folder: ContentFolder, value: object) -> None:
    sent = [pack_task(taker, (1, value), {"again": value}, folder) for _ in range(3)]
    _, _, references = payload.unpack_beside(sent[0][0])
    assert set(references) == {1, "again"}
    assert references[1] == references["again"]
    assert len(sent[0][0]) < 5000
    assert files(folder) == [references[1].hash]
    path = folder.path / references[1].hash
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700
    data = bytearray(path.read_bytes())
    assert len(data) == references[1].size
    found = bundle.load(data, deserialize)
    assert found == value or getattr(found, "memory", None) == getattr(value, "memory", 0)
    for _, names in sent[:2]:
        folder.release(names)
    assert files(folder) == [references[1].hash]
    folder.release(sent[2][1])
    assert files(folder) == []


def test_many_small_arguments_are_one_message(folder: ContentFolder) -> None:
    args = tuple(os.urandom(1000) for _ in range(100))
    buffer, names = pack_task(taker, args, {}, folder)
    assert not names
    _, args_bytes = payload.unpack(buffer)
    assert pickle.loads(args_bytes) == (args, {})


def test_a_large_function_goes_by_content(folder: ContentFolder) -> None:
    blob = os.urandom(50_000)

    def closure() -> int:
        return len(blob)

    # As a notebook's function, which takes no test's module along.
    code, cells = closure.__code__, closure.__closure__
    function = types.FunctionType(code, {}, "closure", None, cells)
    function.__module__ = "__main__"
    buffer, names = pack_task(function, (), {}, folder)
    assert len(buffer) < 5000
    assert len(names) == 1
    _, _, references = payload.unpack_beside(buffer)
    data = bytearray((folder.path / references[None].hash).read_bytes())
    found = deserialize(bytes(bundle.first_piece(data)))
    assert found() == 50_000


def test_what_cannot_be_sent_leaves_nothing(folder: ContentFolder) -> None:
    with pytest.raises(PilothouseError) as caught:
        pack_task(taker, (b"x" * 40_000, (each for each in "")), {}, folder)
    assert caught.value.code == "not_picklable"
    assert "argument 2" in str(caught.value)
    with pytest.raises(PilothouseError) as caught:
        pack_task(taker, (b"x" * 40_000,), {"later": [Future[int]()]}, folder)
    assert caught.value.code == "futures_inside"
    assert files(folder) == []


def test_a_full_disk_is_said(folder: ContentFolder) -> None:
    folder.make()
    with small_disk(100_000), pytest.raises(PilothouseError) as caught:
        pack_task(taker, (b"x" * 200_000,), {}, folder)
    assert caught.value.code == "content_failed"
    assert str(folder.path) in str(caught.value)
    assert files(folder) == []
    pack_task(taker, (b"x" * 200_000,), {}, folder)
    assert len(files(folder)) == 1


def test_many_threads_write_a_content_once(folder: ContentFolder) -> None:
    content = os.urandom(3_000_000)
    names: list[str] = []
    threads = [
        threading.Thread(target=lambda: names.append(folder.put(Bundle([b"", content])).hash))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 16
    assert files(folder) == [names[0]]
    folder.release(names[:15])
    assert files(folder) == [names[0]]
    folder.release(names[15:])
    assert files(folder) == []


def test_a_result_is_taken_once(folder: ContentFolder) -> None:
    folder.make()
    what = bundle.by_pickle(b"y" * 50_000)
    stored = Stored("s-1", 4, sum(len(part) for part in what.parts()))
    path = folder.path / RESULTS / stored.name
    path.write_bytes(b"".join(what.parts()))
    assert bundle.load(folder.take(stored), deserialize) == b"y" * 50_000
    with pytest.raises(FileNotFoundError):
        folder.take(stored)
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="5 bytes"):
        folder.take(stored)
    path.symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        folder.take(stored)


def test_what_was_given_is_read_before_the_folder_goes(tmp_path: Path) -> None:
    reading = Reading(tmp_path / "content")
    reading.contents.make()
    done: list[int] = []
    gate = threading.Event()

    def first() -> None:
        gate.wait(10)
        done.append(0)
        raise RuntimeError("a callback of somebody")

    reading.later(first)
    for number in range(1, 20):
        reading.later(partial(done.append, number))
    assert done == []
    gate.set()
    reading.close()
    assert done == list(range(20))
    assert not reading.contents.path.exists()
    reading.later(lambda: done.append(20))
    assert done[-1] == 20
