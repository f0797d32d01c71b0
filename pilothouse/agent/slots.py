"""Which task each worker runs just now: one record a worker in a file mapped by all.

A worker writes its own record only and the agent reads all when it likes, so a task costs
no message and less than a microsecond. Each record carries a sum over its fields; a record
caught half written does not fit its sum and is read again. After the records stand a word by
which the agent closes the pilot for tasks, and the workers' process ids.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
from dataclasses import dataclass
from pathlib import Path

MOST_WORKERS = 4096
"""Records in a file at most; workers beyond it run unseen."""

_IDLE = -1
# a counter, HTEX's task id or _IDLE, microseconds since the epoch, the other three by XOR
_RECORD = struct.Struct("<qqqq")
_READS = 3
_WORD = struct.Struct("<i")
_OPEN, _CLOSED = 0, 1


def _size(workers: int) -> int:
    return workers * (_RECORD.size + _WORD.size) + _WORD.size


END_SIGNAL = int(getattr(signal, "SIGRTMIN", signal.SIGUSR2 - 7)) + 7
"""By this an agent interrupts a task: one that programs have no habit of using, where there is."""


@dataclass(frozen=True)
class Running:
    """A task that runs: ``started_at_ms`` is since the epoch, by the pilot's clock."""

    worker: int
    executor_task: int
    started_at_ms: float


class SlotFile:
    """The agent's side: makes the file and reads who is busy."""

    def __init__(self, path: Path, workers: int) -> None:
        """Makes the file for ``workers`` workers (at most :data:`MOST_WORKERS`).

        :raises OSError: if it cannot be made.
        """
        self._workers = max(1, min(workers, MOST_WORKERS))
        size = _size(self._workers)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, _RECORD.pack(0, _IDLE, 0, _IDLE) * self._workers, 0)
            os.ftruncate(descriptor, size)
            self._map = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        self._seen = b""
        self._running: tuple[Running, ...] = ()

    def read(self) -> tuple[Running, ...]:
        """All busy workers, by rank. A record that keeps changing is left out."""
        content = self._map[: self._workers * _RECORD.size]
        if content != self._seen:
            self._seen = content
            found = (self._record(worker) for worker in range(self._workers))
            self._running = tuple(running for running in found if running is not None)
        return self._running

    def close_for_tasks(self) -> list[int]:
        """From now on workers refuse tasks; returns the process ids of those that run one."""
        _WORD.pack_into(self._map, self._workers * _RECORD.size, _CLOSED)
        first = self._workers * _RECORD.size + _WORD.size
        busy = [first + each.worker * _WORD.size for each in self.read()]
        return [pid for at in busy if (pid := _WORD.unpack_from(self._map, at)[0]) > 0]

    def close(self) -> None:
        """Unmaps the file; the file itself stays with its folder."""
        self._map.close()

    def _record(self, worker: int) -> Running | None:
        content = self._seen
        for _ in range(_READS):
            count, task, started_us, total = _RECORD.unpack_from(content, worker * _RECORD.size)
            if count ^ task ^ started_us == total:
                return None if task == _IDLE else Running(worker, task, started_us / 1000)
            content = self._map[: self._workers * _RECORD.size]
        self._seen = b""  # look again next time, even if nothing else changes
        return None


class WorkerSlot:
    """A worker's side: its own record."""

    def __init__(self, path: str, worker: int) -> None:
        """Maps the file of the lease and marks this worker idle.

        :raises OSError: if the file cannot be opened.
        :raises ValueError: if the file has no record for this rank.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            workers = (size - _WORD.size) // (_RECORD.size + _WORD.size)
            if worker >= workers:
                raise ValueError(f"{path} has no record for worker {worker}")
            self._map = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        self._offset = worker * _RECORD.size
        self._closed_at = workers * _RECORD.size
        _WORD.pack_into(self._map, self._closed_at + (1 + worker) * _WORD.size, os.getpid())
        self._count = 0
        self.clear()

    def note(self, executor_task: int, started_at_ms: float) -> None:
        """This worker runs ``executor_task`` since ``started_at_ms``."""
        started_us = int(started_at_ms * 1000)
        self._count = count = self._count + 1
        _RECORD.pack_into(
            self._map, self._offset, count, executor_task, started_us,
            count ^ executor_task ^ started_us,
        )  # fmt: skip

    @property
    def closed(self) -> bool:
        """Whether the pilot is about to end and takes no task any more."""
        return self._map[self._closed_at] != _OPEN

    def clear(self) -> None:
        """This worker runs nothing."""
        self._count = count = self._count + 1
        _RECORD.pack_into(self._map, self._offset, count, _IDLE, 0, count ^ _IDLE)

    def close(self) -> None:
        """Unmaps the file."""
        self._map.close()
