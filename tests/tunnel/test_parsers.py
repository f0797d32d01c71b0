"""Frames and records: what is read of bytes that anybody may have sent."""

from __future__ import annotations

import random
import struct

import pytest

from pilothouse.agent.checked import InvalidMessage
from pilothouse.agent.command import through_tunnel
from pilothouse.agent.frames import Decoder, encode, encode_stream
from pilothouse.agent.tunnel import frames, records
from pilothouse.agent.tunnel.frames import TunnelFrame
from pilothouse.agent.tunnel.records import Records, TunnelRecord
from tests.protocol import number_of

TUNNEL = bytes.fromhex("00112233445566ff")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TUNNEL_HEADER_BYTES", frames.HEADER_BYTES),
        ("TUNNEL_ID_BYTES", frames.TUNNEL_ID_BYTES),
        ("windowBytes", frames.WINDOW_BYTES),
        ("partBytes", frames.PART_BYTES),
        ("takenEveryBytes", frames.TAKEN_EVERY_BYTES),
        ("takenWithinMs", int(frames.TAKEN_WITHIN_SECONDS * 1000)),
        ("connections", records.MOST_CONNECTIONS),
        ("TUNNEL_RECORD_HEADER_BYTES", records.RECORD_HEADER_BYTES),
        *((kind.name.lower(), int(kind)) for kind in TunnelFrame),
        *((kind.name.lower(), int(kind)) for kind in TunnelRecord),
    ],
)
def test_the_numbers_are_those_of_the_protocol(name: str, value: int) -> None:
    assert number_of("tunnel", name) == value


def test_frames_are_read_as_they_were_made() -> None:
    part = frames.read(frames.part_header(TUNNEL, 2**40) + b"abc")
    assert (part.tunnel, part.kind, part.number) == (TUNNEL, TunnelFrame.PART, 2**40)
    assert bytes(part.data) == b"abc"
    assert frames.read(frames.taken(TUNNEL, 7))[:3] == (TUNNEL, TunnelFrame.TAKEN, 7)
    assert frames.read(frames.resume(TUNNEL, 8))[:3] == (TUNNEL, TunnelFrame.RESUME, 8)
    assert frames.read(frames.over(TUNNEL))[:2] == (TUNNEL, TunnelFrame.OVER)
    assert frames.read(frames.way(TUNNEL))[:2] == (TUNNEL, TunnelFrame.WAY)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        TUNNEL,
        TUNNEL + b"\x05",
        TUNNEL + b"\x00" + bytes(8),
        TUNNEL + b"\x00" + bytes(7),
        TUNNEL + b"\x00" + bytes(8 + frames.PART_BYTES + 1),
        TUNNEL + b"\x01" + bytes(7),
        TUNNEL + b"\x02" + bytes(9),
        TUNNEL + b"\x03\x00",
        TUNNEL + b"\x04\x00",
    ],
)
def test_what_is_no_frame_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidMessage):
        frames.read(content)


def test_no_bytes_do_anything_else_than_be_read_or_refused() -> None:
    chance = random.Random(5)
    for _ in range(20_000):
        content = chance.randbytes(chance.randrange(40))
        if chance.random() < 0.5:
            content = TUNNEL + bytes([chance.randrange(6)]) + content
        try:
            frame = frames.read(content)
        except InvalidMessage:
            continue
        assert frame.tunnel == content[:8]


def test_records_come_out_however_they_are_cut() -> None:
    chance = random.Random(6)
    expected: list[tuple[int, TunnelRecord, bytes]] = []
    stream = b""
    for _ in range(200):
        number, kind = chance.randrange(2**32), chance.choice(list(TunnelRecord))
        data = chance.randbytes(chance.randint(1, 500)) if kind is TunnelRecord.BYTES else b""
        stream += records.header(number, kind, len(data)) + data
        expected.append((number, kind, data))
    for most in (1, 3, 10, 100, 10_000):
        parser = Records()
        found: list[tuple[int, TunnelRecord, bytes]] = []
        consumed = at = 0
        while at < len(stream):
            piece = stream[at : at + chance.randint(1, most)]
            at += len(piece)
            for record in parser.feed(memoryview(piece)):
                consumed += record.consumed + len(record.data)
                if record.kind is not TunnelRecord.BYTES:
                    found.append((record.connection, record.kind, b""))
                elif len(record.data):
                    found.append((record.connection, record.kind, bytes(record.data)))
            assert consumed == at
        assert "".join(map(str, joined(found))) == "".join(map(str, joined(expected)))


def joined(
    found: list[tuple[int, TunnelRecord, bytes]],
) -> list[tuple[int, TunnelRecord, bytes]]:
    """Pieces of one connection that follow each other as one."""
    whole: list[tuple[int, TunnelRecord, bytes]] = []
    for number, kind, data in found:
        if whole and kind is TunnelRecord.BYTES and whole[-1][:2] == (number, kind):
            whole[-1] = (number, kind, whole[-1][2] + data)
        else:
            whole.append((number, kind, data))
    return whole


@pytest.mark.parametrize(
    "head",
    [
        struct.pack(">IBI", 1, 3, 0),
        struct.pack(">IBI", 1, TunnelRecord.OPEN, 1),
        struct.pack(">IBI", 1, TunnelRecord.CLOSED, 5),
        struct.pack(">IBI", 1, TunnelRecord.BYTES, 0),
        struct.pack(">IBI", 1, TunnelRecord.BYTES, records.MOST_RECORD_BYTES + 1),
    ],
)
def test_what_is_no_record_is_refused(head: bytes) -> None:
    with pytest.raises(InvalidMessage):
        list(Records().feed(memoryview(head)))


def test_no_bytes_make_records_grow() -> None:
    chance = random.Random(7)
    for _ in range(300):
        parser, fed, out = Records(), 0, 0
        try:
            for _ in range(100):
                piece = chance.randbytes(chance.randint(1, 30))
                if chance.random() < 0.7:
                    piece = records.header(1, TunnelRecord.BYTES, chance.randint(1, 40)) + piece
                fed += len(piece)
                out += sum(
                    record.consumed + len(record.data) for record in parser.feed(memoryview(piece))
                )
                assert out == fed
        except InvalidMessage:
            continue


def test_the_agents_connection_has_both_kinds_of_frames() -> None:
    frame = frames.part_header(TUNNEL, 0) + b"abc"
    message: dict[str, object] = {"method": "ping"}
    stream = encode(message) + encode_stream(frame) + frame + encode(message)
    decoder = Decoder()
    found: list[object] = []
    for at in range(0, len(stream), 5):
        found.extend(decoder.feed(stream[at : at + 5]))
    assert found == [message, frame, message]


def test_a_tunnels_frame_on_the_agents_connection_has_a_limit() -> None:
    frame = bytes(frames.MOST_FRAME_BYTES + 1)
    with pytest.raises(InvalidMessage, match="65554 bytes"):
        list(Decoder().feed(encode_stream(frame) + frame))


@pytest.mark.parametrize(
    "arguments",
    [
        ["-a", "10.0.0.1,192.168.1.1", "-p", "0", "--port=54321", "--uid", "s-1"],
        ["--addresses", "10.0.0.1", "-p", "0", "--port", "54321", "--uid", "s-1"],
        ["--addresses=10.0.0.1", "-p", "0", "--port=54321", "--uid", "s-1"],
    ],
)
def test_a_pool_dials_the_tunnel_and_nothing_else(arguments: list[str]) -> None:
    given = list(arguments)
    own = through_tunnel(arguments, 7)
    assert arguments == given
    assert not {"10.0.0.1", "10.0.0.1,192.168.1.1", "54321", "--port=54321"} & set(own)
    assert own[own.index("--port") + 1] == "7"
    (option,) = {"-a", "--addresses"} & set(own)
    assert own[own.index(option) + 1] == "127.0.0.1"
    assert own[-2:] == ["--uid", "s-1"]


def test_a_command_that_does_not_say_where_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="has no --port"):
        through_tunnel(["-a", "10.0.0.1"], 7)
