"""Programs of the benchmark, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def last_json(
    module: str, *arguments: str, seconds: float = 300, packages: str | None = None
) -> object:
    """Runs `python -m MODULE ARGUMENTS`; what the last line of its output says.

    `packages` is a folder of packages that only this program sees. Raises RuntimeError with the
    end of its standard error if it fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **({"PYTHONPATH": packages} if packages else {})},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module} {' '.join(arguments)}: {done.stderr[-3000:]}")
    result: object = json.loads(done.stdout.splitlines()[-1])
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
