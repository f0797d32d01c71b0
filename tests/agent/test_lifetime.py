"""When a pilot's time is over, and when its tasks are told."""

from __future__ import annotations

import pytest

from pilothouse.agent.lifetime import Lifetime


@pytest.mark.parametrize(
    ("walltime_seconds", "job_ends_at", "ends_at", "warns_at"),
    [
        (None, None, None, None),
        # Of the job, which began ten seconds before its agent.
        (600.0, None, 690.0, 630.0),
        # A little before its scheduler.
        (None, 700.0, 695.0, 635.0),
        (600.0, 700.0, 690.0, 630.0),
        (600.0, 500.0, 495.0, 435.0),
        # A short life is half warning at most.
        (50.0, None, 140.0, 120.0),
    ],
)
def test_the_first_limit_counts(
    walltime_seconds: float | None,
    job_ends_at: float | None,
    ends_at: float | None,
    warns_at: float | None,
) -> None:
    life = Lifetime(
        began=100.0,
        job_began=90.0,
        walltime_seconds=walltime_seconds,
        job_ends_at=job_ends_at,
        warn_seconds=60.0,
    )
    assert life.ends_at == ends_at
    assert life.warns_at == warns_at
