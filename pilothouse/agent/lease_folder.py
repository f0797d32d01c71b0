"""A lease's folder, ``leases/<start>/`` in the pilot's: keys, logs, outputs, who is busy."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from .checked import InvalidMessage, field, mapping

CERTIFICATES = "certificates"
"""Removed by the keeper with the pool."""

LEASES = "leases"
"""In the pilot's folder: one folder for each start of a pool."""

START = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Names of these folders."""

_PUBLIC_KEY = re.compile(r'public-key\s*=\s*"([^"]{40})"')
_Z85 = (
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ".-:+=^!/*?&<>()[]{}@%$"
)  # fmt: skip
_FOLDERS_KEPT = 20


@dataclass(frozen=True)
class Curve:
    """CURVE keys as zmq certificate files; the interchange's secret is not among them."""

    client_key: str
    client_secret_key: str
    server_public_key: str


def curve(value: object) -> Curve:
    """The keys of ``pool.start``.

    :raises InvalidMessage: naming what is missing.
    """
    where = "pool.start.options.curve"
    content = mapping(value, where)
    return Curve(
        client_key=field(content, "clientKey", str, where),
        client_secret_key=field(content, "clientSecretKey", str, where),
        server_public_key=field(content, "serverPublicKey", str, where),
    )


@dataclass(frozen=True)
class LeaseFolder:
    """Paths in the folder of one pool start; all absolute."""

    path: Path

    @property
    def certificates(self) -> Path:
        """HTEX's ``--cert_dir``."""
        return self.path / CERTIFICATES

    @property
    def log_config(self) -> Path:
        """HTEX's ``--logconf``."""
        return self.path / "logconf"

    @property
    def slots(self) -> Path:
        """Who is busy, see :mod:`.slots`."""
        return self.path / "running"


def make(pilot_folder: Path, start: str, curve: Curve | None) -> LeaseFolder:
    """Makes the folder (0700) of a pool start, with its keys.

    :raises InvalidMessage: if ``start`` is no id or a key is not one.
    :raises OSError: if the folder cannot be made.
    """
    if not START.fullmatch(start):
        raise InvalidMessage("pool.start.start is not an id")
    leases = pilot_folder / LEASES
    leases.mkdir(mode=0o700, exist_ok=True)
    _prune(leases)
    folder = LeaseFolder(leases / start)
    folder.path.mkdir(mode=0o700)
    if curve is not None:
        _write_keys(folder.certificates, curve)
    return folder


def _write_keys(folder: Path, curve: Curve) -> None:
    found = _PUBLIC_KEY.search(curve.server_public_key)
    if found is None:
        raise InvalidMessage(
            "pool.start.options.curve.serverPublicKey has no public-key: it must be a zmq"
            " certificate file"
        )
    folder.mkdir(mode=0o700)
    # exactly 0700, whatever the umask: parsl.curvezmq._load_certificate insists
    folder.chmod(0o700)
    # Parsl's client context reads the server's *secret* file for its public half alone
    # (curvezmq.ClientContext.socket), so a secret made up here stands in for the true one.
    made_up = "".join(secrets.choice(_Z85) for _ in range(40))
    server = f'metadata\ncurve\n    public-key = "{found.group(1)}"\n'
    for name, content in (
        ("client.key", curve.client_key),
        ("client.key_secret", curve.client_secret_key),
        ("server.key", curve.server_public_key),
        ("server.key_secret", f'{server}    secret-key = "{made_up}"\n'),
    ):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)


def _prune(leases: Path) -> None:
    """Removes the oldest folders, so that a pilot that lives for weeks does not fill a disk."""
    folders = sorted(leases.iterdir(), key=lambda folder: folder.stat().st_mtime)
    for folder in folders[: max(0, len(folders) - _FOLDERS_KEPT)]:
        if not (folder / CERTIFICATES).exists():  # else its pool may live
            shutil.rmtree(folder, ignore_errors=True)  # a log that cannot go does no harm


def last_words(folder: LeaseFolder, chars: int) -> str:
    """The end of what a pool wrote, its log first."""
    words = ""
    for name in ("pool.log", "pool.out"):
        try:
            with open(folder.path / name, "rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - chars * 4))
                words += file.read().decode("utf-8", "replace")
        except OSError:
            continue  # nothing was written
    return words[-chars:]
