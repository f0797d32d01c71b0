"""What a pool said last goes home before its tunnel is over, within a limit."""

from __future__ import annotations

import random
import socket
import time

from pilothouse.agent.tunnel import frames
from pilothouse.agent.tunnel.frames import WINDOW_BYTES
from pilothouse.agent.tunnel.mux import FINISH_SECONDS

from .pair import TUNNEL, Pair, pull, push


def last_words(pair: Pair, finished: list[str]) -> tuple[bytes, socket.socket]:
    """What a pool has said that has ended, over a window of it, and that cannot leave just now."""
    pool, interchange = pair.connect()
    pair.carriers[0].crowded = True
    data = random.Random(3).randbytes(WINDOW_BYTES + 100_000)
    sent = 0
    while sent < len(data):
        sent += push(pool, data[sent : sent + 200_000])
        pair.turn()
    pool.close()
    pair.muxes[0].finish(pair.pool, lambda: finished.append("finished"))
    return data, interchange


def test_a_pool_that_has_ended_is_over_once_its_last_words_have_arrived(pair: Pair) -> None:
    finished: list[str] = []
    data, interchange = last_words(pair, finished)
    got = bytearray()
    with interchange:
        pair.settle()
        assert finished == []
        pair.carriers[0].crowded = False
        while len(got) < len(data):
            got += pull(interchange)
            pair.turn()
        pair.settle()
        assert got == data
        assert interchange.recv(1) == b""
    assert finished == ["finished"]
    assert pair.muxes[0].tunnels == []
    assert pair.muxes[0].next_at() is None


def test_last_words_that_cannot_arrive_are_waited_for_no_longer_than_the_limit(pair: Pair) -> None:
    finished: list[str] = []
    _, interchange = last_words(pair, finished)
    with interchange:
        assert pair.muxes[0].next_at() is not None
        pair.muxes[0].look(time.monotonic() + FINISH_SECONDS)
        assert finished == ["finished"]
        assert pair.muxes[0].next_at() is None


def test_a_tunnel_that_is_over_has_no_last_words(pair: Pair) -> None:
    finished: list[str] = []
    _, interchange = last_words(pair, finished)
    with interchange:
        pair.muxes[0].hear(frames.over(TUNNEL))
        assert (finished, pair.words) == (["finished"], [])
        pair.muxes[0].finish(pair.pool, lambda: finished.append("again"))
        assert finished == ["finished", "again"]
        assert pair.muxes[0].next_at() is None
