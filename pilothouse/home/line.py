"""One connection of a home to the bridge: a websocket that never blocks."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Mapping, Sequence
from enum import Enum

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from ..bridge import dial, messages
from ..errors import PilothouseError

CROWDED_BYTES = 1024 * 1024
"""With so much unsent no more comes from the tunnels."""
_MESSAGE_BYTES = 1024 * 1024
"""Nothing that is said to a home is as large."""
_PIECE = 256 * 1024
_HELLO, _OPEN = 1, 2


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
        self._message: list[bytes] = []
        self._is_text = False
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.setblocking(False)
            self.socket.connect(target.path)
        except OSError as problem:  # EAGAIN, too: the bridge's queue is full
            self.socket.close()
            raise LineLost(f"{target.path}: {problem}") from problem
        self._protocol = ClientProtocol(parse_uri(dial.OPTIONS["uri"]), max_size=_MESSAGE_BYTES)
        request = self._protocol.connect()
        request.headers.update(target.headers)
        self._protocol.send_request(request)

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
        self._protocol.send_binary(frame)
        self.flush()

    def flush(self) -> None:
        """Sends what can be sent now.

        :raises LineLost: the connection broke.
        """
        for data in self._protocol.data_to_send():
            if not data:
                continue  # the end of what this side says; its socket is closed with all
            self._unsent += data
        try:
            while self._unsent:
                with memoryview(self._unsent) as unsent, unsent[:_PIECE] as piece:
                    sent = self.socket.send(piece)
                del self._unsent[:sent]
        except BlockingIOError:
            return  # the rest when there is room
        except OSError as problem:
            raise LineLost(str(problem)) from problem

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
        self._protocol.receive_data(data)
        frames = []
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._upgraded()
            elif isinstance(event, Frame):
                frames.extend(self._heard(event))
        refused = self._protocol.handshake_exc
        if refused is not None:
            raise LineLost(_words(refused)) from refused
        if self._protocol.close_expected():
            raise LineLost(f"the bridge closed the connection: {self._protocol.close_exc}")
        self.flush()
        return frames

    def close(self) -> None:
        """Closes the socket; the other end sees the end of file."""
        self.socket.close()

    def _upgraded(self) -> None:
        if self._protocol.handshake_exc is None:
            self.state = LineState.GREETING
            self._request(_HELLO, "bridge.hello", dial.hello("home"))

    def _heard(self, frame: Frame) -> list[bytes]:
        """The message that is whole with this frame, if it is one of a tunnel."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return []  # pings are answered by the protocol
        if frame.opcode is Opcode.BINARY and frame.fin:
            return [bytes(frame.data)]
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._message.append(bytes(frame.data))
        if not frame.fin:
            return []
        whole = b"".join(self._message)
        self._message.clear()
        if not self._is_text:
            return [whole]
        self._answered(whole)
        return []

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
        self._protocol.send_text(messages.request(number, method, params).encode())


def _words(problem: Exception) -> str:
    if isinstance(problem, InvalidStatus):
        return f"the bridge answers with status {problem.response.status_code}"
    return f"{type(problem).__name__}: {problem}"
