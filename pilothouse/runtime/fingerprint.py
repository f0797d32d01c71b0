"""Whether an installation is still the one that a runtime was made of; its files are not read."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from .distributions import Installed

RECIPE = 1
"""Raised whenever the same installation makes another archive."""


def of(installed: Iterable[Installed], program: Path, *, carries_python: bool) -> str:
    """Changes with each file's name, size and time of change."""
    parts: list[object] = [RECIPE, sys.version, str(program), carries_python]
    for each in installed:
        parts += [each.name, each.version]
        for name, path in each.files:
            status = os.stat(path)
            parts += [name, str(path), status.st_size, status.st_mtime_ns]
    status = os.stat(program)
    parts += [status.st_size, status.st_mtime_ns]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
