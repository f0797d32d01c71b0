"""A relay on a submit host: what it carries, what it refuses, and its end."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections.abc import Callable, Iterator

import pytest

from pilothouse.relay import entrance
from pilothouse.relay.carrier import CROWDED_BYTES, Carrier
from pilothouse.relay.loop import Loop
from pilothouse.relay.wire import BYTES, CLOSED, FRAME_BYTES, HEADER, OPEN, TAKEN, WINDOW_BYTES
from tests.relay.relays import StdioRelay, taken


@pytest.fixture
def start() -> Iterator[Callable[..., StdioRelay]]:
    relays: list[StdioRelay] = []

    def make(*options: str) -> StdioRelay:
        relays.append(StdioRelay(*options))
        return relays[-1]

    yield make
    for relay in relays:
        relay.close()


@pytest.fixture
def relay(start: Callable[..., StdioRelay]) -> StdioRelay:
    return start()


def test_bytes_go_both_ways_and_so_does_an_end(relay: StdioRelay) -> None:
    worker = relay.dial(b"\x16hello")
    assert relay.frame() == (1, OPEN, b"127.0.0.1")
    assert relay.frame() == (1, BYTES, b"\x16hello")
    relay.say(1, BYTES, b"welcome")
    assert worker.recv(100) == b"welcome"
    assert relay.frame() == (1, TAKEN, taken(7))
    worker.close()
    assert relay.frame() == (1, CLOSED, b"")
    other = relay.dial(b"\x16")
    assert [relay.frame(), relay.frame()] == [(2, OPEN, b"127.0.0.1"), (2, BYTES, b"\x16")]
    relay.say(2, BYTES, b"last words")
    relay.say(2, CLOSED)
    assert other.recv(100) == b"last words"
    assert other.recv(100) == b""


def test_a_worker_may_send_a_window_and_more_when_that_is_taken(relay: StdioRelay) -> None:
    worker = relay.dial(b"\x16")
    relay.frame()
    worker.setblocking(False)
    sent = 1

    def pour() -> None:
        nonlocal sent
        while True:
            try:
                sent += worker.send(bytes(65536))
            except BlockingIOError:
                return

    pour()
    got = 0
    while got < WINDOW_BYTES:
        _, kind, content = relay.frame()
        assert kind == BYTES
        got += len(content)
    assert got == WINDOW_BYTES
    # Not a byte more of that one; another's come at once.
    other = relay.dial(b"\x16other")
    assert relay.frame()[:2] == (2, OPEN)
    assert relay.frame() == (2, BYTES, b"\x16other")
    relay.say(1, TAKEN, taken(1000))
    assert relay.frame()[0::2] == (1, bytes(1000))
    other.close()


def test_a_slow_worker_holds_up_no_other(relay: StdioRelay) -> None:
    slow, quick = relay.dial(b"\x16"), relay.dial(b"\x16")
    for _ in range(4):
        relay.frame()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(4):
        relay.say(1, BYTES, bytes(60_000))
    relay.say(2, BYTES, b"quick")
    assert quick.recv(100) == b"quick"


def test_strangers_are_sent_nothing_and_the_bridge_hears_nothing_of_them(
    relay: StdioRelay,
) -> None:
    for said in (b"GET / HTTP/1.0\r\n\r\n", b"\0", b"SSH-2.0-x\r\n", os.urandom(64) + b"\n"):
        stranger = relay.dial(b"\x15" + said)
        assert stranger.recv(100) == b""
    silent = [relay.dial() for _ in range(entrance.WAITING + 20)]
    # The oldest have made room, and an agent comes in all the same.
    assert silent[0].recv(1) == b""
    agent = relay.dial(b"\x16agent")
    assert relay.frame()[1] == OPEN
    assert relay.frame()[1:] == (BYTES, b"\x16agent")
    for stranger in (agent, *silent):
        stranger.close()


@pytest.mark.parametrize(
    ("source", "machine"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("127.9.8.7", "loopback"),
        ("::1", "loopback"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_addresses_that_one_machine_can_choose_count_as_one(source: str, machine: str) -> None:
    assert entrance.machine_of(source) == machine


def test_newcomers_do_not_fill_the_memory_while_the_bridge_does_not_read() -> None:
    with contextlib.ExitStack() as stack:
        read, write = os.pipe()
        for fd in (read, write):
            stack.callback(os.close, fd)
        carrier = Carrier(Loop(), read, write, lambda why: None)
        carried = 0
        while not carrier.crowded:
            assert carried * FRAME_BYTES <= 2 * CROWDED_BYTES
            near, far = socket.socketpair()
            stack.callback(far.close)
            carrier.carry(near, "10.0.0.1", bytes(FRAME_BYTES))
            carried += 1
        assert carried * FRAME_BYTES > CROWDED_BYTES
        carrier.close("the end")


def test_it_ends_with_its_input_and_so_do_the_connections(relay: StdioRelay) -> None:
    worker = relay.dial(b"\x16")
    relay.frame()
    relay.stdin.close()
    assert worker.recv(100) == b""
    assert relay.process.wait(30) == 0
    with pytest.raises(ConnectionRefusedError):
        relay.dial()


@pytest.mark.parametrize(
    "frames",
    [
        HEADER.pack(1, 9, 0),
        HEADER.pack(1, BYTES, 1 << 30),
        HEADER.pack(1, OPEN, 0),
        HEADER.pack(1, TAKEN, 4) + taken(WINDOW_BYTES),
        HEADER.pack(1, TAKEN, 1) + b"x",
    ],
)
def test_it_ends_when_its_bridge_says_what_it_must_not(relay: StdioRelay, frames: bytes) -> None:
    worker = relay.dial(b"\x16")
    relay.frame()
    relay.stdin.write(frames)
    assert "must not" in relay.ended()
    assert worker.recv(1) == b""


def test_noise_of_a_bridge_ends_it_and_nothing_worse(
    start: Callable[..., StdioRelay],
) -> None:
    chance = random.Random(11)
    for _ in range(5):
        relay = start()
        with contextlib.suppress(BrokenPipeError):
            for _ in range(100):
                relay.stdin.write(chance.randbytes(4096))
        words = relay.ended()
        assert "must not" in words
        assert "Traceback" not in words


def test_the_port_of_before_is_taken_again(start: Callable[..., StdioRelay]) -> None:
    first = start()
    worker = first.dial(b"\x16")
    first.frame()
    first.stdin.close()
    second = start("--before", str(first.port), "--wait", "20")
    assert second.port == first.port
    worker.close()


def test_it_takes_a_port_of_the_range(start: Callable[..., StdioRelay]) -> None:
    first = start()
    ports = f"{first.port}-{first.port + 20}"
    assert first.port < start("--ports", ports).port <= first.port + 20
