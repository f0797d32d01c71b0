"""Starting the bridge (docs/architecture.md, "Starting the bridge")."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from pilothouse.bridge import lock, reach
from pilothouse.bridge.node import find_node
from pilothouse.bridge.paths import STATE_VARIABLE, Folders, folders, machine
from pilothouse.bridge.version import version
from pilothouse.errors import PilothouseError

#: Another `bridge.js`, for development.
BRIDGE_VARIABLE = "PILOTHOUSE_BRIDGE"
#: JSON that replaces some of TIMES (src/protocol/limits.ts), for tests.
TIMES_VARIABLE = "PILOTHOUSE_TIMES"
#: Where in a submission the bridge ends itself (src/bridge/tokens.ts), for tests.
DIE_AT_VARIABLE = "PILOTHOUSE_DIE_AT"

#: How often a bridge that is starting is looked for.
_LOOK_EVERY_SECONDS = 0.02
#: Of the log, in an error.
_WORDS_LINES = 20
_WORDS_CHARS = 4000

#: Credentials of the process that happens to start the bridge, which outlives it, and what would
#: change how Node runs. All else is kept: schedulers' commands need their environment.
_NOT_INHERITED = (
    "CONFIGPROXY_AUTH_TOKEN",
    "JPY_API_TOKEN",
    "JUPYTERHUB_API_TOKEN",
    "JUPYTER_TOKEN",
    "NODE_CHANNEL_FD",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
)


def ensure(timeout: float) -> None:
    """Return once a bridge answers, having started one if there was none.

    `timeout` is in seconds. Any number of processes may do this at once: one gets the lock and
    starts the bridge, the others wait for its socket, and take over if its bridge dies.
    """
    where = folders()
    if reach.living(where) is not None:
        return
    deadline = time.monotonic() + timeout
    started: _Start | None = None
    while True:
        if started is None:
            descriptor = _take_lock(where)
            if descriptor is not None:
                try:
                    started = _start(where, descriptor)
                finally:
                    os.close(descriptor)
        elif not lock.is_held(where.lock):
            raise started.failure("it ended before it listened")
        if reach.living(where) is not None:
            return
        if time.monotonic() >= deadline:
            problem = f"it did not listen within {timeout:g} s"
            if started is not None:
                raise started.failure(problem)
            problem = f"{where.lock} is held, but nobody listened within {timeout:g} s"
            raise reach.unreachable(where, problem)
        time.sleep(_LOOK_EVERY_SECONDS)


def wait_until_ended(timeout: float) -> None:
    """Return once no bridge lives. Raises PilothouseError bridge_unreachable after `timeout` s."""
    where = folders()
    deadline = time.monotonic() + timeout
    while lock.is_held(where.lock):
        if time.monotonic() >= deadline:
            raise reach.unreachable(where, f"it was asked to end and lives on after {timeout:g} s")
        time.sleep(_LOOK_EVERY_SECONDS)


def _take_lock(where: Folders) -> int | None:
    try:
        return lock.take(where.lock)
    except OSError as error:
        raise PilothouseError(
            "folder_unsafe",
            {
                "folder": str(where.state),
                "problem": f"bridge.lock in it cannot be locked: {error.strerror}",
                "variable": STATE_VARIABLE,
            },
            machine(),
        ) from error


class _Start:
    """One start of a bridge: what was run, and where its words begin in the log."""

    def __init__(self, where: Folders, command: list[str], log_offset: int) -> None:
        self._where = where
        self._command = command
        self._log_offset = log_offset

    def failure(self, problem: str) -> PilothouseError:
        return PilothouseError(
            "bridge_start_failed",
            {
                "command": shlex.join(self._command),
                "log": str(self._where.log),
                "problem": problem,
            },
            machine(),
            self._words(),
        )

    def _words(self) -> str:
        try:
            with self._where.log.open("rb") as log:
                # The bridge may have begun a new log since.
                if os.fstat(log.fileno()).st_size >= self._log_offset:
                    log.seek(self._log_offset)
                text = log.read(1 << 20).decode(errors="replace")
        except OSError as error:
            return f"{self._where.log}: {error.strerror}"
        return "\n".join(text.splitlines()[-_WORDS_LINES:])[-_WORDS_CHARS:]


def _start(where: Folders, descriptor: int) -> _Start:
    """Start the bridge with the locked `descriptor` as its standard input."""
    command = _command(where)
    lock.write_runtime(descriptor, where.runtime)
    log = os.open(
        where.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
    )
    try:
        start = _Start(where, command, os.fstat(log).st_size)
        detach = str(Path(__file__).with_name("detach.py"))
        try:
            subprocess.run(
                [sys.executable, "-I", "-S", detach, *command],
                stdin=descriptor,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise start.failure(str(error)) from error
        return start
    finally:
        os.close(log)


def _command(where: Folders) -> list[str]:
    from jupyter_core.paths import jupyter_config_dir, jupyter_path

    from pilothouse.agent import archive

    script = _script()
    node = find_node()
    user_profiles = os.path.join(jupyter_config_dir(), "pilothouse", "profiles")
    command = [
        str(node),
        str(script),
        "--state-dir",
        str(where.state),
        "--runtime-dir",
        str(where.runtime),
        "--agent",
        str(archive.build(where.state)),
        "--relay",
        str(Path(__file__).parent.parent / "relay"),
        "--python",
        sys.executable,
        "--version",
        version(),
        "--profiles-user",
        user_profiles,
        "--profiles-site",
        *jupyter_path("pilothouse", "profiles"),
    ]
    times = os.environ.get(TIMES_VARIABLE)
    if times:
        command += ["--times", times]
    die_at = os.environ.get(DIE_AT_VARIABLE)
    return [*command, "--die-at", die_at] if die_at else command


def _script() -> Path:
    chosen = os.environ.get(BRIDGE_VARIABLE)
    script = Path(chosen).absolute() if chosen else Path(__file__).with_name("bridge.js")
    if not script.is_file():
        raise PilothouseError("bridge_not_built", {"path": str(script)}, machine())
    return script


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
