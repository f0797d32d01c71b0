"""One connection of a home to the bridge: frames (src/protocol/tunnel.ts) that never block.

It begins as one of HTTP and is upgraded, as a WebSocket is, which would cost more for each message
than all else that is done with it here.
"""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Mapping, Sequence
from enum import Enum

from ..agent.checked import InvalidMessage
from ..agent.frames import FrameKind, Splitter
from ..agent.tunnel.frames import MOST_FRAME_BYTES
from ..bridge import dial, messages
from ..errors import PilothouseError

CROWDED_BYTES = 1024 * 1024
"""With so much unsent no more comes from the tunnels."""
FRAMES = "pilothouse-frames"
"""What the connection is upgraded to."""
PING, PONG = 16, 17
"""``HomeFrame``: kinds of frames that only homes have."""

_PIECE = 64 * 1024
_ANSWER_BYTES = 8 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_HELLO, _OPEN = 1, 2
_HEADER = struct.Struct(">IB")
_STREAM = int(FrameKind.STREAM)


class LineLost(Exception):
    """The connection is of no use any more; the text says why. Dial again."""


class LineState(Enum):
    """How far a connection has come."""

    UPGRADING = "upgrading"
    GREETING = "greeting"
    OPENING = "opening"
    OPEN = "open"


class Line:
    """Says who it is, which tunnels there are, and passes frames both ways from then on.

    :param executor: whose tunnels end here.
    :param tunnels: those that this process has, as they are written in messages.
    """

    def __init__(self, target: dial.Target, executor: str, tunnels: Sequence[str]) -> None:
        """Begins to connect.

        :raises LineLost: if that fails at once.
        """
        self.state = LineState.UPGRADING
        self._executor = executor
        self._tunnels = list(tunnels)
        self._unsent = bytearray()
        self._answer = b""
        self._splitter = Splitter()
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.setblocking(False)
            self.socket.connect(target.path)
        except OSError as problem:  # EAGAIN, too: the bridge's queue is full
            self.socket.close()
            raise LineLost(f"{target.path}: {problem}") from problem
        headers = {"Host": "localhost", "Connection": "Upgrade", "Upgrade": FRAMES}
        lines = (f"{name}: {value}\r\n" for name, value in {**headers, **target.headers}.items())
        self._unsent += f"GET / HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")

    @property
    def events(self) -> int:
        """What to wait for at :attr:`socket`."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)

    @property
    def crowded(self) -> bool:
        """Whether tunnels should wait."""
        return len(self._unsent) >= CROWDED_BYTES

    def send(self, frame: bytes) -> None:
        """Sends a tunnel's frame.

        :raises LineLost: the connection broke.
        """
        self._send(_STREAM, frame)

    def flush(self) -> None:
        """Sends what can be sent now.

        :raises LineLost: the connection broke.
        """
        while self._unsent:
            with memoryview(self._unsent) as unsent, unsent[:_PIECE] as piece:
                sent = self._write(piece)
            if not sent:
                return  # the rest when there is room
            del self._unsent[:sent]

    def receive(self) -> list[bytes]:
        """The frames of tunnels that have come.

        :raises LineLost: at the connection's end, or if the bridge refuses this home.
        """
        try:
            data = self.socket.recv(_PIECE)
        except BlockingIOError:
            return []
        except OSError as problem:
            raise LineLost(str(problem)) from problem
        if not data:
            raise LineLost("the bridge closed the connection")
        if self.state is LineState.UPGRADING:
            data = self._upgraded(data)
        found = []
        try:
            for kind, content in self._splitter.feed(data):
                if kind == _STREAM:
                    if len(content) > MOST_FRAME_BYTES:
                        raise LineLost(f"the bridge sent a tunnel's frame of {len(content)} bytes")
                    found.append(bytes(content))
                else:
                    self._heard(kind, bytes(content))
        except InvalidMessage as problem:
            raise LineLost(f"the bridge sent {problem}") from problem
        return found

    def close(self) -> None:
        """Closes the socket; the other end sees the end of file."""
        self.socket.close()

    def _send(self, kind: int, content: bytes) -> None:
        data = _HEADER.pack(len(content) + 1, kind) + content
        sent = 0 if self._unsent else self._write(data)
        if sent < len(data):
            self._unsent += data[sent:]

    def _write(self, data: bytes | memoryview) -> int:
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as problem:
            raise LineLost(str(problem)) from problem

    def _upgraded(self, data: bytes) -> bytes:
        """What has come behind the bridge's answer, once that is whole."""
        self._answer += data
        head, end, rest = self._answer.partition(_END_OF_HEAD)
        if not end:
            if len(self._answer) > _ANSWER_BYTES:
                raise LineLost("the bridge's answer does not end")
            return b""
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        if words[0] != "HTTP/1.1" or words[1:2] != ["101"]:
            raise LineLost(f"the bridge answers with status {' '.join(words[1:])}")
        self._answer = b""
        self.state = LineState.GREETING
        self._request(_HELLO, "bridge.hello", dial.hello("home"))
        return rest

    def _heard(self, kind: int, content: bytes) -> None:
        if kind == PING:
            self._send(PONG, b"")
        elif kind == FrameKind.JSON:
            self._answered(content)
        else:
            raise LineLost(f"the bridge sent a frame of kind {kind}")

    def _answered(self, text: bytes) -> None:
        try:
            message = messages.read(text)
        except PilothouseError as problem:
            raise LineLost(str(problem)) from problem
        match message:
            case messages.Refusal(_, error):
                raise LineLost(f"the bridge refuses: {error}") from error
            case messages.Answer(int(number), _) if number == _HELLO:
                self.state = LineState.OPENING
                opening = {"executor": self._executor, "tunnels": self._tunnels}
                self._request(_OPEN, "tunnels.open", opening)
            case messages.Answer(int(number), _) if number == _OPEN:
                self.state = LineState.OPEN
            case _:
                return  # a notification: none is for homes

    def _request(self, number: int, method: str, params: Mapping[str, object]) -> None:
        self._send(FrameKind.JSON, messages.request(number, method, params).encode())
