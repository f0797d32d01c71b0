"""Which of several addresses of home is dialled next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Rotation:
    """All in turn, as they are listed; once one has worked, that one first and every second time.

    Names by which only other nodes know a machine, and ways home that are closed just now, may each
    take seconds to fail: after a cut they must not come before the way that was just open.
    """

    def __init__(self) -> None:
        self._tried = 0
        self._since_lost = 0
        self._dialled: object = None
        self._worked: object = None

    def next(self, addresses: Sequence[T]) -> T:
        """The one to be dialled now; `addresses` may be others than the last time, but not none."""
        others = [address for address in addresses if address != self._worked]
        has_worked = len(others) < len(addresses)
        if has_worked and (self._since_lost % 2 == 0 or not others):
            found = next(address for address in addresses if address == self._worked)
        else:
            found = others[self._tried % len(others)]
            self._tried += 1
        self._since_lost += 1
        self._dialled = found
        return found

    def worked(self) -> None:
        """The bridge has welcomed this pilot at the address that was given last."""
        self._worked = self._dialled
        self._since_lost = 0
