"""Shared libraries that must travel along, and the C library that they leave to the machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import elf
from .problem import RuntimeProblem

_C_LIBRARY = re.compile(
    r"(linux-vdso|linux-gate|ld-linux[^/]*|ld64|lib(c|m|dl|rt|pthread|util|resolv|anl|mvec|nss_\w+"
    r"|BrokenLocale|thread_db|c_malloc_debug))\.so(\.|$)"
)
_COMPILER = re.compile(r"lib(stdc\+\+|gcc_s)\.so\.")
_RESOLVED = re.compile(r"^\s*(\S+) => (?:(/.*?) \(0x|not found)")
_TRACE_SECONDS = 60


@dataclass
class Needs:
    """What a set of ELF files needs from outside it."""

    glibc: elf.Version = (0, 0)
    """Of all but the compiler's; (0, 0): none of it has compiled code."""
    libraries: dict[str, Path] = field(default_factory=dict)
    """By the name they are asked for."""
    compiler: dict[str, Path] = field(default_factory=dict)
    """Those of the C++ compiler, apart: a machine's own may have to be newer."""


def needs_of(files: Iterable[Path], loader: str, own: Mapping[str, Path]) -> Needs:
    """What the ELF files among ``files`` need.

    :param loader: the dynamic loader of this machine, which finds libraries as at a start.
    :param own: names of libraries that are not to be found again.
    :raises RuntimeProblem: naming the file that cannot be read or the library that is not there.
    """
    found = Needs()
    inside = {path.resolve() for path in files if ".so" in path.name}
    for path in sorted(set(files)):
        parsed = _read(path)
        if parsed is None:
            continue
        if parsed.glibc is not None:
            found.glibc = max(found.glibc, parsed.glibc)
        for name, library in _resolve(path, loader).items():
            if name in own or library.resolve() in inside:
                continue
            (found.compiler if _COMPILER.match(name) else found.libraries)[name] = library
    for library in found.libraries.values():
        parsed = _read(library)
        if parsed is not None and parsed.glibc is not None:
            found.glibc = max(found.glibc, parsed.glibc)
    return found


def loader_of(program: Path) -> str:
    """The dynamic loader that a program asks for.

    :raises RuntimeProblem: if it is no dynamic program of Linux.
    """
    parsed = _read(program)
    if parsed is None or parsed.interpreter is None:
        raise RuntimeProblem(
            f"{program} is no dynamic program of Linux: runtimes are made on Linux"
        )
    return parsed.interpreter


def _read(path: Path) -> elf.Elf | None:
    try:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                return None
            file.seek(0)
            return elf.parse(file.read())
    except elf.NotUnderstood as problem:
        raise RuntimeProblem(f"{path} cannot be used: {problem}") from problem


def _resolve(path: Path, loader: str) -> dict[str, Path]:
    """Libraries as the loader finds them (ld.so(8), LD_TRACE_LOADED_OBJECTS), without glibc's."""
    done = subprocess.run(
        [loader, str(path)],
        env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1", "LD_WARN": "", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TRACE_SECONDS,
        check=False,
    )
    found = {}
    for line in done.stdout.splitlines():
        resolved = _RESOLVED.match(line)
        if resolved is None or _C_LIBRARY.match(resolved[1]):
            continue
        beside = Path(sys.base_prefix, "lib", resolved[1])
        if resolved[2] is None and beside.is_file():
            found[resolved[1]] = beside  # by the search path of the program, in use here
            continue
        if resolved[2] is None:
            raise RuntimeProblem(
                f"{path} needs {resolved[1]}, which is not found on this machine:"
                " install it, or install the package again"
            )
        found[resolved[1]] = Path(resolved[2])
    return found
