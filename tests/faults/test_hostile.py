"""Strangers at each door: wrong, huge and nameless messages, and another user of the machine."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, unix_connect

from conftest import PilothouseHome
from pilothouse.bridge import connect, ensure
from pilothouse.bridge.paths import runtime_folder, state_folder
from tests.files import below

from .notebook import Notebook
from .processes import bridge_pid, commands, wait_for
from .test_kernel_faults import LOAD, pilots

NOBODY = 65534


def knock(secret: str | None) -> ClientConnection:
    """A bare connection to the clients' socket."""
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return unix_connect(
        str(runtime_folder() / "bridge.sock"), uri="ws://localhost/", additional_headers=headers
    )


@pytest.fixture
def secret(pilothouse_home: PilothouseHome) -> str:
    """The clients' secret of a running bridge."""
    ensure()
    return (runtime_folder() / "secret").read_text().strip()


@pytest.mark.parametrize("wrong", [None, "", "0" * 64, "é" * 3])
def test_clients_socket_wants_the_secret(secret: str, wrong: str | None) -> None:
    with pytest.raises((InvalidStatus, UnicodeEncodeError)) as refused:
        knock(wrong).__enter__()
    if isinstance(refused.value, InvalidStatus):
        assert refused.value.response.status_code == 401


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "null",
        '{"jsonrpc":"1.0"}',
        '{"jsonrpc":"2.0","id":1,"method":"pools.status","params":{}}',
        '{"jsonrpc":"2.0","id":1,"method":"__proto__","params":{}}',
        '{"jsonrpc":"2.0","id":{"a":1},"method":"bridge.hello"}',
        "[" * 100_000,
        b"\x00\xff\xfe",
    ],
)
def test_malformed_messages_harm_nobody(secret: str, message: str | bytes) -> None:
    pid = bridge_pid()
    with knock(secret) as stranger:
        stranger.send(message)
        try:
            answer = json.loads(stranger.recv(timeout=30))
            assert "error" in answer
        except ConnectionClosed:
            pass  # to hang up is an answer, too
    assert bridge_pid() == pid


def test_oversized_message_is_refused(secret: str) -> None:
    pid = bridge_pid()
    code = None
    with knock(secret) as stranger:
        try:
            stranger.send("x" * (9 * 1024 * 1024))
            stranger.recv(timeout=10)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else None
    assert code == 1009
    assert bridge_pid() == pid


def pilots_door() -> tuple[str, int]:
    """Where agents dial."""
    contact = json.loads((state_folder() / "contact.json").read_text())
    return contact["host"], contact["port"]


def tls() -> ssl.SSLSocket:
    """A stranger's TLS connection to the agents' port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(pilots_door(), timeout=15))


def frame(content: bytes, kind: int = 0) -> bytes:
    """One frame as agents send them."""
    return struct.pack(">IB", len(content) + 1, kind) + content


HELLO = {
    "protocol": 1,
    "pilot": "nobody",
    "attempt": 1,
    "expiresAtMs": 9e12,
    "secret": "0" * 64,
    "startedAtMs": 0,
    "pid": 1,
    "host": "h",
    "site": None,
    "system": "Linux",
    "architecture": "x86_64",
    "cores": 1,
    "memoryMiB": 1,
    "gpus": [],
    "runtime": {"executable": "/p", "python": "3.11.7", "parsl": "1", "problem": None},
    "pools": [],
    "starts": "plain",
}


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        frame(b"{"),
        frame(b'{"jsonrpc":"2.0","method":"ping","params":{}}'),
        frame(b"x" * 20_000),
        struct.pack(">IB", 0xFFFFFFFF, 0),
        frame(b"", 1),
        frame(b"a", 9),
        frame(
            json.dumps(
                {"jsonrpc": "2.0", "id": 1, "method": "agent.hello", "params": HELLO}
            ).encode()
        ),
    ],
)
def test_agents_port_says_nothing_to_strangers(secret: str, sent: bytes) -> None:
    pid = bridge_pid()
    said = b""
    # It is cut, by a reset where there was more to be read.
    with tls() as stranger, contextlib.suppress(ConnectionError):
        stranger.sendall(sent)
        while more := stranger.recv(4096):
            said += more
    assert said == b""
    assert bridge_pid() == pid


def test_agents_port_speaks_tls_13_only(secret: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(pilots_door(), timeout=15) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain)


def test_many_silent_strangers_keep_no_pilot_out(
    pilothouse_home: PilothouseHome, secret: str
) -> None:
    silent = [socket.create_connection(pilots_door(), timeout=15) for _ in range(100)]
    try:
        with connect("command") as bridge:
            bridge.request("pools.setWanted", {"pool": "local", "count": 1})
        wait_for("a pilot in spite of them", lambda: pilots("idle"), 60)
    finally:
        for connection in silent:
            connection.close()


PROBE = """
import json, os, socket, sys
os.setgid({nobody}); os.setuid({nobody})
got = {{}}
for path in json.loads(sys.argv[1]):
    try:
        if path.endswith(".sock"):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(path)
        elif os.path.isdir(path):
            os.listdir(path)
        else:
            with open(path, "rb") as file:
                file.read()
        got[path] = "open"
    except OSError as error:
        got[path] = type(error).__name__
print(json.dumps(got))
"""


def secret_files() -> list[Path]:
    """Files of the state folder that hold a secret of a pilot or a run."""
    return [
        path
        for path in below(state_folder())
        if path.name == "pilot.json" or path.suffix == ".key_secret"
    ]


def test_secrets_are_private_by_themselves_and_end_with_what_they_open(
    pilothouse_home: PilothouseHome, secret: str, tmp_path: Path
) -> None:
    with Notebook(tmp_path / "a.ipynb") as notebook:
        notebook.run(LOAD)
        notebook.run("print(where().result())")
        found = secret_files()
        assert {path.name for path in found} >= {
            "pilot.json", "client.key_secret", "server.key_secret",
        }  # fmt: skip
        assert [path for path in found if path.stat().st_mode & 0o777 != 0o600] == []
    with connect("command") as bridge:
        bridge.request("pools.down", {"pool": "local"})
    wait_for("the pilots' end", lambda: not pilots())
    wait_for("no secret", lambda: secret_files() == [])
    kept = [path.name for path in below(state_folder())]
    assert "output" in kept, "what the pilots wrote stays"


def test_another_user_gets_nothing(
    pilothouse_home: PilothouseHome, secret: str, as_root: list[str]
) -> None:
    with connect("command") as bridge:
        bridge.request("pools.setWanted", {"pool": "local", "count": 1})
    wait_for("a pilot", lambda: pilots("idle"), 60)
    roots = (runtime_folder(), state_folder())
    paths = [str(root) for root in roots]
    for root in roots:
        paths += map(str, below(root))
    assert any(path.endswith("bridge.sock") for path in paths)
    assert any(path.endswith("pilot.json") for path in paths)
    answer = subprocess.run(
        [*as_root, sys.executable, "-c", PROBE.format(nobody=NOBODY), json.dumps(paths)],
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
    )
    got = json.loads(answer.stdout)
    assert [path for path in paths if got[path] == "open"] == []
    secrets = [secret]
    for path in secret_files():
        if path.name == "pilot.json":
            secrets.append(json.loads(path.read_text())["secret"])
    for pid, command in commands(pilothouse_home).items():
        environment = b""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # It has ended.
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        for word in secrets:
            assert word not in command
            assert word.encode() not in environment
    for place in (state_folder() / "bridge.log", state_folder() / "bridge.db"):
        content = place.read_bytes()
        assert not [word for word in secrets if word.encode() in content], place
