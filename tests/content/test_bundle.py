"""Large values as bytes, and what stands for them in a message."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from parsl.serialize import deserialize, serialize

from pilothouse.agent import payload
from pilothouse.agent.checked import InvalidMessage
from pilothouse.agent.content import bundle, pieces, reference, store
from pilothouse.agent.content.bundle import Bundle
from pilothouse.agent.content.reference import Reference, Stored
from tests.protocol import number_of

from .arrays import Array

HASH = "ab" * 32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inlineBytes", bundle.INLINE_BYTES),
        ("contentBytes", bundle.MOST_BYTES),
        ("pieceBytes", pieces.PIECE_BYTES),
        ("windowBytes", pieces.WINDOW_BYTES),
        ("reads", pieces.READS),
        ("writes", pieces.WRITES),
        ("pilotBytes", store.PILOT_BYTES),
        ("CONTENT_HEADER_BYTES", pieces.HEADER.size),
    ],
)
def test_the_numbers_are_those_of_the_protocol(name: str, value: int) -> None:
    assert number_of("content", name) == value


def as_file(what: Bundle) -> bytearray:
    return bytearray(b"".join(what.parts()))


@pytest.mark.parametrize(
    "value",
    [b"x" * 40_000, "ä" * 40_000, list(range(20_000)), {"a": bytearray(50_000)}, None],
    ids=["bytes", "text", "list", "dict", "nothing"],
)
def test_values_come_out_as_they_went_in(value: object) -> None:
    found = bundle.load(as_file(bundle.by_pickle(value)), deserialize)
    assert found == value
    assert type(found) is type(value)


def test_what_parsl_serializes_is_read_by_parsl() -> None:
    what = Bundle([serialize([1, 2, 3])])
    assert bundle.load(as_file(what), deserialize) == [1, 2, 3]


def test_memory_of_arrays_is_beside_aligned_and_writable() -> None:
    small, large = Array(bytearray(b"s" * 100)), Array(bytearray(os.urandom(100_000)))
    what = bundle.by_pickle([small, large, large])
    assert [len(piece) for piece in what.pieces[1:]] == [100_000]
    data = as_file(what)
    found = bundle.load(data, deserialize)
    assert isinstance(found, list)
    assert bytes(found[0].memory) == b"s" * 100
    assert found[1].memory == large.memory
    assert found[1] is found[2]
    at = bytes(data).index(bytes(large.memory))
    assert at % 64 == 0
    found[1].memory[0:1] = b"!"
    assert data[at : at + 1] == b"!"


def test_bytes_are_read_as_what_they_are_and_never_cut_short(tmp_path: Path) -> None:
    value = os.urandom(100_000)
    path = tmp_path / "content"
    whole = bytes(as_file(bundle.by_pickle(value)))
    for data, found in (
        (whole, value),
        (bytes(as_file(bundle.by_pickle([value, value[:-1]]))), None),
        (bytes(as_file(bundle.Bundle([b"", value[:50], value[50:]]))), None),
        (whole + b"more", None),
    ):
        path.write_bytes(data)
        with path.open("rb") as file:
            got = bundle.read(file.fileno(), len(data))
        assert got == (found or data)
        assert isinstance(got, bytes) == (found is not None)
    path.write_bytes(whole[:-1])
    with path.open("rb") as file, pytest.raises(ValueError, match="cut short"):
        bundle.read(file.fileno(), len(whole))
    with pytest.raises(ValueError, match="no pickle"):
        bundle.first_piece(value)


def test_no_bytes_do_anything_else_than_be_read_or_refused() -> None:
    chance = random.Random(5)
    whole = as_file(bundle.by_pickle([Array(bytearray(40_000))]))
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(40)] = chance.randrange(256)
        data = data[: chance.choice([len(data), chance.randrange(len(data))])]
        try:
            first = bundle.first_piece(data)
        except ValueError:
            continue
        assert len(first) <= len(data)
    for _ in range(5000):
        try:
            pieces.read(chance.randbytes(chance.randrange(40)))
        except InvalidMessage:
            continue


def test_a_task_says_what_it_refers_to() -> None:
    named: reference.References = {
        0: Reference(HASH, 40_000),
        "b": Reference("cd" * 32, 1),
        None: Reference(HASH, 2),
    }
    buffer = payload.pack_beside(b"code", named, b"\x80rest")
    assert payload.is_beside(buffer)
    function, args, found = payload.unpack_beside(buffer)
    assert (bytes(function), bytes(args), found) == (b"code", b"\x80rest", named)
    assert not payload.is_beside(payload.pack(b"code", b""))


@pytest.mark.parametrize(
    "entry",
    [
        [0, "../../etc/passwd", 5],
        [0, HASH.upper(), 5],
        [0, HASH, 0],
        [0, HASH, -1],
        [0, HASH, 1 << 60],
        [0, HASH, True],
        [1.5, HASH, 5],
        [0, HASH],
        "abc",
    ],
)
def test_what_is_no_reference_is_refused(entry: object) -> None:
    with pytest.raises(InvalidMessage):
        reference.decode(json.dumps([entry]).encode())


@pytest.mark.parametrize(
    "fields",
    [
        {"start": "../x", "task": 1, "size": 5},
        {"start": "s/1", "task": 1, "size": 5},
        {"start": "s-1", "task": -1, "size": 5},
        {"start": "s-1", "task": 1, "size": 0},
        {"start": "s-1", "task": "1", "size": 5},
        {"start": "s-1", "task": 1},
    ],
)
def test_what_is_no_stored_result_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidMessage):
        Stored.decode(reference.STORED + json.dumps(fields).encode())


def test_a_stored_result_says_where_it_is() -> None:
    stored = Stored("p1.ab", 7, 40_000)
    assert Stored.decode(stored.encode()) == stored
    assert stored.name == "p1.ab-7"
