"""What the keeper needs of an executor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .burial import Death
from .leases import Leases


@dataclass(frozen=True)
class Manager:
    """A worker pool as the interchange has it."""

    start: str
    block: str
    tasks: int


class Engine(Protocol):
    """An executor, seen from its keeper's thread."""

    executor_id: str
    leases: Leases
    asked_at: float
    """When pilots were asked for last (`time.monotonic`)."""

    def managers(self) -> Sequence[Manager]:
        """:raises CommandClientTimeoutError: the interchange does not answer."""

    def hold(self, start: str) -> None:
        """The interchange gives this pool no more tasks."""

    def bury(self, death: Death) -> None: ...

    def need_home(self) -> None:
        """A pool comes by a tunnel: starts what ends tunnels here, if it does not run."""

    def outstanding(self) -> int: ...

    def scale_out_facade(self, n: int) -> list[str]: ...

    def opening(self) -> Mapping[str, object]:
        """Params of ``executors.open`` with all that is true now."""

    def replay(self) -> None:
        """The bridge may be a new one: tells it the tasks again."""
