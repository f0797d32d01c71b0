"""What the threaded and the asyncio client do alike when they connect."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Final, TypedDict

from websockets.exceptions import InvalidStatus

from pilothouse.bridge import reach
from pilothouse.bridge.messages import BRIDGE_MESSAGE_BYTES, JsonObject, Role
from pilothouse.bridge.paths import Folders, folders
from pilothouse.bridge.version import version
from pilothouse.errors import PilothouseError


class Options(TypedDict):
    """Arguments that both of websockets' `unix_connect` take."""

    uri: str
    compression: None
    max_size: int
    ping_interval: None
    proxy: None
    user_agent_header: None
    close_timeout: float
    logger: logging.Logger


#: At DEBUG websockets writes each message, and some hold what a person has answered to a login.
_quiet = logging.getLogger(f"{__name__}.websockets")
_quiet.setLevel(logging.INFO)

#: For a socket of this machine: the bridge pings, compressing costs more
#: than it saves, a proxy variable of the environment is not for us.
OPTIONS: Final[Options] = {
    "uri": "ws://localhost/",
    "compression": None,
    "max_size": BRIDGE_MESSAGE_BYTES,
    "ping_interval": None,
    "proxy": None,
    "user_agent_header": None,
    # A bridge that hangs does not hold up a kernel that ends.
    "close_timeout": 2,
    "logger": _quiet,
}

#: How often an attempt that met a bridge between two states is made again, in seconds.
AGAIN_AFTER_SECONDS = 0.05


class Again(Exception):
    """The bridge was just ending, or just renewing its socket and secret: worth another try."""

    def __init__(self, error: PilothouseError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class Target:
    """Where to dial, and with what."""

    folders: Folders
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return str(self.folders.socket)

    def failed(self, error: Exception) -> Exception:
        """What to raise for `error` of websockets or the socket while dialling."""
        unreachable = reach.unreachable(self.folders, f"{type(error).__name__}: {error}")
        if isinstance(error, InvalidStatus) and error.response.status_code != 401:
            return unreachable
        # 401: the secret was renewed after it was read. All else: the bridge was just ending.
        return Again(unreachable)


def target() -> Target | None:
    """Where a living bridge is and its secret, or None if none answers."""
    where = reach.living(folders())
    if where is None:
        return None
    try:
        secret = reach.read_secret(where)
    except FileNotFoundError as error:
        raise Again(reach.unreachable(where, "it has no secret yet")) from error
    except OSError as error:
        problem = f"its secret cannot be read: {error.strerror}"
        raise reach.unreachable(where, problem) from error
    return Target(where, {"Authorization": f"Bearer {secret}"})


def nobody() -> PilothouseError:
    """The error for no bridge, where none is to be started."""
    return reach.unreachable(folders(), "none runs")


def hello(role: Role) -> JsonObject:
    """Params of `bridge.hello`."""
    return {"role": role, "version": version(), "pid": os.getpid()}


def refused(error: PilothouseError) -> Exception:
    """What to raise for a hello that was refused, or not answered: the bridge was just ending."""
    return Again(error) if error.code == "bridge_unreachable" else error
