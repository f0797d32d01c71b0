"""How workers and bridges say who they are, read without a socket."""

from __future__ import annotations

import ast
import random
import ssl
from pathlib import Path

import pytest

import pilothouse.relay
from pilothouse.relay.hello import HELLO_BYTES, bridge_of, mac, read_hello
from pilothouse.relay.wire import Violation

SECRET = b"s" * 32
BRIDGE = bytes(range(16))


def client_hello(name: str | None) -> bytes:
    """What Python's own TLS says first, as an agent's does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    line = context.wrap_bio(arriving, leaving, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        line.do_handshake()
    return leaving.read()


def hello(secret: bytes = SECRET) -> bytes:
    nonce = b"n" * 32
    return b"PHR1" + BRIDGE + nonce + mac(secret, b"hello", BRIDGE, nonce)


def test_a_worker_names_its_bridge_in_its_client_hello() -> None:
    said = client_hello(f"{BRIDGE.hex()}.pilothouse")
    assert bridge_of(said) == BRIDGE
    assert all(bridge_of(said[:length]) is None for length in range(1, len(said)))


@pytest.mark.parametrize("name", [None, "example.org", "00.pilothouse", "zz" * 16 + ".pilothouse"])
def test_another_name_is_for_nobody_here(name: str | None) -> None:
    with pytest.raises(Violation):
        bridge_of(client_hello(name))


def test_a_bridge_is_known_by_its_secret() -> None:
    said = hello()
    assert read_hello(SECRET, said) == (BRIDGE, b"n" * 32)
    assert all(read_hello(SECRET, said[:length]) is None for length in range(1, HELLO_BYTES))


def test_a_wrong_secret_or_another_word_is_refused() -> None:
    for said in (hello(b"t" * 32), b"GET / HTTP/1.1", b"\0", hello()[:-1] + b"\0"):
        with pytest.raises(Violation):
            read_hello(SECRET, said)


def test_whatever_is_said_nothing_worse_than_a_refusal_comes_of_it() -> None:
    chance = random.Random(5)
    right = client_hello(f"{BRIDGE.hex()}.pilothouse")
    for _ in range(5000):
        said = bytearray(right)
        for _ in range(chance.randint(1, 6)):
            said[chance.randrange(len(said))] = chance.randrange(256)
        del said[chance.randrange(5, len(said)) :]
        try:
            bridge_of(bytes(said))
        except Violation:
            continue


def test_the_relay_is_python_of_submit_hosts() -> None:
    """RHEL 8's own Python is 3.6."""
    folder = Path(pilothouse.relay.__file__).parent
    for file in folder.glob("*.py"):
        text = file.read_text()
        ast.parse(text, feature_version=(3, 6))
        assert "from __future__ import annotations" not in text
