"""Questions to the interchange, each with a time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import zmq
from parsl.executors.high_throughput.errors import CommandClientBadError, CommandClientTimeoutError

from .engine import Manager

COMMAND_SECONDS = 5.0
"""The interchange answers in milliseconds, unless it is stopped or gone."""

BIND_TRIES = 50
BIND_PAUSE_SECONDS = 0.01


class CommandClient(Protocol):
    """What is used of ``parsl.executors.high_throughput.zmq_pipes.CommandClient``."""

    zmq_socket: zmq.Socket[bytes]
    ok: bool

    def run(self, message: object, max_retries: int = 3, timeout_s: float | None = None) -> object:
        """:raises CommandClientTimeoutError: and from then on CommandClientBadError always."""

    def create_socket_and_bind(self) -> None: ...


class Commands:
    """HTEX's command client, of use again after a question that was not answered.

    All raise CommandClientTimeoutError where the interchange does not answer.
    """

    def __init__(self, client: Callable[[], CommandClient]) -> None:
        self._client = client
        self._lock = threading.Lock()

    def rows(self) -> list[dict[str, object]]:
        """Parsl's description of each manager."""
        rows = self._run("MANAGERS")
        return rows if isinstance(rows, list) else []

    def managers(self) -> list[Manager]:
        """The worker pools that the interchange has."""
        return [
            Manager(str(row["manager"]), str(row["block_id"]), tasks)
            for row in self.rows()
            if isinstance(tasks := row["tasks"], int)
        ]

    def blocks(self) -> list[str]:
        """Blocks that ever had a manager."""
        blocks = self._run("CONNECTED_BLOCKS")
        return blocks if isinstance(blocks, list) else []

    def hold(self, start: str) -> None:
        """The pool gets no more tasks."""
        self._run(["HOLD_MANAGER", start])

    def _run(self, message: object) -> object:
        with self._lock:
            client = self._client()
            try:
                return client.run(message, timeout_s=COMMAND_SECONDS)
            except (CommandClientTimeoutError, CommandClientBadError, zmq.ZMQError) as error:
                _revive(client)
                raise CommandClientTimeoutError(str(error)) from error


def _revive(client: CommandClient) -> None:
    """Parsl's client refuses all that follows one unanswered question, although the interchange
    may only have been stopped for a while. It can bind its port anew, once ZMQ has let go of it.
    """
    client.zmq_socket.close()
    for _ in range(BIND_TRIES):
        try:
            client.create_socket_and_bind()
        except zmq.ZMQError:
            client.zmq_socket.close()
            time.sleep(BIND_PAUSE_SECONDS)
        else:
            client.ok = True
            return
    client.ok = False  # the next question tries again
