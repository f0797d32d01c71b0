"""Keepers with a pool that waits for a lease, and the zygote they are forked from."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .checked import mapping, optional
from .control import encode_message
from .lease import Lease
from .processes import IS_LINUX, NEUTRAL_FOLDER, descendants, has_ended, kill, strays

log = logging.getLogger(__name__)

START_VARIABLE = "PILOTHOUSE_START"
_SEND_SECONDS = 10.0
# The longest path of a unix socket is 107 bytes (unix(7)); multiprocessing puts its own at
# TMPDIR/pymp-xxxxxxxx/listener-xxxxxxxx
_LONGEST_TEMPORARY = 70


class Keeper:
    """The agent's end of one keeper: a standby first, then a leased pool, then gone."""

    def __init__(self, link: socket.socket, temporary: str) -> None:
        self.link = link
        self.ready = False
        self.pid: int | None = None
        self.start: str | None = None
        """The pool start it was lent to."""
        self.temporary = temporary
        """TMPDIR of all it starts; removed with it."""
        self._said = b""

    def lend(self, start: str, lease: Lease) -> None:
        """Gives the standby its lease.

        :raises OSError: if the keeper is gone.
        """
        self.start = start
        self.link.sendall(encode_message(lease.encode()))

    def stop(self) -> None:
        """Kills the pool and all it made; ``ended`` is heard when that is done."""
        with contextlib.suppress(OSError):  # its end is already on the way here
            self.link.shutdown(socket.SHUT_WR)

    def hear(self) -> list[dict[str, object]] | None:
        """What it has said since; None at its end."""
        try:
            data = self.link.recv(65536)
        except OSError:
            data = b""
        if not data:
            return None
        *lines, self._said = (self._said + data).split(b"\n")
        messages = [dict(mapping(json.loads(line), "a keeper's message")) for line in lines]
        for message in messages:
            if message["kind"] == "keeper":
                self.pid = optional(message, "pid", int, "a keeper's message")
            self.ready = self.ready or message["kind"] == "ready"
        return messages

    def bury(self) -> None:
        """After its end: closes the link, and does the work of a keeper that was killed."""
        self.link.close()
        if self.pid is not None:
            mark = f"{START_VARIABLE}={self.start}".encode()
            until = time.monotonic() + _SEND_SECONDS
            # those the keeper had adopted become children of the agent, a subreaper as well
            # and that only once it has ended, which is after its end of the link was closed
            while time.monotonic() < until and (
                (left := strays(self.pid, mark)) or not has_ended(self.pid)
            ):
                for orphan in list(left):
                    left |= descendants(orphan)
                kill(left)
                for orphan in left:
                    _reap(orphan)
                time.sleep(0.005)
        shutil.rmtree(self.temporary, ignore_errors=True)  # as a rule the keeper has done it


def _reap(process: int) -> None:
    with contextlib.suppress(ChildProcessError):  # not a child itself; its parent was killed too
        os.waitpid(process, os.WNOHANG)


class Standbys:
    """Has one keeper waiting whenever it can; pools are forked where that is safe, else started.

    :param watch: called with each new keeper, and with the zygote's link, to be selected on.
    """

    def __init__(
        self,
        folder: Path,
        archive: str,
        watch: Callable[[socket.socket, Callable[[], None]], None],
        unwatch: Callable[[socket.socket], None],
        adopt: Callable[[Keeper], None],
    ) -> None:
        self.problem: str | None = None
        """Why Parsl cannot be imported; no pool can start then."""
        self.decided = False
        """Whether it is known how pools start."""
        self._folder = folder
        self._watch = watch
        self._unwatch = unwatch
        self._adopt = adopt
        self._waiting: list[Keeper] = []
        self._closed = False
        self._environment = dict(os.environ)
        python_path = self._environment.get("PYTHONPATH")
        self._environment["PYTHONPATH"] = (
            archive if not python_path else f"{archive}{os.pathsep}{python_path}"
        )
        self._zygote: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        if IS_LINUX:
            self._start_zygote()
        else:
            # macOS's frameworks break in a fork without exec (multiprocessing's documentation)
            log.info("pools start as plain children: forking is not safe on %s", sys.platform)
            self.decided = True

    @property
    def starts(self) -> str:
        """``zygote`` or ``plain``, as ``agent.hello`` says it."""
        return "zygote" if self._requests is not None else "plain"

    def take(self) -> Keeper:
        """A keeper to lend: one that is ready if there is, else one in the making.

        :raises OSError: if none can be made.
        """
        self._waiting.sort(key=lambda keeper: not keeper.ready)
        return self._waiting.pop(0) if self._waiting else self._make()

    @property
    def wanted(self) -> bool:
        """Whether no standby waits and one can be made."""
        return not self._waiting and self.decided and self.problem is None and not self._closed

    def refill(self) -> None:
        """Makes a standby if none waits.

        :raises OSError: if that is not possible.
        """
        if self.wanted:
            self._waiting.append(self._make())

    def lost(self, keeper: Keeper) -> None:
        """A keeper ended before it was lent."""
        if keeper in self._waiting:
            self._waiting.remove(keeper)

    def close(self) -> None:
        """Ends zygote and standbys."""
        self._closed = True
        for keeper in self._waiting:
            keeper.stop()
        self._bury_zygote()

    def _start_zygote(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._zygote = self._python("zygote", its)
        self._requests = ours
        self._watch(ours, self._hear_zygote)

    def _python(self, module: str, link: socket.socket, *more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.{module}", str(link.fileno()), *more],
            env=self._environment,
            cwd=NEUTRAL_FOLDER,
            stdin=subprocess.DEVNULL,
            pass_fds=[link.fileno()],
            start_new_session=True,
        )

    def _hear_zygote(self) -> None:
        assert self._requests is not None
        try:
            content = self._requests.recv(8192)
        except OSError:
            content = b""
        message = mapping(json.loads(content), "the zygote's message") if content else {}
        self.decided = True
        if message.get("kind") == "ready":
            log.info("Parsl is imported; pools start from the zygote")
            return
        if message.get("kind") == "failed":
            self.problem = str(message.get("words", ""))
            log.error("Parsl cannot be imported: %s", self.problem)
        else:
            log.warning("the zygote is gone; pools start as plain children from now on")
        self._bury_zygote()

    def _bury_zygote(self) -> None:
        """Closes its link, at which it ends if it still runs, and waits for that."""
        if self._requests is not None:
            self._unwatch(self._requests)
            self._requests.close()
            self._requests = None
        if self._zygote is not None:
            self._zygote.wait()
            self._zygote = None

    def _make(self) -> Keeper:
        temporary = tempfile.mkdtemp(prefix="ph-", dir=self._temporary_base())
        ours, its = socket.socketpair()
        with its:
            if self._requests is not None:
                try:
                    socket.send_fds(self._requests, [temporary.encode()], [its.fileno()])
                except OSError as problem:
                    # its end of file follows; until then
                    log.warning("the zygote does not answer (%s); a plain child instead", problem)
                    self._plain(its, temporary)
            else:
                self._plain(its, temporary)
        ours.settimeout(_SEND_SECONDS)
        keeper = Keeper(ours, temporary)
        self._adopt(keeper)
        return keeper

    def _plain(self, link: socket.socket, temporary: str) -> None:
        process = self._python("keeper", link, temporary)
        process.returncode = 0  # reaped with all other children, see Agent

    def _temporary_base(self) -> str | None:
        for base in (str(self._folder / "tmp"), tempfile.gettempdir()):
            if len(os.fsencode(base)) + len("/ph-xxxxxxxx") <= _LONGEST_TEMPORARY:
                os.makedirs(base, mode=0o700, exist_ok=True)
                return base
        return "/tmp"
