"""Places that the benchmarks run at."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scripts.surroundings import surroundings
from testbed import far_away

#: Workers of one pilot, and the most pilots, by profile.
HERE = {"two": (2, 4), "four": (4, 4), "eight": (8, 4), "pair": (1, 2)}
PROFILES: Mapping[str, Mapping[str, object]] = {
    name: {"pilot": {"cores": 1, "workers": workers}, "scaling": {"max": most}}
    for name, (workers, most) in HERE.items()
} | {
    "far": far_away.profile(workers=2, most=4),
    "far-four": far_away.profile(workers=4, most=4),
}
#: At both sites, for figures about the asking: more often than anybody asks a real one.
POLLING = {"floorSeconds": 5, "everySeconds": 15, "ceilingSeconds": 60}
#: The pilot notes when it began, for its tasks to tell.
NOTES_START = "export BENCH_PILOT_BEGAN=$(date +%s.%N)"


def _at(
    scheduler: Mapping[str, object], shares: bool = False, python: str | None = None
) -> Mapping[str, object]:
    return {
        "pilot": {"cores": 1, "workers": 1, "memoryMiB": 200, "walltime": "60"},
        "scheduler": {**scheduler, "polling": POLLING},
        "environment": {
            "sharesFiles": shares,
            "workerInit": NOTES_START,
            **({} if python is None else {"python": python}),
        },
        "scaling": {"max": 1000},
    }


#: Per site of the testbed: where pilots stay queued, and where they start.
AT_SITES: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "slurm": {
        # Shared files are what Parsl's provider takes for granted.
        "waiting": _at({"kind": "slurm", "partition": "closed"}, shares=True),
        # Debian's own: what a login finds first may be a shim that is slow to find the same.
        "carried": _at({"kind": "slurm"}, python="/usr/bin/python3"),
        "shared": _at({"kind": "slurm"}, shares=True),
    },
    "htcondor": {
        "waiting": _at({"kind": "htcondor", "requirements": "TARGET.PilothouseBench =?= True"}),
        "carried": _at({"kind": "htcondor"}),
    },
}


@contextmanager
def own_profiles(profiles: Mapping[str, Mapping[str, object]] = PROFILES) -> Iterator[None]:
    """Jupyter's config folder is one that holds these profiles."""
    with tempfile.TemporaryDirectory(prefix="ph-profiles-") as folder:
        place = Path(folder) / "pilothouse" / "profiles"
        place.mkdir(parents=True)
        for name, content in profiles.items():
            (place / f"{name}.json").write_text(json.dumps({"name": name, **content}))
        with surroundings(JUPYTER_CONFIG_DIR=folder):
            yield
