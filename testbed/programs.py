"""Runs programs, and says their own words when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import AnyStr

from testbed.errors import TestbedError

SBIN = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A system daemon's environment: nothing of the shell that happens to start it."""
    return {"PATH": SBIN, "LANG": "C.UTF-8", "HOME": "/root", **(more or {})}


def run(
    argv: Sequence[str | Path],
    *,
    more: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_seconds: float = 120,
    stdin: str | None = None,
) -> str:
    """What a program printed.

    Raises:
        TestbedError: it failed; with the end of what it said.
    """
    words = [os.fspath(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            env=environment(more),
            cwd=cwd or Path("/"),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise TestbedError(f"{words[0]} is not on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise TestbedError(f"{' '.join(words)}: no end within {timeout_seconds:.0f} s") from error
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-3000:]
        raise TestbedError(f"{' '.join(words)}: exit code {done.returncode}\n{said}")
    return done.stdout


@contextmanager
def watched(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """Waits for a process's end, as it does by itself; one that an error leaves is killed first.

    Else a test that fails would wait for what it was to end.
    """
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
