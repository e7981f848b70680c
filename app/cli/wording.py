"""How tiers and numbers read on the command line."""

from __future__ import annotations

from solver.instance import WORKDAYS_PER_WEEK
from solver.policy import Tier
from solver.result import TierResult, compute_gap

_UNITS = {
    Tier.HOURS: "hour-weeks x priority",
    Tier.FIT: "hour-weeks x fit",
}


def describe_value(tier: Tier, value: int | None) -> str:
    """Return a tier's value in its unit; the solver counts hour-days, people read hour-weeks."""
    if value is None:
        return "no plan yet"
    if tier is Tier.COVERAGE:
        return "1 contractor" if value == 1 else f"{value:,} contractors"
    return f"{value / WORKDAYS_PER_WEEK:,.0f} {_UNITS[tier]}"


def describe_gap(value: int, bound: int) -> str:
    """Return the distance of a value to its bound in percent."""
    return _percent(compute_gap(value, bound))


def describe_tiers(tiers: tuple[TierResult, ...]) -> list[str]:
    """Return a line per tier: value, bound, gap, why the search stopped."""
    lines = []
    for result in tiers:
        bound = describe_value(result.tier, result.bound)
        if result.gap is None:
            line = f"  {result.tier.value:<8}  no plan found, at most {bound}"
        else:
            value = describe_value(result.tier, result.value)
            line = f"  {result.tier.value:<8}  {value}, at most {bound}; gap {_percent(result.gap)}"
        line += f"; {result.stop_reason.value} after {result.wall_s:.1f} s"
        if result.conditional:
            line += "; bound given what the goals above reached"
        lines.append(line)
    return lines


def describe_share(part: float, whole: float) -> str:
    """Return `part` of `whole` with the percentage, such as "254 of 293 (86.7 %)"."""
    share = f" ({_percent(part / whole)})" if whole else ""
    return f"{part:,.0f} of {whole:,.0f}{share}"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")
