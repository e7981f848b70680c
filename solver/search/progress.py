"""Value and bound of the tier being raised."""

from __future__ import annotations

from collections.abc import Callable

from solver.search.ascent import Goal

Report = Callable[[int, int], None]
"""Takes a value and a bound, what pins bring included."""


class TierProgress:
    """The bound and value of the tier being raised, told to whoever watches."""

    def __init__(self, goal: Goal, bound: int, gap: float, shift: int, report: Report) -> None:
        self.goal = goal
        self.bound = bound
        self._gap, self._shift, self._report = gap, shift, report
        self._value = 0
        self._told: tuple[int, int] | None = None

    def tell(self, value: int) -> None:
        """Say what the plan scores now."""
        self._value = value
        now = (value + self._shift, self.bound + self._shift)
        if now != self._told:
            self._told = now
            self._report(*now)

    def hear(self, value: int | None, bound: int | None) -> None:
        """Take over what a solver of the whole problem says."""
        if bound is not None:
            self.bound = min(self.bound, bound)
        self.tell(self._value if value is None else max(value, self._value))

    @property
    def is_proved(self) -> bool:
        """Whether the value meets the bound."""
        return self.bound == self._value

    @property
    def is_done(self) -> bool:
        """Whether the value is as close to the bound as was asked for."""
        return self.bound - self._value <= self._gap * abs(self.bound + self._shift)
