"""Makes the runtime of this Python, or finds the one made before."""

from __future__ import annotations

import json
import os
import platform
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from . import archive, distributions, fingerprint, interpreter, launcher, libraries
from .archive import Member
from .elf import Version

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Runtime:
    """As ``IRuntimeArchive`` of src/bridge/environments/tokens.ts."""

    hash: str
    path: str
    name: str
    bytes: int
    minor: str
    parsl: str
    architecture: str
    glibc: str | None
    """None: there is no compiled code in it."""
    carriesPython: bool


def make(folder: Path, *, carries_python: bool) -> Runtime:
    """Writes the runtime into ``folder``, if it is not there.

    :raises RuntimeProblem: saying what of the installation is in the way.
    :raises OSError: if a file cannot be read or written.
    """
    installed = distributions.closure("parsl")
    program = interpreter.this_program()
    mark = fingerprint.of(installed, program, carries_python=carries_python)
    note = folder / f"{mark}.json"
    known = _noted(note)
    if known is not None:
        for path in (note, known.path):
            os.utime(path)  # for whoever removes what is not used
        return known
    own = interpreter.collect() if carries_python else None
    packages = _packages(installed, program)
    python = _python(own, program) if own is not None else ([], packages.glibc)
    members = [*packages.members, *python[0]]
    glibc = max(packages.glibc, python[1])
    soabi = sysconfig.get_config_var("SOABI")
    needs = {
        "soabi": soabi,
        "architecture": platform.machine(),
        "glibc": _text(packages.glibc) or "-",
        "glibc_python": _text(glibc) or "-",
        "python": "yes" if carries_python else "no",
        "files": len(members) + 1,
        "mib": 1 + sum(member.size for member in members) // _MIB,
    }
    first = Member("needs", "".join(f"{key} {value}\n" for key, value in needs.items()))
    written = archive.write(folder, [first, *sorted(members, key=lambda member: member.name)])
    runtime = Runtime(
        hash=written.hash,
        path=str(written.path),
        name=written.path.name,
        bytes=written.bytes,
        minor=f"{sys.version_info[0]}.{sys.version_info[1]}",
        parsl=next(each.version for each in installed if each.name == "parsl"),
        architecture=platform.machine(),
        glibc=_text(glibc),
        carriesPython=carries_python,
    )
    _note(note, runtime)
    return runtime


@dataclass(frozen=True)
class _Packages:
    members: list[Member]
    glibc: Version


def _packages(installed: Sequence[distributions.Installed], program: Path) -> _Packages:
    files = {name: path for each in installed for name, path in each.files}
    needs = libraries.needs_of(files.values(), libraries.loader_of(program), {})
    members = [Member(f"site/{name}", path) for name, path in files.items()]
    members += [Member(f"lib/{name}", path) for name, path in needs.libraries.items()]
    members += [Member(f"lib-else/{name}", path) for name, path in needs.compiler.items()]
    members.append(Member("libraries", launcher.libraries()))
    return _Packages(members, needs.glibc)


def _python(own: interpreter.Interpreter, program: Path) -> tuple[list[Member], Version]:
    needs = libraries.needs_of(own.files.values(), libraries.loader_of(program), {})
    contents: dict[str, Path | str] = {**own.files, **own.texts}
    members = [
        Member(f"python/{name}", content, name in own.programs)
        for name, content in contents.items()
    ]
    # Its own beside it; those of the compiler too, as it is started with nothing else in the way.
    members += [Member(f"python/lib/{name}", path) for name, path in needs.libraries.items()]
    return members, needs.glibc


def _text(version: Version) -> str | None:
    return None if version == (0, 0) else f"{version[0]}.{version[1]}"


def _noted(note: Path) -> Runtime | None:
    """What was made of the same installation before, if it is still there."""
    try:
        runtime = Runtime(**json.loads(note.read_bytes()))
        if os.stat(runtime.path).st_size == runtime.bytes:
            return runtime
    except (OSError, ValueError, TypeError):
        pass  # never made, removed, or half written by a machine that stopped: it is made again
    return None


def _note(note: Path, runtime: Runtime) -> None:
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False) as file:
        json.dump(asdict(runtime), file)
    os.replace(file.name, note)
