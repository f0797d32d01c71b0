"""Parsl's provider over leases: a block is a lease, not a job."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable, Sequence

from parsl.executors.status_handling import BlockProviderExecutor
from parsl.jobs.states import JobState, JobStatus
from parsl.providers.base import ExecutionProvider

from ..asks import LEASES_PER_EXECUTOR
from .leases import Lease, Leases, LeaseState

_STATES = {
    LeaseState.asked: JobState.PENDING,
    LeaseState.lent: JobState.PENDING,
    LeaseState.starting: JobState.PENDING,
    LeaseState.registered: JobState.RUNNING,
    LeaseState.draining: JobState.RUNNING,
    LeaseState.ended: JobState.SCALED_IN,
}


def never_bad(executor: BlockProviderExecutor, status: dict[str, JobStatus]) -> None:
    """Parsl's handlers make an executor bad for ever after some failed blocks; ours wait for the
    pool, which says why it does not get pilots."""


class PilothouseProvider(ExecutionProvider):
    """Lends blocks of a pool. Nothing here waits: the bridge is told by another thread.

    :param pool: the pool's name, for people.
    :param leases: the executor's table.
    :param asked: called with each new lease.
    :param given_back: called with the leases that Parsl cancels.

    How many blocks there are is the bridge's decision (docs/architecture.md). The limits here
    keep Parsl's own strategies from joining in where a person's Config names one: none of them
    scales out at ``max_blocks`` or in at ``min_blocks`` (parsl/jobs/strategy.py).
    """

    def __init__(
        self,
        pool: str,
        leases: Leases,
        asked: Callable[[Lease], None],
        given_back: Callable[[list[Lease]], None],
    ) -> None:
        super().__init__()
        self.pool = pool
        self._leases = leases
        self._asked = asked
        self._given_back = given_back
        self.init_blocks = 0
        self.min_blocks = LEASES_PER_EXECUTOR
        self.max_blocks = 0
        self.nodes_per_block = 1
        self.parallelism = 1.0
        self.resources = {}

    def submit(self, command: str, tasks_per_node: int, job_name: str = "parsl.auto") -> str:
        """Asks for a lease and returns its id at once."""
        name = f"l-{secrets.token_hex(8)}"
        lease = Lease(name, shlex.split(command), block=job_name.rpartition("-")[2])
        self._leases.add(lease)
        self._asked(lease)
        return name

    def status(self, job_ids: Sequence[object]) -> list[JobStatus]:
        """From memory; RUNNING only once the interchange has the pool."""
        return [self._status(str(one)) for one in job_ids]

    def _status(self, name: str) -> JobStatus:
        lease = self._leases.get(name) or self._leases.ended(name)
        if lease is None:
            return JobStatus(JobState.SCALED_IN)
        state = JobState.FAILED if lease.lost else _STATES[lease.state]
        return JobStatus(state, lease.words or None)

    def cancel(self, job_ids: Sequence[object]) -> list[bool]:
        """Gives leases back; one that has ended already is no failure."""
        gone = self._leases.end([str(one) for one in job_ids])
        if gone:
            self._given_back(gone)
        return [True for _ in job_ids]

    @property
    def label(self) -> str:
        return self.pool

    @property
    def status_polling_interval(self) -> int:
        """Seconds. Not 0, which would exclude the executor from Parsl's cleanup."""
        return 1

    def __repr__(self) -> str:
        return f"PilothouseProvider(pool={self.pool!r})"
