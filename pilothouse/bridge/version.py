"""The version that clients and the bridge tell each other."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "jupyterlab-pilothouse"


@lru_cache(maxsize=1)
def version() -> str:
    """The installed distribution's version, or that of the checkout this file is in."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        package = Path(__file__).resolve().parents[2] / "package.json"
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
