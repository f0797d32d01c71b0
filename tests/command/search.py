"""Looks for what was typed, in all that a person's programs leave behind or show to others."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import psutil

from conftest import PilothouseHome
from testbed.ssh.host import SSH
from tests.files import below

LARGEST_BYTES = 64 << 20


def forms(secret: str) -> set[bytes]:
    """How a program may have written it down: as it is, and as the usual encodings have it."""
    plain = secret.encode()
    found = {plain, secret.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode()}
    found |= {
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
    }
    found.add(quote(secret, safe="").encode())
    for before in range(3):
        # Among other bytes, too: what is left of it where it begins and ends within a group.
        whole = base64.b64encode(b"\0" * before + plain)
        skipped, ended = -(-8 * before // 6), len(plain) + before
        inner = whole[skipped : 8 * ended // 6]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def pattern(secrets: Sequence[str]) -> re.Pattern[bytes]:
    """Any of them in any form. One of digits alone may be part of no longer number."""
    parts = []
    for secret in secrets:
        for form in forms(secret):
            text = re.escape(form)
            parts.append(rb"(?<!\d)" + text + rb"(?!\d)" if form.isdigit() else text)
    return re.compile(b"|".join(parts))


def found(home: PilothouseHome, site: SSH, secrets: Sequence[str]) -> list[str]:
    """Where any of them is; nowhere, if all is well."""
    if not secrets:
        return []
    wanted = pattern(secrets)
    own = _with_descendants(*home.processes())
    assert site.enclosure.first is not None
    there = _with_descendants(psutil.Process(site.enclosure.first.pid))
    seen = list(_files(home.root))
    for process in {*own, *there}:
        seen += _shown(process)
    for process in own:
        seen += _opened(process)
    return sorted({name for name, data in seen if wanted.search(data)})


def _with_descendants(*processes: psutil.Process) -> set[psutil.Process]:
    below = set(processes)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            below.update(process.children(recursive=True))
    return below


def _shown(process: psutil.Process) -> Iterator[tuple[str, bytes]]:
    """What others may see of it; proc(5)."""
    for name in ("cmdline", "environ", "comm"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            yield f"{name} of {process.pid}", Path(f"/proc/{process.pid}/{name}").read_bytes()


def _opened(process: psutil.Process) -> Iterator[tuple[str, bytes]]:
    """Files that it has open, also those that have no name any more."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if stat.S_ISREG(descriptor.stat().st_mode):
                    yield f"{descriptor.readlink()}, open in {process.pid}", _content(descriptor)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names, and all that is in them."""
    for path in below(folder):
        try:
            yield f"name {path}", str(path).encode()
            if stat.S_ISREG(path.lstat().st_mode):
                yield str(path), _content(path)
        except FileNotFoundError:
            continue


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES)
