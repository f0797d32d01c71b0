"""A bridge that a test plays for the contents of one pilot: no socket between."""

from __future__ import annotations

import hashlib
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Mapping

from pilothouse.agent.content import pieces, worker
from pilothouse.agent.content.contents import Contents
from pilothouse.agent.content.reference import Reference

START = "s-1"


class Bridge:
    """Has contents, takes results; everything happens in the loop's thread.

    :attr:`script` may change what it answers to each message.
    """

    def __init__(self) -> None:
        self.welcome = True
        self.crowded = False
        self.have: dict[str, bytes] = {}
        self.got: dict[tuple[str, int], bytes] = {}
        self.said: list[tuple[str, Mapping[str, object]]] = []
        self.stalls = False
        """It answers nothing."""
        self.refuses: deque[bool] = deque()
        """Each answers one message: not now (True), or never."""
        self.alters = False
        self.breaks_after: int | None = None
        """So many messages and pieces go, then the connection is gone until the next turn."""
        self.most_at_once = 0
        self._uploads: dict[int, tuple[tuple[str, int], Mapping[str, object]]] = {}
        self._parts: dict[tuple[str, int], bytearray] = {}
        self._unanswered: deque[tuple[str, Mapping[str, object]]] = deque()
        self._carried: deque[bytes] = deque()
        self.contents: Contents | None = None

    # For the contents.

    def say(self, method: str, params: Mapping[str, object]) -> None:
        if self._breaks():
            return
        self.said.append((method, params))
        self._unanswered.append((method, params))
        reads = sum(name == "content.read" for name, _ in self._unanswered)
        self.most_at_once = max(self.most_at_once, reads)

    def carry_piece(self, head: bytes, data: bytes) -> None:
        if self._breaks():
            return
        self._carried.append(head + data)

    def _breaks(self) -> bool:
        """As a connection that is found to be gone when something is to be sent over it."""
        if self.welcome and self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                self.breaks_after = None
                self.welcome = False
                self.cut()
        return not self.welcome

    # For the loop.

    def cut(self) -> None:
        """The connection is gone, with all that was in it; there is a new one at once."""
        self._unanswered.clear()
        self._carried.clear()
        self._uploads.clear()
        assert self.contents is not None
        self.contents.lost()

    def turn(self, contents: Contents) -> None:
        """Answers one message, or takes one piece."""
        self.welcome = True
        if self.stalls:
            return
        if self._carried:
            piece = pieces.read(self._carried.popleft())
            self._take(contents, piece)
        elif self._unanswered:
            self._answer(contents, *self._unanswered.popleft())

    def _answer(self, contents: Contents, method: str, params: Mapping[str, object]) -> None:
        transfer = params["transfer"]
        assert isinstance(transfer, int)
        if self.refuses:
            answer = {"transfer": transfer, "problem": "so it is", "later": self.refuses.popleft()}
            contents.told("content.failed", answer, time.monotonic())
        elif method == "content.read":
            offset, count = params["offset"], params["bytes"]
            assert isinstance(offset, int)
            assert isinstance(count, int)
            data = self.have[str(params["hash"])][offset : offset + count]
            if self.alters:
                data = bytes(len(data))
            contents.pieced(pieces.head(transfer, offset) + data)
        elif method == "content.dropped":
            del self._parts[self._uploads.pop(transfer)[0]]
        else:
            assert method == "content.write"
            task = params["task"]
            assert isinstance(task, int)
            key = (str(params["start"]), task)
            self._uploads[transfer] = (key, params)
            taken = len(self._parts.setdefault(key, bytearray()))
            said = {"transfer": transfer, "bytes": taken, "done": False}
            contents.told("content.taken", said, time.monotonic())

    def _take(self, contents: Contents, piece: pieces.Piece) -> None:
        if piece.transfer not in self._uploads:
            return
        key, params = self._uploads[piece.transfer]
        part = self._parts[key]
        assert piece.offset == len(part)
        size = params["size"]
        assert isinstance(size, int)
        assert len(piece.data) == min(pieces.PIECE_BYTES, size - piece.offset)
        part += piece.data
        done = len(part) == params["size"]
        if done:
            assert hashlib.sha256(part).hexdigest() == params["hash"]
            self.got[key] = bytes(part)
        said = {"transfer": piece.transfer, "bytes": len(part), "done": done}
        contents.told("content.taken", said, time.monotonic())


class Loop:
    """What an agent's loop does, in a thread, as far as contents go."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.bridge = Bridge()
        self.contents = Contents(self.selector, self.bridge)
        self.bridge.contents = self.contents
        self.environment = self.contents.environment({"content": {"folder": None}})
        self.environment["PILOTHOUSE_START"] = START
        self._work: deque[tuple[object, threading.Event]] = deque()
        self._ends = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def do(self, call: object) -> None:
        """In its thread; waits until it is done."""
        done = threading.Event()
        self._work.append((call, done))
        assert done.wait(20)

    def close(self) -> None:
        self._ends = True
        self._thread.join()
        self.contents.close()
        self.selector.close()

    def _run(self) -> None:
        while not self._ends:
            for key, _ in self.selector.select(0.002):
                key.data()
            while self._work:
                call, done = self._work.popleft()
                assert callable(call)
                call()
                done.set()
            self.bridge.turn(self.contents)
            self.contents.look(time.monotonic())


def content(loop: Loop, size: int = 3_000_000) -> tuple[Reference, bytes]:
    """One that the bridge has."""
    data = os.urandom(size)
    name = hashlib.sha256(data).hexdigest()
    loop.bridge.have[name] = data
    return Reference(name, size), data


def bring(loop: Loop, reference: Reference) -> bytes:
    """As a worker that needs it."""
    return bytes(worker.Contents(loop.environment).bring(reference, "argument 1"))
