"""How an agent ends: the reason it says to the bridge and the exit code it leaves.

The code goes through the pilot's script into the file ``exit``, so that the reason is known
also where the bridge could not be told. Mirrored by ``AGENT_EXITS`` in src/protocol/agent.ts.
"""

from __future__ import annotations

from enum import Enum


class Ending(Enum):
    """(reason as in ``agent.ending``, exit code)."""

    FINISHED = ("finished", 0)
    IDLE = ("idle_timeout", 40)
    WALLTIME = ("walltime", 41)
    NO_CONTACT = ("no_contact", 42)
    REMOVED = ("removed", 43)
    REFUSED = ("failed", 44)
    """The bridge did not take this pilot (an older attempt, an expired secret)."""
    FAILED = ("failed", 45)
    """A fault of the agent itself; the log has the traceback."""
    BAD_FILE = ("failed", 46)
    """``pilot.json`` cannot be used."""

    @property
    def reason(self) -> str:
        """As ``agent.ending`` says it."""
        return self.value[0]

    @property
    def code(self) -> int:
        """The exit code of the agent's process."""
        return self.value[1]

    @staticmethod
    def of_reason(reason: str) -> Ending:
        """For what the bridge gives as reason; anything unknown is REMOVED."""
        for ending in (Ending.FINISHED, Ending.IDLE):
            if ending.reason == reason:
                return ending
        return Ending.REMOVED
