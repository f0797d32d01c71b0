"""A relay that runs by itself, among bridges, workers and strangers."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.relay import entrance, server
from pilothouse.relay.hello import BRIDGE_BYTES, HELLO, MAC_BYTES, NONCE_BYTES, mac
from pilothouse.relay.wire import BYTES, HEADER, OPEN, PING, READY
from tests.relay.test_hello import client_hello

SECRET = b"0123456789abcdef" * 4
BRIDGE = bytes(range(BRIDGE_BYTES))
LIMIT_SECONDS = 30.0


class Running:
    """A relay in a thread."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.relay = server.Relay(SECRET, "127.0.0.1", [0], self.told.append)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def dial(self, said: bytes = b"") -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.relay.port), LIMIT_SECONDS)
        line.sendall(said)
        return line

    def bridge(self, bridge: bytes = BRIDGE) -> socket.socket:
        """One that knows the secret, past its `ready`."""
        nonce = os.urandom(NONCE_BYTES)
        line = self.dial(HELLO + bridge + nonce + mac(SECRET, b"hello", bridge, nonce))
        answer = exactly(line, NONCE_BYTES + MAC_BYTES)
        other = answer[:NONCE_BYTES]
        assert answer[NONCE_BYTES:] == mac(SECRET, b"relay", bridge, nonce, other)
        line.sendall(mac(SECRET, b"bridge", bridge, nonce, other))
        assert frame(line)[1] == READY
        return line

    def close(self) -> None:
        self._over.set()
        self._thread.join(LIMIT_SECONDS)
        self.relay.close()

    def _run(self) -> None:
        while not self._over.is_set():
            self.relay.turn(0.05)


@pytest.fixture
def running() -> Iterator[Running]:
    one = Running()
    yield one
    one.close()


def exactly(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = line.recv(count - len(data))
        assert more, "it was cut"
        data += more
    return data


def frame(line: socket.socket) -> tuple[int, int, bytes]:
    """The next one that is no sign of life."""
    while True:
        number, kind, length = HEADER.unpack(exactly(line, HEADER.size))
        content = exactly(line, length)
        if kind != PING:
            return number, kind, content


def for_bridge(bridge: bytes) -> bytes:
    return client_hello(f"{bridge.hex()}.pilothouse")


def test_each_worker_comes_to_its_bridge(running: Running) -> None:
    other = bytes(reversed(BRIDGE))
    first, second = running.bridge(), running.bridge(other)
    lines = [running.dial(for_bridge(other)), running.dial(for_bridge(BRIDGE))]
    for bridge, said in ((first, BRIDGE), (second, other)):
        assert frame(bridge)[1:] == (OPEN, b"127.0.0.1")
        _, kind, content = frame(bridge)
        assert kind == BYTES
        assert f"{said.hex()}.pilothouse".encode() in content
    for line in (*lines, first, second):
        line.close()


def test_a_worker_whose_bridge_is_away_is_cut_without_a_word(running: Running) -> None:
    assert running.dial(for_bridge(BRIDGE)).recv(1) == b""


def test_a_bridge_that_dials_anew_takes_the_place_of_its_older_self(running: Running) -> None:
    older = running.bridge()
    newer = running.bridge()
    assert older.recv(1) == b""
    worker = running.dial(for_bridge(BRIDGE))
    assert frame(newer)[1] == OPEN
    worker.close()


def test_who_repeats_an_older_hello_gets_a_nonce_and_no_further(running: Running) -> None:
    bridge = running.bridge()
    nonce = os.urandom(NONCE_BYTES)
    hello = HELLO + BRIDGE + nonce + mac(SECRET, b"hello", BRIDGE, nonce)
    overheard = running.dial(hello)
    answer = exactly(overheard, NONCE_BYTES + MAC_BYTES)
    proof = mac(SECRET, b"bridge", BRIDGE, nonce, answer[:NONCE_BYTES])
    repeated = running.dial(hello + proof)
    exactly(repeated, NONCE_BYTES + MAC_BYTES)
    assert repeated.recv(1) == b""
    worker = running.dial(for_bridge(BRIDGE))
    assert frame(bridge)[1] == OPEN
    worker.close()


def test_who_dawdles_is_cut_and_who_comes_is_served(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "WAITING_SECONDS", 0.3)
    lines = [running.dial(said) for said in (b"", b"P", b"PHR1", b"\x16\x03\x01", b"\x16")]
    # Whatever dribbles in buys no time.
    assert [line.recv(1) for line in lines] == [b""] * len(lines)
    monkeypatch.setattr(entrance, "WAITING_SECONDS", 10.0)
    running.bridge().close()


def test_a_flood_of_strangers_keeps_no_bridge_out(running: Running) -> None:
    strangers = [running.dial() for _ in range(entrance.WAITING + 100)]
    bridge = running.bridge()
    worker = running.dial(for_bridge(BRIDGE))
    assert frame(bridge)[1] == OPEN
    for line in (*strangers, worker, bridge):
        line.close()


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [(None, 0, "openssl rand"), ("short", 0o600, "openssl rand"), ("a" * 64, 0o640, "chmod 600")],
)
def test_a_secret_that_is_none_is_not_used(
    tmp_path: Path, text: str | None, mode: int, words: str
) -> None:
    file = tmp_path / "secret"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    with pytest.raises(server.SecretError, match=words):
        server.read_secret(file)
