"""Where workers of a pilot ask for contents and hand in results: a socket in a private folder.

A worker connects for each request and sends one line of JSON: ``{"want": hash, "size": bytes,
"start": pool start}``, or ``{"task": number, "hash": …, "size": …, "start": …}`` with the
descriptor of a file. It gets one line: ``{}``, with a descriptor if it wanted something, or
``{"problem": words}``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import socket
from pathlib import Path

from ..checked import InvalidMessage, field, mapping
from ..tunnel.listener import Listener
from .fetch import Fetches
from .reference import Reference, Stored
from .sending import Sending

log = logging.getLogger(__name__)

_QUEUE = 128
_LINE_BYTES = 4096
_MOST_WAITING = 5000


class Counter:
    """Listens until it is closed.

    :raises OSError: it cannot listen there.
    """

    def __init__(
        self, selector: selectors.BaseSelector, folder: Path, fetches: Fetches, sending: Sending
    ) -> None:
        self.path = folder / "counter"
        self._selector = selector
        self._fetches = fetches
        self._sending = sending
        self._requests: set[_Request] = set()
        self._listener = Listener(selector, str(self.path), _QUEUE, self._came)

    def start_ended(self, start: str) -> None:
        """Nobody of this pool waits any more."""
        for request in [each for each in self._requests if each.start == start]:
            self._drop(request)

    def close(self) -> None:
        """Ends what is open."""
        self._listener.close()
        for request in list(self._requests):
            self._drop(request)

    def _came(self, link: socket.socket) -> None:
        if len(self._requests) >= _MOST_WAITING:
            link.close()
            return
        link.setblocking(False)
        request = _Request(link, self)
        self._requests.add(request)
        self._selector.register(link, selectors.EVENT_READ, lambda: self._hear(request))

    def _hear(self, request: _Request) -> None:
        try:
            data, files, _, _ = socket.recv_fds(request.link, _LINE_BYTES, 1)
        except BlockingIOError:
            return
        except OSError:
            data, files = b"", []
        request.files += files
        if not data or request.asked:
            self._drop(request)  # it left, or says more than there is to say
            return
        request.line += data
        if not request.line.endswith(b"\n"):
            if len(request.line) > _LINE_BYTES:
                request.failed("the request is too long")
            return
        request.asked = True
        try:
            self._take(request, mapping(json.loads(request.line), "the request"))
        except (ValueError, OSError) as problem:
            request.failed(str(problem))

    def _take(self, request: _Request, said: object) -> None:
        asked = mapping(said, "the request")
        request.start = field(asked, "start", str, "the request")
        if "want" in asked:
            reference = Reference(
                field(asked, "want", str, "the request"), field(asked, "size", int, "the request")
            )
            self._fetches.add(reference, request)
            return
        task = field(asked, "task", int, "the request")
        size = field(asked, "size", int, "the request")
        reference = Reference(field(asked, "hash", str, "the request"), size)
        Stored(request.start, task, size)
        if not request.files or os.fstat(request.files[0]).st_size != size:
            raise InvalidMessage("a result without its file")
        self._sending.add(request, request.files.pop(0), task, reference.hash, size)

    def answer(self, request: _Request, said: dict[str, object], files: list[int]) -> None:
        """The one answer that a request gets."""
        try:
            socket.send_fds(request.link, [json.dumps(said).encode() + b"\n"], files)
        except OSError as problem:
            log.info("a worker did not wait for its answer: %s", problem)
        self._drop(request)

    def _drop(self, request: _Request) -> None:
        if request in self._requests:
            self._requests.discard(request)
            self._selector.unregister(request.link)
            request.link.close()
            for file in request.files:
                with contextlib.suppress(OSError):  # nothing was written to it here
                    os.close(file)
            self._fetches.remove(request)
            self._sending.remove(request)


class _Request:
    """One worker that waits: a Waiter, or a Sender."""

    def __init__(self, link: socket.socket, counter: Counter) -> None:
        self.link = link
        self.line = b""
        self.files: list[int] = []
        self.asked = False
        self.start = ""
        self._counter = counter

    def came(self, descriptor: int) -> None:
        self._counter.answer(self, {}, [descriptor])

    def sent(self) -> None:
        self._counter.answer(self, {}, [])

    def failed(self, problem: str) -> None:
        self._counter.answer(self, {"problem": problem}, [])
