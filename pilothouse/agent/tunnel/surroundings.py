"""What an end of a tunnel needs of the process that it is in."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .end import End


class Surroundings(Protocol):
    """See :class:`.mux.Mux`, which is one."""

    selector: selectors.BaseSelector
    """Its keys' data are called when their sockets are ready."""

    def carry(self, frame: bytes) -> None:
        """Takes a frame to the bridge; one that cannot be taken is lost."""

    @property
    def crowded(self) -> bool:
        """Whether so much waits to be taken that no more should come."""

    def waits(self, end: End) -> None:
        """The end has more to send: ``pump`` is to be called when it is crowded no more."""

    def owes(self, end: End) -> None:
        """The end has to say within its time what it has taken: ``acknowledge`` is to be called."""

    def ended(self, end: End) -> None:
        """The end is over."""
