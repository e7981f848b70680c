"""Value and bound of each goal over time, as points of a chart that the page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.services.desk.plans import ProgressPoint
from app.web.formatting import format_duration, format_number
from app.web.ops.certificate_words import scale_tier
from app.web.ops.policy_words import TIER_TITLES

WIDTH, HEIGHT = 320, 110


@dataclass(frozen=True)
class TierChart:
    """One goal's chart, in a box of WIDTH x HEIGHT; blank texts while nothing is known.

    value_line, bound_line  points of an SVG polyline
    """

    title: str
    value: str
    bound: str
    value_line: str
    bound_line: str
    top: str
    bottom: str
    start: str
    end: str

    @property
    def is_started(self) -> bool:
        """Whether the search has said anything about this goal."""
        return bool(self.value_line or self.bound_line)


def build_charts(
    tiers: Sequence[str], points: Sequence[ProgressPoint], elapsed_s: float
) -> list[TierChart]:
    """Return a chart for each of `tiers`, in that order; the last one known runs to `elapsed_s`."""
    return [
        _build_chart(tier, [point for point in points if point.tier == tier], points, elapsed_s)
        for tier in tiers
    ]


def _build_chart(
    tier: str, own: list[ProgressPoint], points: Sequence[ProgressPoint], elapsed_s: float
) -> TierChart:
    title = TIER_TITLES[tier]
    known = [
        scale_tier(tier, number)
        for point in own
        for number in (point.value, point.bound)
        if number is not None
    ]
    if not known:
        return TierChart(title, "", "", "", "", "", "", "", "")
    start = own[0].elapsed_s
    later = [point.elapsed_s for point in points if point.elapsed_s > own[-1].elapsed_s]
    end = max(min(later, default=elapsed_s), own[-1].elapsed_s, start + 0.1)
    low, high = min(known), max(known)
    spread = (high - low) or 1.0

    def place(moment: float, number: float) -> tuple[float, float]:
        x = (moment - start) / (end - start) * WIDTH
        y = HEIGHT - (number - low) / spread * HEIGHT
        return round(x, 1), round(y, 1)

    def draw(pairs: list[tuple[float, float]]) -> str:
        corners: list[tuple[float, float]] = []
        for moment, number in pairs:
            if corners:
                corners.append((place(moment, number)[0], corners[-1][1]))
            corners.append(place(moment, number))
        if corners:
            corners.append((float(WIDTH), corners[-1][1]))
        return " ".join(f"{x:g},{y:g}" for x, y in corners)

    values = [(p.elapsed_s, scale_tier(tier, p.value)) for p in own if p.value is not None]
    bounds = [(p.elapsed_s, scale_tier(tier, p.bound)) for p in own if p.bound is not None]
    return TierChart(
        title=title,
        value=format_number(values[-1][1]) if values else "",
        bound=format_number(bounds[-1][1]) if bounds else "",
        value_line=draw(values),
        bound_line=draw(bounds),
        top=format_number(high),
        bottom=format_number(low),
        start=format_duration(start),
        end=format_duration(end),
    )
