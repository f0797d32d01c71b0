"""A server that asks several questions in one round, with a heading: no OpenSSH does, others do.

A program: `several.py ADDRESS PORT FILE`, where FILE is JSON with the host key's path, the account,
and its secrets. Then it runs commands as the account. RFC 4256, 3.2 and 3.3; AsyncSSH.
"""

import asyncio
import contextlib
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from testbed.ssh.totp import code

HEADING = "Testbed sign-on"
INSTRUCTIONS = "Rules: https://testbed.invalid/rules\nAnswer all; the last may be left empty."
PROMPTS = [("Project: ", True), ("Password: ", False), ("Code: ", False), ("Remark: ", True)]
SETTINGS = json.loads(Path(sys.argv[3]).read_text())

Round = tuple[str, str, str, list[tuple[str, bool]]]


class Dialogue:
    """What is asked of one connection; its methods' names are those of asyncssh.SSHServer."""

    def __init__(self) -> None:
        self.user = ""
        self.welcomed = False

    def begin_auth(self, username: str) -> bool:
        """Whether anything is asked."""
        self.user = username
        return True

    def kbdint_auth_supported(self) -> bool:
        """It is the one method."""
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Round:
        """The first round."""
        return HEADING, INSTRUCTIONS, "", PROMPTS

    def validate_kbdint_response(self, username: str, responses: list[str]) -> Round | bool:
        """A second round, which asks nothing, as OpenSSH's last words do; then the end."""
        if self.welcomed:
            return True
        now = code(SETTINGS["totp"], time.time())
        if username != SETTINGS["user"] or responses[:3] != ["physics", SETTINGS["password"], now]:
            return False
        self.welcomed = True
        return "", "Welcome.", "", []


class Source(Protocol):
    """Of asyncio or of asyncssh."""

    async def read(self, n: int = -1, /) -> bytes:
        """Nothing: that was all."""


class Sink(Protocol):
    """Of asyncio or of asyncssh."""

    def write(self, data: bytes, /) -> None:
        """Takes it at once."""

    async def drain(self) -> None:
        """Waits until there is room for more."""


class Session(Protocol):
    """What is used of asyncssh.SSHServerProcess."""

    command: str | None
    stdin: Source
    stdout: Sink
    stderr: Sink

    def exit(self, status: int) -> None:
        """Ends it."""


async def carry(source: Source, sink: Sink) -> bool:
    """Carries all of it; False if it is not taken."""
    while piece := await source.read(65536):
        try:
            sink.write(piece)
            await sink.drain()
        except OSError:
            return False
    return True


async def serve(session: Session) -> None:
    """Runs one command, or a shell.

    Its streams are carried here, since AsyncSSH's own joining of them (2.10) throws, and with that
    ends the connection, where a client closes a channel a moment before the program's end is read.
    """
    number = str(SETTINGS["uid"])
    child = await asyncio.create_subprocess_exec(
        *("setpriv", "--reuid", number, "--regid", number, "--clear-groups", "--", "/bin/bash"),
        *(["-c", session.command] if session.command else []),
        cwd=SETTINGS["home"],
        env={"HOME": SETTINGS["home"], "USER": SETTINGS["user"], "PATH": "/usr/bin:/bin"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdin
    assert child.stdout
    assert child.stderr
    stdin = child.stdin

    async def feed() -> None:
        await carry(session.stdin, stdin)
        stdin.close()

    async def show(source: Source, sink: Sink) -> None:
        if not await carry(source, sink):
            child.kill()

    feeding = asyncio.create_task(feed())
    await asyncio.gather(show(child.stdout, session.stdout), show(child.stderr, session.stderr))
    status = await child.wait()
    feeding.cancel()
    with contextlib.suppress(OSError):  # closed meanwhile
        session.exit(status)


async def main(address: str, port: int) -> None:
    """Listens for ever."""
    asyncssh = importlib.import_module("asyncssh")  # Debian's, whose types are not known
    asyncssh.set_log_level("WARNING")
    await asyncssh.listen(
        address,
        port,
        server_factory=type("Server", (Dialogue, asyncssh.SSHServer), {}),
        server_host_keys=[SETTINGS["key"]],
        process_factory=serve,
        encoding=None,
        # Else not for a minute after it has closed a connection.
        reuse_address=True,
    )
    print(f"Server listening on {address} port {port}.", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
