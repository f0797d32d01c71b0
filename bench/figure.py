"""One figure, its peer and its goal, and how they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """`goal` bounds the ratio of ours to the peer's; without a peer it bounds ours."""

    name: str
    ours: float
    unit: str
    goal: float | None
    bound: Literal["at least", "at most"]
    peer: float | None = None
    #: What the peer is, or why there is none.
    peer_name: str = ""

    @property
    def measured(self) -> float:
        """What the goal is about."""
        return self.ours if self.peer is None else self.ours / self.peer

    @property
    def missed(self) -> bool:
        """Whether there is a goal and it is not reached."""
        if self.goal is None:
            return False
        good = (
            self.measured >= self.goal if self.bound == "at least" else self.measured <= self.goal
        )
        return not good

    def __str__(self) -> str:
        parts = [f"ours {self.ours:.4g} {self.unit}"]
        if self.peer is None:
            parts.append(f"peer: {self.peer_name}")
        else:
            parts.append(f"peer {self.peer:.4g} {self.unit} ({self.peer_name})")
            parts.append(f"ratio {self.measured:.2f}")
        sign = "≥" if self.bound == "at least" else "≤"
        unit = f" {self.unit}" if self.peer is None else ""
        goal = "no goal" if self.goal is None else f"goal {sign} {self.goal:g}{unit}"
        verdict = "" if self.goal is None else " MISSED" if self.missed else " ok"
        return f"{self.name}: {', '.join(parts)} ({goal}){verdict}"
