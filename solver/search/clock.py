"""How much time or work is left.

With one worker every decision must hang on work done, not on the wall clock, so that
a seed reproduces a plan to the byte; the wall limit then only guards.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from solver.result import SolveLimits

_WORK_PER_SECOND = 0.3
"""Units of CP-SAT's deterministic time that a slow core surely does in a second."""


@dataclass
class Clock:
    """Counts wall seconds, and with one worker also deterministic work."""

    limits: SolveLimits
    should_stop: Callable[[], bool]
    _started: float = field(default_factory=time.perf_counter)
    _work: float = 0.0

    @property
    def elapsed_s(self) -> float:
        """Wall seconds so far."""
        return time.perf_counter() - self._started

    @property
    def _work_limit(self) -> float:
        if self.limits.work_limit is not None:
            return self.limits.work_limit
        return self.limits.time_limit_s * _WORK_PER_SECOND

    @property
    def counts_work(self) -> bool:
        return self.limits.workers == 1

    @property
    def stopped(self) -> bool:
        """Whether the caller wants an end."""
        return self.should_stop()

    def add_work(self, work: float) -> None:
        """Book deterministic work."""
        self._work += work

    def get_seconds_left(self, share: float) -> float:
        """Return the wall seconds left of a share of the whole time."""
        return self.limits.time_limit_s * share - self.elapsed_s

    def get_work_left(self, share: float) -> float | None:
        """Return the work left of a share of the whole, None where the wall clock rules."""
        if not self.counts_work:
            return None
        return self._work_limit * share - self._work

    def get_part_left(self) -> float:
        """Return the part of the whole time or work that is left, in [0, 1]."""
        work = self.get_work_left(1.0)
        if work is None:
            left = self.get_seconds_left(1.0) / self.limits.time_limit_s
        else:
            left = work / self._work_limit
        return min(1.0, max(0.0, left))

    def is_over(self, share: float) -> bool:
        """Whether a share of the whole time or work is used up, or the caller stopped."""
        work = self.get_work_left(share)
        if work is None:
            return self.stopped or self.get_seconds_left(share) <= 0
        return self.stopped or work <= 0 or self.get_seconds_left(1.0) <= 0
