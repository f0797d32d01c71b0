"""Runs Parsl's interchange: deaf to interrupts, quiet, and gone when its kernel is.

Jupyter's interrupt button signals the whole process group, which ends a stock interchange for
good (Parsl issues 3374, 2174); a killed kernel leaves one behind that keeps pilots busy with
heartbeats (issue 3663). Run as a program, or by ``helper.py`` in a fork.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

INTERCHANGE = "parsl.executors.high_throughput.interchange"
PARENT_POLL_SECONDS = 0.2


def run(watched: list[int], output: str, paths: list[str]) -> None:
    """Becomes the interchange, whose configuration is on standard input.

    :param watched: pids whose end ends this process.
    :param output: file for standard output and error, appended to.
    :param paths: folders for the end of ``sys.path``, where it lacks Parsl or Pilothouse.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for pid in watched:
        end_with(pid)
    redirect(output)
    sys.path.extend(path for path in paths if path not in sys.path)
    from pilothouse.interchange.handover import let_newer_in

    let_newer_in()
    runpy.run_module(INTERCHANGE, run_name="__main__", alter_sys=True)


def redirect(output: str) -> None:
    """Standard output and error become the file, so that nothing of it lands in a cell."""
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def end_with(pid: int) -> None:
    """Ends this process at once when that one is gone.

    Not by PR_SET_PDEATHSIG, which fires when the *thread* ends that called ``load``.
    """
    parent = os.getppid()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        os._exit(0)
    except (AttributeError, OSError):  # not Linux, or older than 5.3
        descriptor = None
    threading.Thread(
        target=_watch, args=(pid, descriptor, parent), name=f"end-with-{pid}", daemon=True
    ).start()


def _watch(pid: int, descriptor: int | None, parent: int) -> None:
    if descriptor is not None:
        import select

        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll()
    else:
        while os.getppid() == parent and _alive(pid):
            time.sleep(PARENT_POLL_SECONDS)
    os._exit(0)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(kernel: str, output: str, *folders: str) -> None:
    """The words that it was started with (``launch.py``)."""
    run([int(kernel)], output, list(folders))


if __name__ == "__main__":
    main(*sys.argv[1:])
