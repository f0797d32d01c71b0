"""How an executor comes from the leases it holds to the number it may hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .leases import Lease, LeaseState

_COSTS = {
    LeaseState.asked: 0,
    LeaseState.lent: 1,
    LeaseState.starting: 1,
    LeaseState.registered: 2,
    LeaseState.draining: 2,
    LeaseState.ended: 0,
}


@dataclass(frozen=True)
class Steps:
    """What to do next.

    ``more`` leases are to be asked for; those in ``end`` have no pool and can go at once; those
    in ``hold`` have one: no new tasks for them, and they go when they have none left.
    """

    more: int
    end: tuple[Lease, ...]
    hold: tuple[Lease, ...]


def steps(held: Sequence[Lease], target: int, tasks: Mapping[str, int]) -> Steps:
    """What leads from ``held`` to ``target`` leases.

    :param held: leases that are not being given back, oldest first.
    :param tasks: the number of tasks of each pool start, as the interchange says.

    What is given up costs as little as it can: leases without a pilot before those whose pool is
    starting, then pools without tasks, then those with fewest; of equals the newest.
    """
    if target >= len(held):
        return Steps(target - len(held), (), ())

    def cost(numbered: tuple[int, Lease]) -> tuple[int, int, int]:
        age, lease = numbered
        return (_COSTS[lease.state], tasks.get(lease.start or "", 0), -age)

    cheapest = [lease for _, lease in sorted(enumerate(held), key=cost)]
    given_up = cheapest[: len(held) - target]
    has_pool = (LeaseState.registered, LeaseState.draining)
    return Steps(
        0,
        tuple(lease for lease in given_up if lease.state not in has_pool),
        tuple(lease for lease in given_up if lease.state in has_pool),
    )
