"""Programs of the benchmark, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE = Path(sys.prefix) / "bin" / "node"


def said(
    argv: Sequence[str],
    *,
    name: str,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    given: str | None = None,
    seconds: float = 300,
) -> str:
    """What a program prints, with `given` as its input; `environment` is added to this one's.

    Raises RuntimeError with its `name` and the end of what it said if it fails.
    """
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def last_json(module: str, *arguments: str, packages: str | None = None) -> object:
    """Runs `python -m MODULE ARGUMENTS`; what the last line of its output says.

    `packages` is a folder of packages that only this program sees. Raises RuntimeError as `said`.
    """
    printed = said(
        [sys.executable, "-m", module, *arguments],
        name=f"{module} {' '.join(arguments)}",
        environment={"PYTHONPATH": packages} if packages else None,
    )
    result: object = json.loads(printed.splitlines()[-1])
    return result


@contextmanager
def beside(argv: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Runs a program while the block runs; its first line has been read when the block begins."""
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError(f"{' '.join(argv)} said nothing")
        yield process
    finally:
        process.terminate()
        process.wait(30)
