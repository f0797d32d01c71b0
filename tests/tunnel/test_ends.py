"""Two ends in one process, real sockets outside: what flows, what waits, and what is refused."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from functools import partial

import pytest

from pilothouse.agent.tunnel import frames, users
from pilothouse.agent.tunnel.frames import WINDOW_BYTES
from pilothouse.agent.tunnel.records import MOST_CONNECTIONS, TunnelRecord, header
from tests.agent.home import until

from .pair import TUNNEL, Pair, pull, push

STRANGER = 65534
"""nobody, on all systems that have one."""


def test_bytes_go_both_ways(pair: Pair) -> None:
    pool, interchange = pair.connect()
    data = random.Random(1).randbytes(5_000_000)
    sent, echoed, there, back = 0, 0, bytearray(), bytearray()
    with pool, interchange:
        while len(back) < len(data):
            sent += push(pool, data[sent : sent + 200_000])
            there += pull(interchange)
            echoed += push(interchange, bytes(there[echoed : echoed + 200_000]))
            pair.turn()
            back += pull(pool)
    assert there == data
    assert back == data


def test_who_does_not_read_makes_the_other_wait_and_nothing_grow(pair: Pair) -> None:
    pool, interchange = pair.connect()
    data = random.Random(2).randbytes(1_000_000)
    sent = quiet = 0
    with pool, interchange:
        while quiet < 200:
            count = push(pool, data[sent % 1_000_000 :][:100_000])
            sent, quiet = sent + count, 0 if count else quiet + 1
            pair.turn()
        kept = [end._pipe.kept for end in (pair.pool, pair.home)]
        assert max(kept) <= WINDOW_BYTES
        waiting = sum(len(piece) for piece in next(iter(pair.home._connections.values())).waiting)
        assert 0 < waiting <= WINDOW_BYTES
        got = 0
        while got < sent:
            got += len(pull(interchange))
            pair.turn()
        assert got == sent
        assert pair.words == []


def test_a_crowded_line_makes_tunnels_wait_in_turn(pair: Pair) -> None:
    pool, interchange = pair.connect()
    with pool, interchange:
        pair.carriers[0].crowded = True
        pool.setblocking(True)
        pool.sendall(b"waits")
        pair.settle()
        assert pull(interchange) == b""
        pair.carriers[0].crowded = False
        pair.settle()
        assert pull(interchange) == b"waits"


@pytest.mark.parametrize("side", [0, 1])
def test_a_closed_connection_is_closed_at_the_other_side_behind_its_last_byte(
    pair: Pair, side: int
) -> None:
    ends = pair.connect()
    ends[side].setblocking(True)
    ends[side].sendall(b"last words")
    ends[side].close()
    pair.settle()
    with ends[1 - side] as other:
        assert pull(other) == b"last words"
        assert other.recv(1) == b""
    pair.settle()
    assert not pair.pool._connections
    assert not pair.home._connections


def test_a_port_that_nobody_listens_at_is_a_closed_connection(pair: Pair) -> None:
    pair.interchange.close()
    with socket.create_connection(("127.0.0.1", pair.entrance.port)) as pool:
        pair.settle()
        pool.settimeout(10)
        assert pool.recv(1) == b""
    assert pair.words == []


def test_connections_have_a_limit(pair: Pair) -> None:
    links = [pair.connect() for _ in range(MOST_CONNECTIONS)]
    with socket.create_connection(("127.0.0.1", pair.entrance.port)) as one_more:
        pair.settle()
        one_more.settimeout(10)
        assert one_more.recv(1) == b""
    for pool, interchange in links:
        pool.close()
        interchange.close()
    pair.settle()
    pool, interchange = pair.connect()
    pool.close()
    interchange.close()


def part(content: bytes) -> bytes:
    return frames.part_header(TUNNEL, 0) + content


@pytest.mark.parametrize(
    "content",
    [
        header(0, TunnelRecord.OPEN, 7),
        header(1, TunnelRecord.OPEN),
        b"".join(header(number, TunnelRecord.OPEN) for number in range(MOST_CONNECTIONS + 1)),
    ],
)
def test_a_home_does_not_take_everything(pair: Pair, content: bytes) -> None:
    pair.muxes[1].hear(part(content))
    assert len(pair.words) == 1
    assert pair.carriers[1].frames[-1] == frames.over(TUNNEL)
    assert pair.muxes[1].tunnels == []


def test_an_agent_opens_nothing_for_the_other_side(pair: Pair) -> None:
    pair.muxes[0].hear(part(header(0, TunnelRecord.OPEN)))
    assert "opens connection 0 out of turn" in pair.words[0]


def test_bytes_for_nobody_are_taken_and_forgotten(pair: Pair) -> None:
    pair.muxes[1].hear(part(header(5, TunnelRecord.BYTES, 3) + b"abc"))
    assert pair.words == []
    assert pair.home._pipe.owed == len(header(5, TunnelRecord.BYTES, 3)) + 3


def test_hostile_frames_end_the_tunnel_at_most() -> None:
    chance = random.Random(8)
    for _ in range(150):
        pair = Pair()
        try:
            for _ in range(60):
                kind = chance.choice([0, 0, 0, 1, 2, 4])
                number = chance.choice([0, 0, chance.randrange(200), chance.randrange(2**63)])
                content = TUNNEL + bytes([kind])
                if kind < 3:
                    content += number.to_bytes(8, "big")
                if kind == 0:
                    record = header(chance.randrange(3), TunnelRecord(chance.randrange(3)), 0)
                    content += chance.choice([record, chance.randbytes(chance.randint(1, 60))])
                pair.muxes[1].hear(content)
                pair.turn()
                pair.interchange.setblocking(False)
            assert len(pair.home._connections) <= MOST_CONNECTIONS
        finally:
            pair.close()


def test_a_stranger_of_the_same_machine_gets_nothing(
    pair: Pair, caplog: pytest.LogCaptureFixture, as_root: list[str]
) -> None:
    # A byte that is read, or an error, is its failure: end of file is what is wanted.
    dial = f"exec 3<>/dev/tcp/127.0.0.1/{pair.entrance.port} && ! read -r -N 1 -u 3"
    nobody = ("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups")
    for _ in range(2):
        program = subprocess.Popen([*as_root, *nobody, "bash", "-c", dial])
        until(partial(pair.goes_on_until_ended, program), "its end")
        assert program.returncode == 0
    assert caplog.text.count(f"dialled by user {STRANGER}") == 1
    assert not pair.pool._connections
    pool, interchange = pair.connect()
    pool.close()
    interchange.close()


TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_qu
   0: 0000000000000000FFFF00000100007F:C3A2 0000000000000000FFFF00000100007F:1F90 01 00000000:000000
 00:00000000 00000000  1000        0 4194 2 0000000000000000 20 4 31 10 -1
   1: 0000000000000000FFFF00000100007F:C3A4 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 4195 2 0000000000000000 20 4 31 10 -1
"""  # noqa: E501
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 3 1 0 1
   1: 0100007F:1F90 0100007F:C3A6 01 00000000:00000000 00:00000000 00000000     8        0 4 1 0 1
   2: 0100007F:C3A6 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 5 1 0 1
   3: 0100007F:C3A8 0100007F:1F90 05 00000000:00000000 03:00000000 00000000     0        0 0 1 0 1
"""


@pytest.mark.parametrize(
    ("table", "port", "user"),
    [
        (TCP6, 0xC3A4, 1001),
        (TCP, 0xC3A6, 1002),
        (TCP, 0xC3A7, None),
        (TCP, 0xC3A8, None),  # closed by whoever had it
        ("", 1, None),
    ],
)
def test_users_are_found_in_the_systems_tables(table: str, port: int, user: int | None) -> None:
    if sys.byteorder == "big":
        table = ""
        user = None
    assert users.find(table.splitlines(), ("127.0.0.1", port), ("127.0.0.1", 0x1F90)) == user
