"""``pilot.json``: all that an agent is told before it has dialled (src/protocol/agent.ts)."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from dataclasses import field as attribute
from pathlib import Path

from .checked import InvalidMessage, field, mapping, optional, texts

log = logging.getLogger(__name__)

PROTOCOL = 1
"""AGENT_PROTOCOL of src/protocol/agent.ts."""


@dataclass(frozen=True)
class Address:
    """Where the bridge listens."""

    host: str
    port: int


@dataclass(frozen=True)
class PilotFile:
    """See ``PilotFile`` in src/protocol/agent.ts; units are in the names."""

    pilot: str
    attempt: int
    secret: str = attribute(repr=False)
    expires_at_ms: float
    fingerprint: str
    contact_file: Path | None
    addresses: tuple[Address, ...]
    workers: int
    cores: int
    memory_mib: int | None
    walltime_seconds: float | None
    idle_seconds: float
    warn_seconds: float
    no_contact_seconds: float
    ping_ms: float
    silence_ms: float
    shares_files: bool
    working_folder: str | None
    files: tuple[str, ...]


def read(path: Path) -> PilotFile:
    """The pilot file at ``path``.

    :raises OSError: if it cannot be read.
    :raises InvalidMessage: if it is no pilot file of this protocol; the text names the field.
    """
    where = str(path)
    try:
        content = mapping(json.loads(path.read_bytes()), where)
    except ValueError as problem:
        raise InvalidMessage(f"{where} is not JSON: {problem}") from problem
    protocol = field(content, "protocol", int, where)
    if protocol != PROTOCOL:
        raise InvalidMessage(
            f"{where} is of agent protocol {protocol}, this agent speaks {PROTOCOL}:"
            " the pilot was submitted by another version of Pilothouse"
        )
    contact_file = optional(content, "contactFile", str, where)
    return PilotFile(
        pilot=field(content, "pilot", str, where),
        attempt=field(content, "attempt", int, where),
        secret=field(content, "secret", str, where),
        expires_at_ms=field(content, "expiresAtMs", float, where),
        fingerprint=_fingerprint(field(content, "fingerprint", str, where), where),
        contact_file=None if contact_file is None else Path(contact_file),
        addresses=tuple(
            address(entry, f"{where}.addresses[{index}]")
            for index, entry in enumerate(field(content, "addresses", list, where))
        ),
        workers=field(content, "workers", int, where),
        cores=field(content, "cores", int, where),
        memory_mib=optional(content, "memoryMiB", int, where),
        walltime_seconds=optional(content, "walltimeSeconds", float, where),
        idle_seconds=field(content, "idleSeconds", float, where),
        warn_seconds=field(content, "warnSeconds", float, where),
        no_contact_seconds=field(content, "noContactSeconds", float, where),
        ping_ms=field(content, "pingMs", float, where),
        silence_ms=field(content, "silenceMs", float, where),
        shares_files=field(content, "sharesFiles", bool, where),
        working_folder=optional(content, "workingFolder", str, where),
        files=tuple(texts(content, "files", where)) if "files" in content else (),
    )


def address(value: object, where: str) -> Address:
    """A host and port, as in the pilot file or the contact file.

    :raises InvalidMessage: naming what is wrong.
    """
    content = mapping(value, where)
    port = field(content, "port", int, where)
    if not 1 <= port <= 65535:
        raise InvalidMessage(f"{where}.port is {port}, not between 1 and 65535")
    return Address(field(content, "host", str, where), port)


def current_addresses(pilot: PilotFile) -> tuple[Address, ...]:
    """Where the bridge is now: by the contact file if it can be read, else as first told.

    :raises OSError: if the contact file cannot be read and nothing else was told.
    :raises InvalidMessage: if it is no contact file, likewise.
    """
    if pilot.contact_file is None:
        return pilot.addresses
    try:
        return (_contact(pilot.contact_file),)
    except (OSError, InvalidMessage) as problem:
        if not pilot.addresses:
            raise
        log.warning("%s; the addresses of pilot.json are tried", problem)
        return pilot.addresses


def _contact(path: Path) -> Address:
    where = str(path)
    try:
        content = json.loads(path.read_bytes())
    except ValueError as problem:
        raise InvalidMessage(f"{where} is not JSON: {problem}") from problem
    return address(content, where)


def _fingerprint(text: str, where: str) -> str:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise InvalidMessage(f"{where}.fingerprint is not 64 hexadecimal digits")
    return text
