"""What HTEX's pool gets for ``parsl.multiprocessing.SpawnContext``: processes of ours, and
cheaper ways for them to share what they share.

For each task a stock worker asks a server process twice, to note the task as its own and to
take the note back, and each of its messages goes by a thread: together half of the time that a
pilot spends on a short task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from ctypes import c_int64
from multiprocessing.context import BaseContext
from typing import Protocol

from .pool_queue import PoolQueue
from .slots import MOST_WORKERS

_NONE = -1


class _Numbers(Protocol):
    """Integers in memory that processes share."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


class TasksInProgress(MutableMapping[int, Mapping[str, int]]):
    """HTEX's task by worker. Of a task its ``task_id`` is kept, which is all that is asked for:
    when a worker dies, its manager fails that task.

    Each worker writes its own number only, and its manager when it is dead.
    """

    def __init__(self, context: BaseContext) -> None:
        self._ids: _Numbers = context.RawArray(c_int64, [_NONE] * MOST_WORKERS)

    def __setitem__(self, worker: int, task: Mapping[str, int]) -> None:
        self._ids[worker] = task["task_id"]

    def __getitem__(self, worker: int) -> Mapping[str, int]:
        task = self._ids[worker]
        if task == _NONE:
            raise KeyError(worker)
        return {"task_id": task}

    def __delitem__(self, worker: int) -> None:
        self._ids[worker] = _NONE

    def __iter__(self) -> Iterator[int]:
        return (worker for worker in range(MOST_WORKERS) if self._ids[worker] != _NONE)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class PoolManager:
    """What HTEX has made by a multiprocessing manager, without that manager's server process."""

    def __init__(self, context: BaseContext) -> None:
        self._context = context

    def dict(self) -> TasksInProgress:
        """Which worker has which task."""
        return TasksInProgress(self._context)

    def Queue(self) -> PoolQueue:
        """Of what Parsl's resource monitoring says."""
        return PoolQueue(self._context)


class PoolContext:
    """A context of multiprocessing, but for what is named here."""

    def __init__(self, context: BaseContext) -> None:
        self._context = context

    def Queue(self) -> PoolQueue:
        """Of tasks to the workers, and of results from them."""
        return PoolQueue(self._context)

    def Manager(self) -> PoolManager:
        """See there."""
        return PoolManager(self._context)

    def __getattr__(self, name: str) -> object:
        return getattr(self._context, name)
