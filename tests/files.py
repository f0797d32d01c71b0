"""What lies in a folder while others work in it."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path


def below(folder: Path) -> list[Path]:
    """All files and folders in it; what is gone meanwhile may be among them, and is no error.

    ``Path.rglob`` fails where a folder goes that it is about to look into.
    """
    return [Path(at, name) for at, *names in os.walk(folder) for name in chain(*names)]
