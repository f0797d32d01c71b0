"""Finding and ending processes: what a keeper needs to leave none behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator

IS_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2), since Linux 3.4
_WAIT_SECONDS = 10.0
_START_TIME = 22 - 3
"""Of the fields of /proc/PID/stat behind the name: since boot, in clock ticks (proc(5))."""
NEUTRAL_FOLDER = "/"
"""Where processes start that have no lease yet: ``python -m`` imports from its folder before all
else, and in the pilot's lies what a person brings along, ``random.py`` perhaps."""


def become_subreaper() -> bool:
    """Makes orphans among this process's descendants its children; False where that is unknown.

    With it a process that calls ``setsid`` and forks twice cannot leave its keeper's sight.
    """
    return IS_LINUX and ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0


def die_with_parent() -> None:
    """This process is killed when its parent (which must have one thread only) ends."""
    if IS_LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _table() -> Iterator[tuple[int, int, int]]:
    """(process, parent, session) of all processes; empty where there is no /proc."""
    try:
        names = os.listdir("/proc")
    except FileNotFoundError:
        return
    for name in names:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    stat = file.read()
            except OSError:
                continue  # it ended meanwhile
            # the name in parentheses may hold blanks and parentheses itself (proc(5))
            fields = stat[stat.rindex(b")") + 2 :].split()
            if fields[0] != b"Z":
                yield int(name), int(fields[1]), int(fields[3])


def age_seconds(process: int) -> float | None:
    """How long ago a process began, whatever clocks were set to since; None: that is not known."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[_START_TIME])
    except (OSError, ValueError, IndexError):
        return None  # no Linux, or no such process
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))


def descendants(of: int) -> set[int]:
    """All living processes below ``of``, without it."""
    children: dict[int, list[int]] = {}
    for process, parent, _ in _table():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = [of]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def strays(session: int, mark: bytes) -> set[int]:
    """Children of this process that a dead keeper left: of its session, or with its mark.

    ``mark`` is an entry of the environment, ``NAME=value``.
    """
    found = set()
    for process, parent, of_session in _table():
        if parent == os.getpid() and (of_session == session or _has_mark(process, mark)):
            found.add(process)
    return found


def has_ended(process: int) -> bool:
    """Whether a process is gone or a zombie: its children have another parent by then."""
    if not IS_LINUX:
        return True
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def _has_mark(process: int, mark: bytes) -> bool:
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            return mark in file.read().split(b"\0")
    except OSError:
        return False  # ended, or not ours


def kill(processes: set[int]) -> None:
    """SIGKILL to each that is still there."""
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass  # ended by itself: what was wanted
        except PermissionError:
            pass  # of another user (a setuid program): nobody but its owner can end it


def kill_group(group: int) -> None:
    """SIGKILL to a process group, if there is one."""
    # none left; macOS says EPERM of a group of zombies
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def end_descendants(limit_seconds: float = _WAIT_SECONDS) -> set[int]:
    """Kills and reaps everything below this process, and what it makes meanwhile.

    Returns what could not be ended within the limit (asleep in the kernel, say).
    """
    until = time.monotonic() + limit_seconds
    pause = 0.001
    while True:
        left = descendants(os.getpid())
        kill(left)
        no_children = _reap()
        if not left and no_children:
            return set()
        if time.monotonic() > until:
            return left
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def _reap() -> bool:
    """Collects ended children; True if there is no child at all."""
    while True:
        try:
            process, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if process == 0:
            return False
