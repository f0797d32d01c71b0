"""A relay as a bridge starts it on a submit host, and the bridge's end of its stream."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
from pathlib import Path

from pilothouse.relay.wire import HEADER, PING, READY

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 30.0
MARK = "pilothouse-relay 00"


class StdioRelay:
    """The process, and frames to and from it."""

    def __init__(self, *options: str) -> None:
        program = (
            "import sys; from pilothouse.relay.stdio import main; sys.exit(main(sys.argv[1:]))"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "--mark", MARK, "--listen", "127.0.0.1", *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self._stderr = self.process.stderr
        assert self._exactly(len(MARK) + 2) == f"\n{MARK}\n".encode()
        _, kind, content = self.frame()
        assert kind == READY
        self.port: int = json.loads(content)["port"]

    def frame(self) -> tuple[int, int, bytes]:
        """The next one that is no sign of life."""
        while True:
            number, kind, length = HEADER.unpack(self._exactly(HEADER.size))
            content = self._exactly(length)
            if kind != PING:
                return number, kind, content

    def say(self, number: int, kind: int, content: bytes = b"") -> None:
        self.stdin.write(HEADER.pack(number, kind, len(content)) + content)

    def dial(self, first: bytes = b"") -> socket.socket:
        """A worker's connection; a TLS handshake begins with 0x16."""
        worker = socket.create_connection(("127.0.0.1", self.port), LIMIT_SECONDS)
        worker.sendall(first)
        return worker

    def ended(self) -> str:
        """What it said at its end."""
        self.process.wait(LIMIT_SECONDS)
        return self._stderr.read().decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT_SECONDS)
        for pipe in (self.stdin, self.stdout, self._stderr):
            pipe.close()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.stdout.read(count - len(data))
            assert more, "the relay has ended"
            data += more
        return data


def taken(count: int) -> bytes:
    """Content of a frame that says so many bytes were handed on."""
    return struct.pack("!I", count)
