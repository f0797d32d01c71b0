"""How long a pilot lives, whatever it does."""

from __future__ import annotations

from dataclasses import dataclass

_BEFORE_SCHEDULER_SECONDS = 5.0
"""A pilot ends this long before its scheduler would end it, to do so in good order."""

_BEFORE_FORCE_SECONDS = 1.0


@dataclass(frozen=True)
class Lifetime:
    """All times are of the loop's clock, in seconds."""

    began: float
    """When the agent did."""
    job_began: float
    """When its job's script did. The scheduler counts setup, too (HTCondor's
    allowed_execute_duration)."""
    walltime_seconds: float | None
    """By the profile, of the job; None: without limit."""
    job_ends_at: float | None
    """When the scheduler ends the job; None: it has not said."""
    warn_seconds: float
    """How long before the end running tasks are told."""

    @property
    def ends_at(self) -> float | None:
        """By its profile, or before its scheduler would end it; None: by neither."""
        ends = []
        if self.walltime_seconds is not None:
            ends.append(self.job_began + self.walltime_seconds)
        if self.job_ends_at is not None:
            ends.append(self.job_ends_at - _BEFORE_SCHEDULER_SECONDS)
        return min(ends, default=None)

    def at_most(self, until: float) -> float:
        """Until then, or until shortly before the scheduler ends the job by force."""
        if self.job_ends_at is None:
            return until
        return min(until, self.job_ends_at - _BEFORE_FORCE_SECONDS)

    @property
    def warns_at(self) -> float | None:
        """When running tasks are told; a short life is not all warning."""
        ends_at = self.ends_at
        if ends_at is None:
            return None
        return max(ends_at - self.warn_seconds, (self.began + ends_at) / 2)
