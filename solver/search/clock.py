"""How much time or work is left, and whether there is memory to go on.

With one worker every decision must hang on work done, not on the wall clock, so that
a seed reproduces a plan to the byte; the wall limit then only guards.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from solver.result import SolveLimits
from solver.search.memory import measure_resident_mb

_WORK_PER_SECOND = 0.3
"""Units of CP-SAT's deterministic time that a slow core surely does in a second."""


@dataclass
class Clock:
    """Counts wall seconds, and with one worker also deterministic work.

    wants_stop  whether the caller wants an end
    """

    limits: SolveLimits
    wants_stop: Callable[[], bool]
    _started: float = field(default_factory=time.perf_counter)
    _work: float = 0.0
    _was_out_of_memory: bool = False

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
        return self.wants_stop()

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the process ever held more than the limit.

        It stays so when memory is freed: going on would only fill it again.
        """
        limit = self.limits.memory_limit_mb
        if limit is not None and not self._was_out_of_memory:
            self._was_out_of_memory = measure_resident_mb() > limit
        return self._was_out_of_memory

    def should_stop(self) -> bool:
        """Whether to end at once, whatever time is left."""
        return self.stopped or self.is_out_of_memory

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

    def split(self, share: float, part: float) -> float:
        """Return the share of the time that ends after a part of what is left to `share`."""
        used = 1.0 - self.get_part_left()
        return used + part * max(0.0, share - used)

    def is_over(self, share: float) -> bool:
        """Whether a share of the whole time or work is used up, or all must end at once."""
        work = self.get_work_left(share)
        if work is None:
            return self.should_stop() or self.get_seconds_left(share) <= 0
        return self.should_stop() or work <= 0 or self.get_seconds_left(1.0) <= 0
