"""The route by which a browser downloads a file of a submit host."""

from __future__ import annotations

import asyncio
import base64
import json
import posixpath
import re
from collections import deque
from dataclasses import dataclass
from typing import cast

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from pilothouse.bridge.messages import JsonObject, error_data
from pilothouse.errors import PilothouseError
from pilothouse.server.handlers import RESOURCE
from pilothouse.server.methods import http_status
from pilothouse.server.ranges import wanted
from pilothouse.server.service import BridgeService

#: `LIMITS.fileBytes` of src/protocol/limits.ts.
PIECE_BYTES = 1024 * 1024
_AS = "application/octet-stream"
#: Pieces that are asked for at one time: the next is on its way while one is written.
_AHEAD = 2

#: What a file name may hold and a name that is saved had better not: control characters and what
#: turns the direction of text, by which `photo.exe` can look like another.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069/\\]")


class FileHandler(APIHandler):
    """Streams a file as it is, always to be saved and never to be shown.

    What a submit host holds is anybody's: it must not run as a page of the notebook's origin.
    """

    auth_resource = RESOURCE

    def initialize(self, service: BridgeService) -> None:
        self._service = service

    @property
    def content_security_policy(self) -> str:
        """As of any route of Jupyter's, and in a room of its own."""
        return super().content_security_policy + "; sandbox"

    def set_default_headers(self) -> None:
        """Called by tornado for each answer, also one that refuses."""
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, no-store")

    @web.authenticated
    async def head(self, pool: str, path: str) -> None:
        """What `get` would say of it."""
        await self._answer(pool, path, with_body=False)

    @web.authenticated
    async def get(self, pool: str, path: str) -> None:
        """The file, or the part of it that a header Range asks for."""
        await self._answer(pool, path, with_body=True)

    async def _answer(self, pool: str, path: str, *, with_body: bool) -> None:
        # As of /files/: a page of another site must not bring a browser to fetch it.
        self.check_xsrf_cookie()
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE)
        if not await ensure_async(allowed):
            raise web.HTTPError(403, f"User may not read {RESOURCE}")
        source = Source(self._service, pool, posixpath.normpath("/" + path.lstrip("/")))
        is_part = not with_body or "Range" in self.request.headers
        try:
            first = await source.read(0, 1 if is_part else PIECE_BYTES)
        except PilothouseError as error:
            await self._refuse(source, error)
            return
        begin, end = self._head(source, first)
        if not with_body or begin == end:
            await self.finish(set_content_type=_AS)
            return
        try:
            await self._send(source, first, begin, end)
            await self.finish(set_content_type=_AS)
        except StreamClosedError:
            self.log.debug("A download was given up")
        except PilothouseError as error:
            # The head has gone: only an end that comes too early says that it is not whole.
            self.log.warning("A download of Pilothouse ended early: %s", error)
            self.detach().close()

    async def _refuse(self, source: Source, error: PilothouseError) -> None:
        status = http_status(error.code)
        if error.code == "file_failed" and not await source.exists():
            status = 404
        self.set_status(status)
        await self.finish(json.dumps({"error": error_data(error)}))

    def _head(self, source: Source, first: Piece) -> tuple[int, int]:
        """Say what is coming; the first byte of it, and the one behind the last."""
        tag = f'"{first.modified_at_ms:x}-{first.size:x}"'
        asked = self.request.headers.get("Range")
        if self.request.headers.get("If-Range", tag) != tag:
            asked = None
        part = wanted(asked, first.size)
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("ETag", tag)
        self.set_attachment_header(saved_name(source.path))
        if part == "unsatisfiable":
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{first.size}")
            return (0, 0)
        begin, end = (0, first.size) if part is None else part
        if part is not None:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {begin}-{end - 1}/{first.size}")
        self.set_header("Content-Type", _AS)
        self.set_header("Content-Length", str(end - begin))
        return (begin, end)

    async def _send(self, source: Source, first: Piece, begin: int, end: int) -> None:
        """Write the bytes, while those after them are on their way."""
        at = begin
        if begin == 0 and len(first.content) == min(PIECE_BYTES, end):
            self.write(first.content)
            await self.flush()
            at = len(first.content)
        places = deque((at, min(PIECE_BYTES, end - at)) for at in range(at, end, PIECE_BYTES))
        under_way: deque[asyncio.Task[Piece]] = deque()
        try:
            while places or under_way:
                while places and len(under_way) < _AHEAD:
                    under_way.append(asyncio.create_task(source.read(*places.popleft())))
                piece = await under_way.popleft()
                source.check(first, piece, min(PIECE_BYTES, end - at))
                at += len(piece.content)
                self.write(piece.content)
                await self.flush()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)


@dataclass(frozen=True)
class Piece:
    """Bytes of a file, and what is known of all of it."""

    content: bytes
    size: int
    modified_at_ms: int
    #: Which file it was that the path led to.
    file: str


@dataclass(frozen=True)
class Source:
    """A file of a place's submit host."""

    service: BridgeService
    pool: str
    #: Absolute.
    path: str

    async def read(self, offset: int, count: int) -> Piece:
        """At most `count` bytes. Raises the PilothouseErrors of `files.read`."""
        params: JsonObject = {
            "pool": self.pool,
            "path": self.path,
            "offset": offset,
            "bytes": count,
        }
        answer = await self.service.request("files.read", params)
        content = base64.b64decode(cast(str, answer["content"]))
        return Piece(
            content,
            cast(int, answer["size"]),
            int(cast(float, answer["modifiedAtMs"])),
            cast(str, answer["file"]),
        )

    async def exists(self) -> bool:
        """Whether anything is there; also where that cannot be told."""
        try:
            told = await self.service.request("files.stat", {"pool": self.pool, "path": self.path})
        except PilothouseError:
            return True  # Why it could not be read has been said already.
        return told["entry"] is not None

    def check(self, first: Piece, piece: Piece, count: int) -> None:
        """Raises PilothouseError file_changed unless both are of one file, which may have grown."""
        is_as_it_was = (piece.size, piece.modified_at_ms) == (first.size, first.modified_at_ms)
        may_have_grown = is_as_it_was or piece.size > first.size
        if len(piece.content) != count or piece.file != first.file or not may_have_grown:
            raise PilothouseError("file_changed", {"path": self.path})


def saved_name(path: str) -> str:
    """What a browser is told to save a file as."""
    return _UNSHOWN.sub("_", posixpath.basename(path)) or "file"
