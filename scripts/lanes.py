"""Steps side by side: those of a lane one after the other, what each prints kept together."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
# What a runner may take to clean up once it is told to end.
GRACE_SECONDS = 20


class Ended(Exception):
    """A program was to start after all had been told to end."""


@dataclass
class Lanes:
    """Runs steps and their programs; a program over its limit hangs, and is ended."""

    limit_seconds: float
    _running: set[subprocess.Popen[str]] = field(default_factory=set)
    _change: threading.Lock = field(default_factory=threading.Lock)
    _over: bool = False

    @property
    def hangs(self) -> str:
        """What stands where a runner's closing lines would, if it hangs."""
        return f"ended after {self.limit_seconds:g} s: it hangs"

    def run(self, lanes: Sequence[Sequence[str]], do: Callable[[str, Step], T]) -> dict[str, T]:
        """Does the steps of all lanes; answers by their names.

        One lane's steps are shown as they go, those of several whole when they end. An interrupt
        ends all programs and shows what they had said.
        """
        alone = len(lanes) == 1
        answers: dict[str, T] = {}

        def lane(names: Sequence[str]) -> None:
            for name in names:
                if self._over:
                    return
                step = Step(name, self, alone)
                with step.shown():
                    answers[name] = do(name, step)

        with ThreadPoolExecutor(len(lanes)) as threads:
            futures = [threads.submit(lane, names) for names in lanes]
            try:
                for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                    future.result()
            except BaseException:
                self.end()
                raise
        return answers

    def end(self) -> None:
        """Ends all programs as Ctrl-C does, and kills what does not end; no other starts."""
        with self._change:
            self._over = True
            programs = list(self._running)
        for program in programs:
            _signal(program, signal.SIGINT)
        deadline = time.monotonic() + GRACE_SECONDS
        try:
            for program in programs:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.wait(max(0, deadline - time.monotonic()))
        finally:
            for program in programs:
                _signal(program, signal.SIGKILL)

    @contextmanager
    def started(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[str]]:
        """A program in a session of its own, both its outputs in one, until it has ended.

        Raises:
            Ended: nothing is to start any more.
        """
        with self._change:
            if self._over:
                raise Ended
            program = subprocess.Popen(
                argv,
                cwd=cwd,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(program)
        try:
            with program:
                yield program
        finally:
            with self._change:
                self._running.discard(program)


@dataclass
class Step:
    """One step, with what it has printed so far."""

    name: str
    lanes: Lanes
    alone: bool
    _printed: list[str] = field(default_factory=list)

    def program(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None
    ) -> tuple[int, list[str]]:
        """Runs a program to its end; its exit code and, without colours, its lines."""
        lines: list[str] = []
        hung = threading.Event()

        def kill() -> None:
            hung.set()
            _signal(program, signal.SIGKILL)

        with self.lanes.started(argv, cwd, env or {}) as program:
            limit = threading.Timer(self.lanes.limit_seconds, kill)
            limit.start()
            try:
                assert program.stdout is not None
                for line in program.stdout:
                    self._print(line)
                    lines.append(re.sub(r"\x1b\[[0-9;]*m", "", line.rstrip()))
            finally:
                limit.cancel()
        return program.returncode, [*lines, self.lanes.hangs] if hung.is_set() else lines

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Shows what is printed meanwhile, at once or in the end, under the step's name."""
        _show(f"\n== {self.name}\n" if self.alone else f"== {self.name} begins\n")
        try:
            yield
        finally:
            if not self.alone:
                _show("".join([f"\n== {self.name}\n", *self._printed, "\n"]))

    def _print(self, line: str) -> None:
        if self.alone:
            _show(line)
        else:
            self._printed.append(line)


def _show(text: str) -> None:
    """In one piece, whatever other threads show."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _signal(program: subprocess.Popen[str], number: signal.Signals) -> None:
    """To a program with all of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, number)
