"""A process that has Parsl imported and forks keepers with a standby pool, on request.

``python -m pilothouse_agent.zygote FD``; FD is a SOCK_SEQPACKET socket. It first says
``ready`` or ``failed``; each request is the temporary folder's path and one descriptor, the
new keeper's end of its socket to the agent. It has one thread, so forking is safe.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import NoReturn

from .keeper import keep
from .pool_process import serve
from .processes import die_with_parent

_REQUEST_BYTES = 8192


def fork_pool(pool_end: socket.socket) -> int:
    """A fork of this process that waits for the lease."""
    process = os.fork()
    if process:
        return process
    _in_child(functools.partial(_pool, pool_end))


def _pool(pool_end: socket.socket) -> None:
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for restored in (
        signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE,
    ):  # fmt: skip
        signal.signal(restored, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python itself does
    die_with_parent()
    # only this socket of all that the keeper and the zygote hold
    own = pool_end.fileno()
    os.closerange(3, own)
    os.closerange(own + 1, 1024)
    serve(pool_end, forked=True)


def _keeper(requests: socket.socket, agent: socket.socket, temporary: str) -> None:
    requests.close()
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    tempfile.tempdir = None  # TMPDIR is about to be another
    keep(agent, temporary, fork_pool)


def _in_child(body: Callable[[], None]) -> NoReturn:
    """Runs ``body`` as the whole of a forked child: neither returns nor unwinds into the parent."""
    code = 1
    try:
        body()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001 - the last frame of this process: print, then leave
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> int:
    """Serves requests until the agent closes its end."""
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the keepers
    requests = socket.socket(fileno=int(sys.argv[1]))
    try:
        from . import preload  # noqa: F401
    except BaseException as problem:  # noqa: BLE001 - whatever Parsl's import raises is the news
        words = "".join(traceback.format_exception_only(type(problem), problem)).strip()
        requests.send(json.dumps({"kind": "failed", "words": words[:3000]}).encode())
        return 1
    requests.send(json.dumps({"kind": "ready"}).encode())
    while True:
        content, descriptors, _, _ = socket.recv_fds(requests, _REQUEST_BYTES, 1)
        if not content:
            return 0
        agent = socket.socket(fileno=descriptors[0])
        if os.fork() == 0:
            _in_child(functools.partial(_keeper, requests, agent, content.decode()))
        agent.close()


if __name__ == "__main__":
    sys.exit(main())
