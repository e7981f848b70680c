"""Value and bound of each goal over time, as a picture, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.services.desk.plans import ProgressPoint
from app.web.chart_scales import Plot, enclose
from app.web.charts import Lane, Level
from app.web.formatting import format_duration, format_number
from app.web.ops.certificate_words import say_share, scale_tier
from app.web.ops.policy_words import TIER_TITLES
from solver.result import compute_gap

HEIGHT = 110
"""Of a goal's picture, in pixels."""
_MAX_ROWS = 200


@dataclass(frozen=True)
class TierChart:
    """One goal's picture and words; blank texts while nothing is known.

    gap         share still open between value and bound
    lane        the best plan and the bound over time, the gap between them shaded
    start, end  the moments at the edges
    is_started  whether the search has said anything about this goal
    is_last     the search is on this goal, or ended there
    """

    title: str
    lane: Lane
    value: str = ""
    bound: str = ""
    gap: str = ""
    start: str = ""
    end: str = ""
    is_started: bool = False
    is_last: bool = False


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
        return TierChart(title, Lane("", f"{title}: not started", height=HEIGHT))
    start = own[0].elapsed_s
    later = [point.elapsed_s for point in points if point.elapsed_s > own[-1].elapsed_s]
    end = max(min(later, default=elapsed_s), own[-1].elapsed_s, start + 0.1)
    last_value = next((p.value for p in reversed(own) if p.value is not None), None)
    last_bound = next((p.bound for p in reversed(own) if p.bound is not None), None)
    value, bound = _write(tier, last_value), _write(tier, last_bound)
    says = f"{title}: best {value or 'none'}, bound {bound or 'unknown'}"
    return TierChart(
        title=title,
        lane=_draw(tier, own, Plot(start, end, min(known), max(known), HEIGHT), says),
        value=value,
        bound=bound,
        gap=_say_gap(last_value, last_bound),
        start=format_duration(start),
        end=format_duration(end),
        is_started=True,
        is_last=not later,
    )


def _draw(tier: str, own: list[ProgressPoint], plot: Plot, says: str) -> Lane:
    values = [(p.elapsed_s, scale_tier(tier, p.value)) for p in own if p.value is not None]
    bounds = [(p.elapsed_s, scale_tier(tier, p.bound)) for p in own if p.bound is not None]
    best, bound = plot.build_steps(values, "best"), plot.build_steps(bounds, "bound")
    high, low = (Level(plot.get_height(at), format_number(at)) for at in (plot.high, plot.low))
    return Lane(
        "",
        says,
        lines=(*enclose(best, bound, "gap"), bound, best),
        # At the right, as the best plan begins at the lower left.
        levels=(high, replace(low, is_right=True)) if plot.high > plot.low else (),
        height=plot.height,
    )
