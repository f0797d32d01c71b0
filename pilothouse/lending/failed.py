"""What is left of an executor that cannot go on: the note that says why."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from ..asks import Blocks
from ..errors import PilothouseError
from .link import Client

logger = logging.getLogger(__name__)


class FailedExecutor:
    """Says to each new bridge that this executor has failed, as the one before it was told.

    :param opening: params of ``executors.open`` when it failed.
    """

    def __init__(self, opening: Mapping[str, object], error: PilothouseError) -> None:
        self._opening = {**opening, "ask": Blocks(0).wire(), "leases": [], "unfinished": 0}
        self._error = error

    def connected(self, client: Client) -> None:
        threading.Thread(
            target=self._say, args=(client,), name="pilothouse-failed", daemon=True
        ).start()

    def heard(self, method: str, params: dict[str, object]) -> None:
        """Nothing that a bridge says can help it."""

    @property
    def waits(self) -> bool:
        return False

    def _say(self, client: Client) -> None:
        executor = self._opening["executor"]
        try:
            client.request("executors.open", self._opening)
            client.request("executors.close", {"executor": executor, "failure": self._error.data()})
        except PilothouseError as error:
            logger.warning("A bridge was not told that executor %s has failed: %s", executor, error)
