"""Where the bridge is, how it is started, and how Python talks to it.

Importing this package costs nothing: what needs `websockets` is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilothouse.bridge.client import BridgeClient
    from pilothouse.bridge.messages import Role

__all__ = ["connect", "ensure"]

#: How long a bridge may take to answer after it was started, in seconds.
START_TIMEOUT_SECONDS = 20.0


def ensure(timeout: float = START_TIMEOUT_SECONDS) -> None:
    """Return once a bridge answers, having started one if there was none.

    `timeout` is in seconds. Raises PilothouseError: node_missing, node_too_old,
    bridge_not_built, bridge_start_failed, folder_unsafe, path_too_long.
    """
    from pilothouse.bridge import starter

    starter.ensure(timeout)


def connect(
    role: Role, ensure: bool = True, timeout: float = START_TIMEOUT_SECONDS
) -> BridgeClient:
    """Connect to the bridge, starting it first if `ensure` and none answers.

    `timeout` is in seconds and covers the start. Raises what `ensure` raises, and
    PilothouseError bridge_unreachable or version_mismatch.
    """
    from pilothouse.bridge import client

    return client.connect(role, ensure=ensure, timeout=timeout)
