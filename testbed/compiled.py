"""Small libraries in C, each compiled once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from testbed.places import CACHE
from testbed.programs import run


def library(source: Path, *flags: str) -> Path:
    """The shared object of a source file; the flags are the linker's."""
    made = CACHE / f"{source.stem}-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}.so"
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        new = made.with_suffix(f".{os.getpid()}.new")
        warnings = ("-Wall", "-Wextra", "-O1", "-fPIC", "-shared")
        run(["gcc", *warnings, "-o", new, source, *flags])
        new.rename(made)
    return made
