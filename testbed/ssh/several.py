"""A server that asks several questions in one round, with a heading: no OpenSSH does, others do.

A program: `several.py ADDRESS PORT FILE`, where FILE is JSON with the host key's path, the account,
and its secrets. Then it runs commands as the account. RFC 4256, 3.2 and 3.3; AsyncSSH.
"""

import asyncio
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


class Session(Protocol):
    """What is used of asyncssh.SSHServerProcess."""

    command: str | None

    async def redirect(self, stdin: object, stdout: object, stderr: object) -> None:
        """Joins its streams with a process's."""

    def exit(self, status: int) -> None:
        """Ends it."""


async def serve(session: Session) -> None:
    """Runs one command, or a shell."""
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
    await session.redirect(child.stdin, child.stdout, child.stderr)
    session.exit(await child.wait())


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
    )
    print(f"Server listening on {address} port {port}.", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
