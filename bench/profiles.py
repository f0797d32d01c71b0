"""Places that the benchmarks run at, all on this machine."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Workers of one pilot, and the most pilots, by profile.
PROFILES = {"two": (2, 4), "eight": (8, 4), "pair": (1, 2)}


@contextmanager
def own_profiles() -> Iterator[None]:
    """Jupyter's config folder is one that holds these profiles."""
    before = os.environ.get("JUPYTER_CONFIG_DIR")
    with tempfile.TemporaryDirectory(prefix="ph-profiles-") as folder:
        profiles = Path(folder) / "pilothouse" / "profiles"
        profiles.mkdir(parents=True)
        for name, (workers, most) in PROFILES.items():
            content = {
                "name": name,
                "pilot": {"cores": 1, "workers": workers},
                "scaling": {"max": most},
            }
            (profiles / f"{name}.json").write_text(json.dumps(content))
        os.environ["JUPYTER_CONFIG_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["JUPYTER_CONFIG_DIR"]
            else:
                os.environ["JUPYTER_CONFIG_DIR"] = before
