"""The files of this Python itself: program, standard library, compiled modules."""

from __future__ import annotations

import os
import site
import ssl
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import launcher
from .problem import RuntimeProblem

_FOLDERS_LEFT_OUT = frozenset(
    {
        "__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip",
        "site-packages", "dist-packages",
    }
)  # fmt: skip
_FILES_LEFT_OUT = frozenset(
    {"EXTERNALLY-MANAGED", "sitecustomize.py", "usercustomize.py", "turtle.py"}
)
_MODULES_LEFT_OUT = ("_tkinter.", "_test", "_ctypes_test", "_xxtest", "xxlimited", "nis.")
"""Compiled ones that no task needs, and whose libraries would have to travel along."""


@dataclass(frozen=True)
class Interpreter:
    """Names are below ``python/``."""

    files: dict[str, Path]
    texts: dict[str, str]
    programs: frozenset[str]
    """Names that must be executable."""


def this_program() -> Path:
    """The program that runs this, links followed.

    :raises RuntimeProblem: where the system cannot tell.
    """
    try:
        return Path(os.readlink("/proc/self/exe"))
    except OSError as problem:
        raise RuntimeProblem(f"runtimes are made on Linux with /proc: {problem}") from problem


def collect() -> Interpreter:
    """All of this Python that a pilot without one needs.

    :raises RuntimeProblem: if its standard library is not where it says.
    """
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    library = f"{sys.platlibdir}/{minor}"
    standard = Path(sysconfig.get_path("stdlib"))
    if not (standard / "os.py").is_file():
        raise RuntimeProblem(f"the standard library of {sys.executable} is not in {standard}")
    files = {f"libexec/{minor}": this_program()}
    for folder in (standard, *_compiled_modules(standard)):
        below = library if folder == standard else f"{library}/lib-dynload"
        for name, path in _walk(folder):
            files.setdefault(f"{below}/{name}", path)
    verify = ssl.get_default_verify_paths()
    texts = {
        "bin/python3": launcher.program(minor, verify.openssl_cafile, verify.openssl_capath),
        f"{library}/{launcher.MODULE}.py": launcher.module(),
    }
    packages = site.getsitepackages(["/prefix"])[-1].removeprefix("/prefix/")
    texts[f"{packages}/{launcher.MODULE}.pth"] = launcher.path_file(packages)
    return Interpreter(files, texts, frozenset({"bin/python3", f"libexec/{minor}"}))


def _compiled_modules(standard: Path) -> Iterator[Path]:
    """Where they are apart from the standard library (another prefix)."""
    for entry in map(Path, sys.path):
        if entry.name == "lib-dynload" and entry.is_dir() and standard not in entry.parents:
            yield entry


def _walk(top: Path) -> Iterator[tuple[str, Path]]:
    for folder, folders, names in os.walk(top, followlinks=False):
        folders[:] = [
            name
            for name in sorted(folders)
            if name not in _FOLDERS_LEFT_OUT and not name.startswith("config-")
        ]
        for name in sorted(names):
            path = Path(folder, name)
            if (
                name not in _FILES_LEFT_OUT
                and path.suffix not in (".pyc", ".a")
                and not name.startswith(_MODULES_LEFT_OUT)
                and path.is_file()
            ):
                yield path.relative_to(top).as_posix(), path
