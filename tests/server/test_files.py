"""The route by which a browser downloads files of a submit host."""

from __future__ import annotations

import contextlib
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from pilothouse.server.files import PIECE_BYTES, saved_name
from pilothouse.server.ranges import Wanted, wanted

from .jupyter import BASE_URL, JupyterServer

HOSTILE = (
    "with space",
    "it's 100 %",
    '"; filename="x.html',
    "a\nb\r\nSet-Cookie: x=1",
    "\u202egpj.exe",
    "Ünï 🚀",
    "..;",
    "-",
    "page.html",
    "x" * 255,
)


@dataclass(frozen=True)
class Download:
    """An answer, its body not read as anything."""

    status: int
    headers: Message
    body: bytes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one of the user's."""
    made = tmp_path / "there"
    made.mkdir()
    return made


def download(
    jupyter: JupyterServer,
    path: Path | str,
    *,
    method: str = "GET",
    pool: str = "local",
    token: bool = True,
    headers: dict[str, str] | None = None,
) -> Download:
    quoted = urllib.parse.quote(str(path).lstrip("/"))
    url = f"{jupyter.origin}{BASE_URL}pilothouse/files/{pool}/{quoted}"
    request = urllib.request.Request(url, headers=dict(headers or {}), method=method)
    if token:
        request.add_header("Authorization", f"token {jupyter.token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Download(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Download(error.code, error.headers, error.read())


def test_a_file_comes_whole_whatever_it_is_called(jupyter: JupyterServer, folder: Path) -> None:
    for name in HOSTILE:
        content = os.urandom(1000)
        (folder / name).write_bytes(content)
        got = download(jupyter, folder / name)
        assert (got.status, got.body) == (200, content), name
        assert got.headers.get_all("Content-Type") == ["application/octet-stream"]
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in got.headers["Content-Security-Policy"].split("; ")
        assert not any(each.startswith("x=") for each in got.headers.get_all("Set-Cookie") or [])
        disposition = got.headers["Content-Disposition"]
        found = re.fullmatch(r"attachment; filename\*=utf-8''([A-Za-z0-9%+._-]+)", disposition)
        assert found is not None, disposition
        assert urllib.parse.unquote_plus(found[1]) == saved_name(name)


def test_a_large_file_and_parts_of_it(jupyter: JupyterServer, folder: Path) -> None:
    content = os.urandom(3 * PIECE_BYTES + 17)
    file = folder / "large.bin"
    file.write_bytes(content)
    whole = download(jupyter, file)
    assert whole.status == 200
    assert whole.headers["Content-Length"] == str(len(content))
    assert whole.body == content
    tag = whole.headers["ETag"]
    size = len(content)
    for asked, status, begin, end in (
        ("bytes=0-0", 206, 0, 1),
        (f"bytes=5-{PIECE_BYTES + 5}", 206, 5, PIECE_BYTES + 6),
        (f"bytes={size - 3}-", 206, size - 3, size),
        ("bytes=-7", 206, size - 7, size),
        (f"bytes=0-{size * 2}", 206, 0, size),
        ("bytes=9-3", 200, 0, size),
        ("lines=1-2", 200, 0, size),
    ):
        for more in ({}, {"If-Range": tag}):
            part = download(jupyter, file, headers={"Range": asked, **more})
            assert (part.status, part.body == content[begin:end]) == (status, True), asked
            if status == 206:
                assert part.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{size}"
    beyond = download(jupyter, file, headers={"Range": f"bytes={size}-"})
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    head = download(jupyter, file, method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(size), b"")
    # What is gone on from must be the same file.
    file.write_bytes(content[::-1])
    os.utime(file, (1, 1))
    other = download(jupyter, file, headers={"Range": "bytes=1-", "If-Range": tag})
    assert (other.status, other.body == content[::-1]) == (200, True)


def test_an_empty_file(jupyter: JupyterServer, folder: Path) -> None:
    (folder / "empty").touch()
    got = download(jupyter, folder / "empty")
    assert (got.status, got.headers["Content-Length"], got.body) == (200, "0", b"")


def test_what_cannot_be_downloaded(jupyter: JupyterServer, folder: Path) -> None:
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    for path, pool, status in (
        (folder / "no", "local", 404),
        (folder / "no" / "x", "local", 404),
        (folder, "local", 409),
        (fifo, "local", 409),
        ("a\0b", "local", 409),
        (folder / "no", "nowhere", 404),
        (folder / "no", "..", 404),
    ):
        got = download(jupyter, path, pool=pool)
        assert got.status == status, path
        assert got.headers.get_content_type() == "application/json"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert b'"error"' in got.body


def test_dots_lead_where_they_say(jupyter: JupyterServer, folder: Path) -> None:
    (folder / "a").write_text("a")
    assert download(jupyter, f"{folder}/x/../a").body == b"a"
    assert download(jupyter, f"../../../..{folder}/a").body == b"a"


def test_nobody_else_is_given_a_file(jupyter: JupyterServer, folder: Path) -> None:
    file = folder / "mine"
    file.write_text("mine")
    wrong = {"Authorization": "token wrong"}
    for headers in ({}, wrong):
        for method in ("GET", "HEAD"):
            got = download(jupyter, file, method=method, token=False, headers=headers)
            assert (got.status, b"mine" in got.body) == (403, False)
    assert download(jupyter, file, method="POST").status in (403, 405)


def test_a_page_of_another_site_is_given_none(jupyter: JupyterServer, folder: Path) -> None:
    """With the cookies of a logged-in browser, which that sends along."""
    file = folder / "mine"
    file.write_text("mine")
    cookies = jupyter.log_in()
    evil = "https://evil.example.org"
    for headers in ({}, {"Referer": f"{evil}/x"}, {"Origin": evil}):
        got = download(jupyter, file, token=False, headers={"Cookie": cookies, **headers})
        assert (got.status in (403, 404), b"mine" in got.body) == (True, False), headers
    own = {"Cookie": cookies, "Referer": f"{jupyter.origin}{BASE_URL}lab"}
    assert download(jupyter, file, token=False, headers=own).body == b"mine"


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        (None, 10, None),
        ("bytes=0-", 10, (0, 10)),
        ("bytes=9-20", 10, (9, 10)),
        ("bytes=10-", 10, "unsatisfiable"),
        ("bytes=-3", 10, (7, 10)),
        ("bytes=-30", 10, (0, 10)),
        ("bytes=-0", 10, "unsatisfiable"),
        ("bytes=-1", 0, "unsatisfiable"),
        ("bytes=0-", 0, "unsatisfiable"),
        ("bytes=-", 10, None),
        ("bytes=5-4", 10, None),
        ("bytes=0-1,3-4", 10, None),
        ("bytes=٣-", 10, None),
        ("bytes=" + "9" * 5000 + "-", 10, None),
    ],
)
def test_ranges(header: str | None, size: int, expected: Wanted) -> None:
    assert wanted(header, size) == expected


def _write_over(file: Path) -> None:
    file.write_bytes(b"b" * (64 * PIECE_BYTES - 1))


def _put_a_larger_one_in_its_place(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(b"b" * (64 * PIECE_BYTES + 1))
    other.replace(file)


@pytest.mark.parametrize("change", [_write_over, _put_a_larger_one_in_its_place])
def test_a_file_that_changes_meanwhile_does_not_come_whole(
    jupyter: JupyterServer, folder: Path, change: Callable[[Path], None]
) -> None:
    """Rather a download that failed than one of two halves."""
    file = folder / "log"
    file.write_bytes(b"a" * (64 * PIECE_BYTES))
    assert len(_read_while(jupyter, file, change)) < 64 * PIECE_BYTES


def test_a_file_that_grows_meanwhile_comes_as_it_was(jupyter: JupyterServer, folder: Path) -> None:
    """A log, which is never at rest."""
    file = folder / "log"
    file.write_bytes(b"a" * (16 * PIECE_BYTES))

    def grow(file: Path) -> None:
        with file.open("ab") as log:
            log.write(b"b" * PIECE_BYTES)

    assert _read_while(jupyter, file, grow) == b"a" * (16 * PIECE_BYTES)


def _read_while(jupyter: JupyterServer, file: Path, change: Callable[[Path], None]) -> bytes:
    """What comes of a file that is changed when its first piece has come."""
    url = f"{jupyter.origin}{BASE_URL}pilothouse/files/local{urllib.parse.quote(str(file))}"
    request = urllib.request.Request(url, headers={"Authorization": f"token {jupyter.token}"})
    came = bytearray()
    with urllib.request.urlopen(request, timeout=60) as answer:
        came += answer.read(PIECE_BYTES)
        change(file)
        with contextlib.suppress(OSError, EOFError):
            while piece := answer.read1(PIECE_BYTES):
                came += piece
    return bytes(came)
