"""A pool's keeper: leads its session, and leaves no process and no temporary folder behind.

It holds one end of a socket whose other end only the agent has. A lease comes down it; its
end of file, be it because the agent says stop or because the agent was killed, ends the
pool. As a subreaper (Linux) it gets every descendant that lost its parent, also those that
left the session; it goes when none is left. Up go lines of JSON: ``keeper`` (its pid),
``ready``, ``running``, ``ended`` (the pool's exit code).
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

from .control import encode_message, receive_message
from .lease import Lease
from .pool_process import READY, RUNNING
from .processes import become_subreaper, end_descendants, kill_group

MakePool = Callable[[socket.socket], int]
"""Starts the pool's process, in a process group of its own, given its end of a socket."""


def keep(agent: socket.socket, temporary: str, make_pool: MakePool) -> None:
    """Runs one pool to its end; the process must be single-threaded and a session leader."""
    become_subreaper()
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(ignored, signal.SIG_IGN)  # the agent decides; its death is enough of a word
    woken, wake = socket.socketpair()
    woken.setblocking(False)
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    os.environ["TMPDIR"] = temporary
    pool_end, pool = socket.socketpair()
    _say(agent, {"kind": "keeper", "pid": os.getpid()})
    process = make_pool(pool_end)
    pool_end.close()
    keeping = _Keeping(agent, pool, process)
    with selectors.DefaultSelector() as selector:
        selector.register(agent, selectors.EVENT_READ, keeping.from_agent)
        selector.register(pool, selectors.EVENT_READ, keeping.from_pool)
        selector.register(woken, selectors.EVENT_READ, lambda: keeping.reap(woken))
        while not keeping.over:
            for key, _ in selector.select():
                key.data()
                if key.fileobj is pool and keeping.pool_silent:
                    selector.unregister(pool)
    kill_group(process)
    left = end_descendants()
    for path in (temporary, *keeping.secrets):
        shutil.rmtree(path, onerror=_say_why)
    if left:
        _report(f"processes {sorted(left)} cannot be ended")
    _say(agent, {"kind": "ended", "exitCode": keeping.exit_code})


class _Keeping:
    """What a keeper knows of its pool."""

    def __init__(self, agent: socket.socket, pool: socket.socket, process: int) -> None:
        self.over = False
        self.pool_silent = False
        self.exit_code: int | None = None
        self.secrets: list[str] = []
        self._agent = agent
        self._pool = pool
        self._process = process

    def from_agent(self) -> None:
        try:
            content = receive_message(self._agent)
            if content is not None:
                self.secrets.append(Lease.decode(content).certificates)
                self._pool.sendall(encode_message(content))
        except (OSError, ValueError) as error:
            _report(f"the lease was not passed on: {error}")
            content = None
        self.over = self.over or content is None

    def from_pool(self) -> None:
        try:
            said = self._pool.recv(4096)
        except OSError:
            said = b""
        self.pool_silent = not said
        for line, kind in ((READY, "ready"), (RUNNING, "running")):
            if line in said:
                _say(self._agent, {"kind": kind})

    def reap(self, woken: socket.socket) -> None:
        try:
            while woken.recv(4096):
                pass
        except BlockingIOError:
            pass  # read to the end
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.over = True
                return
            if process == 0:
                return
            if process == self._process:
                self.exit_code = os.waitstatus_to_exitcode(status)
                self.over = True


def _say(agent: socket.socket, message: dict[str, object]) -> None:
    with contextlib.suppress(OSError):  # the agent is gone; its end of file ends this keeper
        agent.sendall(json.dumps(message).encode() + b"\n")


def _report(text: str) -> None:
    sys.stderr.write(f"keeper {os.getpid()}: {text}\n")
    sys.stderr.flush()


def _say_why(_: object, path: str, problem: tuple[object, BaseException, object]) -> None:
    if not isinstance(problem[1], FileNotFoundError):
        _report(f"{path} stays: {problem[1]}")


def start_plain_pool(pool_end: socket.socket) -> int:
    """A fresh interpreter that imports Parsl and waits for the lease."""
    process = subprocess.Popen(
        [sys.executable, "-m", __package__ + ".pool_process", str(pool_end.fileno())],
        pass_fds=[pool_end.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=False,
        preexec_fn=_restore_signals,  # safe: this process has one thread
    )
    process.returncode = 0  # reaped by the keeper's own loop
    return process.pid


def _restore_signals() -> None:
    os.setpgid(0, 0)
    for restored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(restored, signal.SIG_DFL)


def main() -> NoReturn:
    """``python -m pilothouse_agent.keeper FD TEMPORARY``: the keeper of a plain pool."""
    with socket.socket(fileno=int(sys.argv[1])) as agent:
        keep(agent, sys.argv[2], start_plain_pool)
    sys.exit(0)


if __name__ == "__main__":
    main()
