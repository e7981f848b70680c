"""Axes of a chart: where a value lies between both ends, and where the ticks stand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """One axis.

    label   with the unit
    low, high  ends, low < high; both above 0 on a logarithmic axis
    format_tick  text of a tick
    """

    label: str
    low: float
    high: float
    is_log: bool
    format_tick: Callable[[float], str]

    def place(self, value: float) -> float:
        """Return where the value lies, 0 at the low end and 1 at the high one; clipped."""
        value = min(max(value, self.low), self.high)
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def list_ticks(self) -> list[float]:
        """Return round values between the ends, about three to eight."""
        return self._list_log_ticks() if self.is_log else self._list_even_ticks()

    def _list_log_ticks(self) -> list[float]:
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        factors = (1, 2, 5) if len(decades) <= 4 else (1,)
        ticks = [factor * 10.0**decade for decade in decades for factor in factors]
        slack = 1 + 1e-9
        return [tick for tick in ticks if self.low <= tick * slack and tick <= self.high * slack]

    def _list_even_ticks(self) -> list[float]:
        rough = (self.high - self.low) / 5
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def build_log_axis(label: str, values: list[float], format_tick: Callable[[float], str]) -> Axis:
    """Return a logarithmic axis that holds every value, with some air at both ends."""
    low, high = min(values, default=1.0), max(values, default=10.0)
    return Axis(label, low / 1.4, high * 1.4, is_log=True, format_tick=format_tick)


def format_number(value: float) -> str:
    """Return a count or an amount: 0.05, 2, 1,500."""
    return f"{value:,.0f}" if value >= 1 else f"{value:.3g}"


def format_percent(share: float) -> str:
    """Return a share in percent without needless zeros: 0.01 %, 5 %, 100 %."""
    return f"{100 * share:.3g} %"
