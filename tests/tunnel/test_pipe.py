"""The pipe by itself: whatever is cut, lost, doubled or late, each byte arrives once, in order."""

from __future__ import annotations

import random
from collections import deque

import pytest

from pilothouse.agent.checked import InvalidMessage
from pilothouse.agent.tunnel import frames
from pilothouse.agent.tunnel.frames import PART_BYTES, WINDOW_BYTES, TunnelFrame
from pilothouse.agent.tunnel.pipe import Pipe

TUNNEL = bytes(range(8))


class Wire:
    """Two pipes and a bridge between them that forgets what it has when it is cut."""

    def __init__(self, random_source: random.Random) -> None:
        self.random = random_source
        self.pipes = [Pipe(TUNNEL), Pipe(TUNNEL)]
        self.under_way: list[deque[bytes]] = [deque(), deque()]  # to each
        self.untaken = [0, 0]
        self.written = [bytearray(), bytearray()]
        self.heard = [bytearray(), bytearray()]

    def connect(self) -> None:
        """A new way; what was under way before may still arrive, in its order, or not."""
        for side in (0, 1):
            if self.random.random() < 0.5:
                self.under_way[side].clear()
            self.under_way[side].append(frames.way(TUNNEL))

    def cut(self, side: int) -> None:
        """The connection of one side breaks: all that is under way to it and from it is lost."""
        self.pipes[side].cut()
        self.under_way[side].clear()
        for _ in range(self.random.randrange(4)):
            if self.under_way[1 - side]:
                self.under_way[1 - side].pop()

    def write(self, side: int, most: int) -> None:
        pipe = self.pipes[side]
        size = min(self.random.randint(1, most), pipe.room, PART_BYTES)
        if size > 0:
            data = self.random.randbytes(size)
            pipe.write(data[: size // 2], data[size // 2 :])
            self.written[side] += data

    def carry(self, side: int) -> None:
        """Frames of a side go under way; now and then one goes twice."""
        while (frame := self.pipes[side].next_frame()) is not None:
            self.under_way[1 - side].append(frame)
            if self.random.random() < 0.05:
                self.under_way[1 - side].append(frame)

    def arrive(self, side: int) -> None:
        if self.under_way[side]:
            data = self.pipes[side].hear(frames.read(self.under_way[side].popleft()))
            self.heard[side] += data
            self.untaken[side] += len(data)

    def take(self, side: int) -> None:
        """Some of what was heard is handed on, and perhaps said."""
        count = self.random.randint(0, self.untaken[side])
        self.untaken[side] -= count
        self.pipes[side].take(count)
        if self.random.random() < 0.5:
            self.pipes[side].acknowledge()

    def settle(self) -> None:
        """No more cuts: all arrives."""
        self.under_way = [deque(), deque()]
        for side in (0, 1):
            self.under_way[side].append(frames.way(TUNNEL))
        for _ in range(100_000):
            if not any(self.under_way) and not any(pipe.kept for pipe in self.pipes):
                return
            for side in (0, 1):
                self.carry(side)
                self.arrive(side)
                self.pipes[side].take(self.untaken[side])
                self.untaken[side] = 0
                self.pipes[side].acknowledge()
        raise AssertionError("the two ends never come to rest")


@pytest.mark.parametrize("seed", range(60))
def test_every_byte_once_and_in_order(seed: int) -> None:
    wire = Wire(random.Random(seed))
    wire.connect()
    for _ in range(3000):
        side = wire.random.randrange(2)
        step = wire.random.random()
        if step < 0.3:
            wire.write(side, 100_000 if wire.random.random() < 0.2 else 300)
        elif step < 0.5:
            wire.carry(side)
        elif step < 0.8:
            wire.arrive(side)
        elif step < 0.98:
            wire.take(side)
        else:
            wire.cut(side)
            wire.connect()
        for pipe in wire.pipes:
            assert pipe.kept <= WINDOW_BYTES
        assert max(wire.untaken) <= WINDOW_BYTES
    wire.settle()
    assert wire.heard[0] == wire.written[1]
    assert wire.heard[1] == wire.written[0]


def hear(pipe: Pipe, frame: bytes) -> bytes:
    return bytes(pipe.hear(frames.read(frame)))


def sent(pipe: Pipe) -> list[bytes]:
    found = []
    while (frame := pipe.next_frame()) is not None:
        found.append(frame)
    return found


def test_nothing_is_sent_without_a_way() -> None:
    pipe = Pipe(TUNNEL)
    pipe.write(b"early")
    assert sent(pipe) == []
    hear(pipe, frames.way(TUNNEL))
    assert sent(pipe) == [frames.resume(TUNNEL, 0)]
    hear(pipe, frames.resume(TUNNEL, 0))
    assert sent(pipe) == [frames.part_header(TUNNEL, 0) + b"early"]
    pipe.cut()
    pipe.write(b"late")
    assert sent(pipe) == []


def test_sends_again_from_where_the_other_end_is() -> None:
    pipe = Pipe(TUNNEL)
    hear(pipe, frames.resume(TUNNEL, 0))
    for word in (b"one", b"two", b"three"):
        pipe.write(word)
    assert len(sent(pipe)) == 3
    hear(pipe, frames.way(TUNNEL))
    hear(pipe, frames.resume(TUNNEL, 4))
    assert sent(pipe) == [
        frames.resume(TUNNEL, 0),
        frames.part_header(TUNNEL, 3) + b"two",
        frames.part_header(TUNNEL, 6) + b"three",
    ]


def test_what_was_taken_is_said_once_and_only_on_a_way() -> None:
    pipe = Pipe(TUNNEL)
    assert hear(pipe, frames.part_header(TUNNEL, 0) + b"word") == b"word"
    pipe.take(4)
    pipe.acknowledge()
    assert sent(pipe) == []
    hear(pipe, frames.resume(TUNNEL, 0))
    pipe.acknowledge()
    pipe.acknowledge()
    assert sent(pipe) == [frames.taken(TUNNEL, 4)]


def test_a_gap_is_dropped_and_an_overlap_is_cut_off() -> None:
    pipe = Pipe(TUNNEL)
    assert hear(pipe, frames.part_header(TUNNEL, 1) + b"later") == b""
    assert hear(pipe, frames.part_header(TUNNEL, 0) + b"abc") == b"abc"
    assert hear(pipe, frames.part_header(TUNNEL, 0) + b"abcde") == b"de"
    assert hear(pipe, frames.part_header(TUNNEL, 2) + b"cd") == b""


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (frames.resume(TUNNEL, 3), "had 5 before"),
        (frames.resume(TUNNEL, 11), "11 bytes of 10"),
        (frames.taken(TUNNEL, 11), "11 bytes of 10"),
    ],
)
def test_another_end_than_before_is_noticed(frame: bytes, words: str) -> None:
    pipe = Pipe(TUNNEL)
    pipe.write(b"0123456789")
    hear(pipe, frames.resume(TUNNEL, 5))
    with pytest.raises(InvalidMessage, match=words):
        hear(pipe, frame)


def test_who_sends_over_the_window_is_not_listened_to() -> None:
    pipe = Pipe(TUNNEL)
    data = bytes(PART_BYTES)
    for number in range(WINDOW_BYTES // PART_BYTES):
        hear(pipe, frames.part_header(TUNNEL, number * PART_BYTES) + data)
    with pytest.raises(InvalidMessage, match="over 1048576 bytes"):
        hear(pipe, frames.part_header(TUNNEL, WINDOW_BYTES) + b"1")


def test_writes_no_more_than_the_window() -> None:
    pipe = Pipe(TUNNEL)
    while pipe.room > 0:
        pipe.write(bytes(min(pipe.room, 50_000)))
    with pytest.raises(ValueError, match="room for 0"):
        pipe.write(b"1")
    hear(pipe, frames.resume(TUNNEL, 100_000))
    assert [pipe.room] == [100_000]


def test_way_is_answered_with_what_was_taken() -> None:
    pipe = Pipe(TUNNEL)
    hear(pipe, frames.part_header(TUNNEL, 0) + b"abcdef")
    pipe.take(2)
    hear(pipe, frames.way(TUNNEL))
    assert frames.read(sent(pipe)[0])[:3] == (TUNNEL, TunnelFrame.RESUME, 2)
