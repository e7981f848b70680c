"""Value, gap and bound of one goal as a bar that shows small gaps too."""

from __future__ import annotations

from dataclasses import dataclass

from app.web.formatting import format_number

BAR_WIDTH = 320
_WINDOWS = (0.001, 0.01, 0.1, 0.5, 1.0)
_WIDEST_GAP = 0.6
"""Part of the bar that the gap may take, before the bar shows a wider window."""


@dataclass(frozen=True)
class TierBar:
    """A bar of BAR_WIDTH, whose right end is the bound.

    value    x where the value ends
    reached  x of what was reached before the policy let some of it go; None where nothing was
    start    share of the bound at the left end, in words; "" when the bar starts at 0
    """

    value: float
    reached: float | None
    start: str


def build_bar(value: int | None, reached: int | None, bound: int) -> TierBar:
    """Return the bar of a goal; empty without a plan, full where value and bound meet."""
    if value is None or bound <= 0:
        return TierBar(0.0 if value is None or value < bound else BAR_WIDTH, None, "")
    gap = 1 - max(value, 0) / bound
    # Proved goals need no closer look; else the narrowest window that still shows the value.
    fitting = (window for window in _WINDOWS if gap <= _WIDEST_GAP * window)
    window = 1.0 if gap <= 0 else next(fitting, 1.0)

    def place(number: int) -> float:
        return round(max(0.0, min(1.0, 1 - (1 - number / bound) / window)) * BAR_WIDTH, 1)

    return TierBar(
        value=place(value),
        reached=place(reached) if reached is not None and reached > value else None,
        start="" if window == 1.0 else f"{format_number(100 * (1 - window), 1)} % of the bound",
    )
