"""What an ELF file needs: shared libraries by name, versions of the C library (elf(5))."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

_MAGIC = b"\x7fELF"
_CLASS_64, _LITTLE = 2, 1
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS, _VERSIONS, _VERSION_COUNT = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF
_PROGRAM = struct.Struct("<IIQQQQQQ")
_ENTRY = struct.Struct("<qQ")
_NEED = struct.Struct("<HHIII")
_NEED_VERSION = struct.Struct("<IHHII")
_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)(\.\d+)?$")
_OF_RELATIVE_RELOCATIONS = (2, 36)
"""GLIBC_ABI_DT_RELR came with it (glibc's NEWS for 2.36)."""

Version = tuple[int, int]


@dataclass(frozen=True)
class Elf:
    """The dynamic part of a program or shared library."""

    interpreter: str | None
    """The loader that a program asks for."""
    needed: tuple[str, ...]
    glibc: Version | None
    """The newest version of a symbol that it asks the C library for."""


class NotUnderstood(ValueError):
    """An ELF file, but none of 64 bits and little-endian, or a damaged one."""


def parse(content: bytes) -> Elf | None:
    """Reads an ELF file; None where it is something else.

    :raises NotUnderstood: for one that is not of x86-64's or aarch64's kind, or is damaged.
    """
    if not content.startswith(_MAGIC):
        return None
    if content[4] != _CLASS_64 or content[5] != _LITTLE:
        raise NotUnderstood("it is not for a 64-bit little-endian machine")
    try:
        return _parse(content)
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise NotUnderstood(f"it is damaged: {problem}") from problem


def _parse(content: bytes) -> Elf:
    (offset,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    programs = [_PROGRAM.unpack_from(content, offset + at * size) for at in range(count)]
    interpreter = None
    dynamic: list[tuple[int, int]] = []
    for kind, _, start, _, _, length, _, _ in programs:
        if kind == _INTERPRETER:
            interpreter = content[start : start + length].rstrip(b"\0").decode()
        elif kind == _DYNAMIC:
            dynamic = list(_ENTRY.iter_unpack(content[start : start + length // 16 * 16]))

    def place(address: int) -> int:
        for kind, _, start, virtual, _, length, _, _ in programs:
            if kind == _LOAD and virtual <= address < virtual + length:
                return int(start + address - virtual)
        raise IndexError(f"address {address:#x} is in no segment")

    values = dict(dynamic)
    if _STRINGS not in values:
        return Elf(interpreter, (), None)
    strings = place(values[_STRINGS])

    def text(at: int) -> str:
        return content[strings + at : content.index(b"\0", strings + at)].decode()

    glibc: list[Version] = []
    need = place(values[_VERSIONS]) if _VERSIONS in values else 0
    for _ in range(values.get(_VERSION_COUNT, 0)):
        _, versions, _, first, following = _NEED.unpack_from(content, need)
        version = need + first
        for _ in range(versions):
            _, _, _, name, step = _NEED_VERSION.unpack_from(content, version)
            found = _version_of(text(name))
            if found is not None:
                glibc.append(found)
            version += step
        need += following
    return Elf(
        interpreter,
        tuple(text(value) for tag, value in dynamic if tag == _NEEDED),
        max(glibc, default=None),
    )


def _version_of(symbol_version: str) -> Version | None:
    if symbol_version == "GLIBC_ABI_DT_RELR":
        return _OF_RELATIVE_RELOCATIONS
    found = _GLIBC.match(symbol_version)
    return None if found is None else (int(found[1]), int(found[2]))
