"""Value and bound of each goal over time, as points of a chart that the page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.services.desk.plans import ProgressPoint
from app.web.formatting import format_duration, format_number
from app.web.ops.certificate_words import say_share, scale_tier
from app.web.ops.policy_words import TIER_TITLES
from solver.result import compute_gap

WIDTH, HEIGHT = 320, 110
MARGIN = 18
"""Above and below the lines; the numbers of the edges stand there."""

_MAX_ROWS = 200


@dataclass(frozen=True)
class TierChart:
    """One goal's chart, in a box of WIDTH x HEIGHT; blank texts while nothing is known.

    gap                     share still open between value and bound
    value_line, bound_line  points of an SVG polyline
    gap_area                points of a polygon between the two lines
    top, bottom             numbers at the upper and the lower edge
    is_last                 the search is on this goal, or ended there
    """

    title: str
    value: str = ""
    bound: str = ""
    gap: str = ""
    value_line: str = ""
    bound_line: str = ""
    gap_area: str = ""
    top: str = ""
    bottom: str = ""
    start: str = ""
    end: str = ""
    is_last: bool = False

    @property
    def is_started(self) -> bool:
        """Whether the search has said anything about this goal."""
        return bool(self.value_line or self.bound_line)


@dataclass(frozen=True)
class ProgressRow:
    """A line of the table behind the charts: what was known after some seconds."""

    moment: str
    title: str
    value: str
    bound: str
    gap: str


def build_charts(
    tiers: Sequence[str], points: Sequence[ProgressPoint], elapsed_s: float
) -> list[TierChart]:
    """Return a chart for each of `tiers`, in that order; the last one known runs to `elapsed_s`."""
    return [
        _build_chart(tier, [point for point in points if point.tier == tier], points, elapsed_s)
        for tier in tiers
    ]


def build_rows(points: Sequence[ProgressPoint]) -> list[ProgressRow]:
    """Return the moments at which something changed, evenly thinned to 200."""
    changed = [
        point
        for before, point in pairwise([None, *points])
        if point is not None and (before is None or _get_state(before) != _get_state(point))
    ]
    step = -(-len(changed) // _MAX_ROWS) or 1
    kept = changed[::step]
    if changed and kept[-1] is not changed[-1]:
        kept.append(changed[-1])
    return [
        ProgressRow(
            format_duration(point.elapsed_s),
            TIER_TITLES[point.tier],
            _write(point.tier, point.value),
            _write(point.tier, point.bound),
            _say_gap(point.value, point.bound),
        )
        for point in kept
    ]


def _get_state(point: ProgressPoint) -> tuple[str, int | None, int | None]:
    return point.tier, point.value, point.bound


def _write(tier: str, number: int | None) -> str:
    return "" if number is None else format_number(scale_tier(tier, number))


def _say_gap(value: int | None, bound: int | None) -> str:
    if value is None or bound is None:
        return ""
    gap = compute_gap(value, bound)
    return "proved" if gap <= 0 else say_share(gap)


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
        return TierChart(title)
    start = own[0].elapsed_s
    later = [point.elapsed_s for point in points if point.elapsed_s > own[-1].elapsed_s]
    end = max(min(later, default=elapsed_s), own[-1].elapsed_s, start + 0.1)
    low, high = min(known), max(known)
    frame = _Frame(start, end, low, high)
    values = [(p.elapsed_s, scale_tier(tier, p.value)) for p in own if p.value is not None]
    bounds = [(p.elapsed_s, scale_tier(tier, p.bound)) for p in own if p.bound is not None]
    value_steps, bound_steps = frame.step(values), frame.step(bounds)
    both = value_steps and bound_steps
    last_value = next((p.value for p in reversed(own) if p.value is not None), None)
    last_bound = next((p.bound for p in reversed(own) if p.bound is not None), None)
    return TierChart(
        title=title,
        value=_write(tier, last_value),
        bound=_write(tier, last_bound),
        gap=_say_gap(last_value, last_bound),
        value_line=_join(value_steps),
        bound_line=_join(bound_steps),
        gap_area=_join([*value_steps, *reversed(bound_steps)]) if both else "",
        top=format_number(high),
        bottom=format_number(low),
        start=format_duration(start),
        end=format_duration(end),
        is_last=not later,
    )


Steps = list[tuple[float, float]]


@dataclass(frozen=True)
class _Frame:
    """What the box of a chart shows: from `start` to `end` seconds, from `low` to `high`."""

    start: float
    end: float
    low: float
    high: float

    def step(self, pairs: list[tuple[float, float]]) -> Steps:
        """Return the corners of a line that holds each number until the next moment."""
        corners: Steps = []
        for moment, number in pairs:
            x, y = self._place(moment, number)
            if corners:
                corners.append((x, corners[-1][1]))
            corners.append((x, y))
        if corners:
            corners.append((float(WIDTH), corners[-1][1]))
        return corners

    def _place(self, moment: float, number: float) -> tuple[float, float]:
        x = (moment - self.start) / (self.end - self.start) * WIDTH
        spread = self.high - self.low
        share = (number - self.low) / spread if spread else 0.5
        y = HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
        return round(x, 1), round(y, 1)


def _join(corners: Steps) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in corners)
