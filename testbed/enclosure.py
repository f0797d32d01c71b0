"""A namespace of processes and mounts for one site.

All that the site ever starts, users' jobs included, is in it and dies with its first process; its
mounts are seen by nobody else and vanish with it. Files and network are this machine's.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import TestbedError
from testbed.processes import Process, known, recalled, remember, wait_until
from testbed.programs import run

ORPHAN = 'number=$1 log=$2; shift 2; "$@" </dev/null >>"$log" 2>&1 & echo $! >"$number"'
"""Starts a program that nobody has to wait for, and writes its process id to a file."""

READY = "ready"
INIT = Path(__file__).resolve().with_name("init.py")


@dataclass(frozen=True)
class Enclosure:
    """One site's processes; `folder` has what must be remembered of them, and their logs."""

    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / "enclosure"

    @property
    def _outer(self) -> Process | None:
        """`unshare`, which waits outside for the first process and kills it when it dies."""
        return recalled(self._file)

    @property
    def first(self) -> Process | None:
        """The site's first process, or None if the site is down."""
        outer = self._outer
        if outer is None:
            return None
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        try:
            numbers = children.read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return known(int(numbers[0])) if numbers else None

    def start(
        self,
        setup: str = "",
        words: Sequence[str | Path] = (),
        write: Callable[[], None] = lambda: None,
    ) -> None:
        """Makes the namespaces; `setup` is a script that runs in them first, with `words` as `$@`;
        `write` fills the folder before.

        It says that it is ready by writing the file `$0`, and ends by becoming the first process.
        """
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o755, parents=True)
        write()
        python = os.path.realpath(sys.executable)
        script = setup or f'echo >"$0"; exec {python} -I -S {INIT}'
        log = self.folder / "first.log"
        ready = self.folder / READY
        number = self.folder / "outer"
        enclose = [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child=KILL",
            "--",
        ]
        run(
            [
                *("sh", "-c", ORPHAN, "sh", number, log),
                *("setsid", *enclose, "sh", "-euc", script, ready, *words),
            ]
        )
        outer = known(int(number.read_text()))
        if outer is None or not wait_until(lambda: ready.exists() or not outer.alive, 20):
            raise TestbedError(f"no namespaces: {log.read_text()}")
        if not outer.alive:
            raise TestbedError(f"no namespaces: {log.read_text()}")
        remember(outer, self._file)

    def inside(self, argv: Sequence[str | Path], network: Path | None = None) -> list[str]:
        """The words that run a program in the site, as root; `network`: in another network."""
        first = self.first
        if first is None:
            raise TestbedError(f"{self.folder.name} is not up: python -m testbed up")
        return [
            *("nsenter", "--target", str(first.pid), "--mount", "--pid", "--root", "--wd"),
            *([] if network is None else [f"--net={network}"]),
            *("--", *(os.fspath(word) for word in argv)),
        ]

    def run(self, argv: Sequence[str | Path], *, timeout_seconds: float = 60) -> str:
        """Runs a program in the site and returns what it printed.

        Raises:
            TestbedError: it failed.
        """
        return run(self.inside(argv), timeout_seconds=timeout_seconds)

    def daemon(
        self,
        name: str,
        argv: Sequence[str | Path],
        more: Mapping[str, str] | None = None,
        network: Path | None = None,
    ) -> None:
        """Starts a program that stays; does nothing if it is there. Its words are in `name.log`."""
        if self.running(name) is not None:
            return
        number = self.folder / f"{name}.inner"
        number.unlink(missing_ok=True)
        log = self.folder / f"{name}.log"
        words = ["sh", "-c", ORPHAN, "sh", number, log, "setsid", *argv]
        run(self.inside(words, network), more=more)
        process = self._outside(int(number.read_text()))
        if process is None:
            raise TestbedError(f"{name} ended at once: {log.read_text()[-2000:]}")
        remember(process, self.folder / f"{name}.pid")

    def running(self, name: str) -> Process | None:
        """A daemon that was started by this name, if it is alive."""
        return recalled(self.folder / f"{name}.pid")

    def stop(self, name: str, grace_seconds: float = 5) -> None:
        """Ends one daemon and waits until it is gone; it may be gone already."""
        process = self.running(name)
        if process is not None:
            process.end(grace_seconds)
        (self.folder / f"{name}.pid").unlink(missing_ok=True)

    def processes(self) -> Iterator[Process]:
        """All processes of the site."""
        first = self.first
        if first is None:
            return
        space = os.readlink(f"/proc/{first.pid}/ns/pid")
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if os.readlink(entry / "ns/pid") != space:
                    continue
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue  # it ended meanwhile, or is a supervisor of this machine that hides
            process = known(int(entry.name))
            if process is not None:
                yield process

    def _outside(self, inner: int) -> Process | None:
        """A process of the site by the number that it has there; proc_pid_status(5), NSpid."""
        for process in self.processes():
            try:
                status = Path(f"/proc/{process.pid}/status").read_text(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            numbers = next(line for line in status.splitlines() if line.startswith("NSpid:"))
            if int(numbers.split()[-1]) == inner:
                return process
        return None

    def end(self) -> None:
        """Ends all processes of the site, at once and without grace, and forgets it."""
        first, outer = self.first, self._outer
        if first is not None:
            first.signal(signal.SIGKILL)
        if outer is not None and not wait_until(lambda: not outer.alive, 10):
            outer.signal(signal.SIGKILL)
            if not wait_until(lambda: not outer.alive, 10):
                raise TestbedError(f"{self.folder.name}: process {outer.pid} does not die")
        if self.folder.exists():
            shutil.rmtree(self.folder)
