"""What each setting of a policy does, in one plain sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.services.plans.policy_settings import POLICY_NAMES, PolicySettings, get_named_settings
from app.web.formatting import format_duration, format_number
from app.web.ops.policy_form import FIT_UNITS_PER_HOUR_WEEK
from app.web.ops.policy_words import TIER_TITLES
from solver.policy import TIER_SENTENCES, Tier

_MOST_NAMED = 5
_USUAL = get_named_settings(POLICY_NAMES[0])
"""What all policies that are always there share, the order of the goals aside."""


@dataclass(frozen=True)
class Sentence:
    """What one setting does; `is_usual` when it is as in the policies that are always there."""

    label: str
    text: str
    is_usual: bool = True


def describe_order(settings: PolicySettings) -> str:
    """Return the goals in a few words: `People covered, then hours restored, then fit`."""
    titles = [TIER_TITLES[tier] for tier in settings.aims.tiers]
    return ", then ".join([titles[0], *(title.lower() for title in titles[1:])])


def describe_goals(settings: PolicySettings) -> list[Sentence]:
    """Return a sentence for each goal, in order."""
    tiers = settings.aims.tiers
    return [
        Sentence(
            TIER_TITLES[tier],
            f"{_capital(TIER_SENTENCES[tier])}. {_say_tolerance(settings, tier, place)}",
            is_usual=not settings.aims.tolerance_of(tier),
        )
        for place, tier in enumerate(tiers, start=1)
    ]


def describe_limits(settings: PolicySettings, codenames: Mapping[str, str]) -> list[Sentence]:
    """Return a sentence for each limit; `codenames` by project id."""
    aims, weights = settings.aims, settings.aims.fit_weights
    hour_weeks = Decimal(aims.switch_cost) / FIT_UNITS_PER_HOUR_WEEK
    return [
        Sentence("Pay", _say_cut(aims.max_pay_cut), aims.max_pay_cut == _USUAL.aims.max_pay_cut),
        Sentence("Floor", _say_floor(settings.floor_hours), settings.floor_hours is None),
        Sentence("Splitting", _say_switch(hour_weeks), not hour_weeks),
        Sentence(
            "Points of fit",
            f"Of 100 points, skills count {weights.skills}, pay {weights.rate}, time zone "
            f"{weights.time_zone} and earlier work for the client {weights.known_client}.",
            weights == _USUAL.aims.fit_weights,
        ),
        Sentence(
            "Left out",
            _say_excluded(settings.excluded_project_ids, codenames),
            not settings.excluded_project_ids,
        ),
        Sentence(
            "Offers",
            f"Contractors have {_count_hours(settings.offer_hours)} to answer an offer; then it "
            "goes on to somebody else.",
            settings.offer_hours == _USUAL.offer_hours,
        ),
        Sentence(
            "Weeks",
            f"The plan looks {_count_weeks(settings.weeks)} ahead, from the first Monday on.",
            settings.weeks == _USUAL.weeks,
        ),
        Sentence(
            "Time",
            _say_time(settings),
            settings.time_limit_s is None and settings.gap == _USUAL.gap,
        ),
    ]


def describe_settings(settings: PolicySettings, codenames: Mapping[str, str]) -> list[Sentence]:
    """Return a sentence for each goal, then for each limit, of a solve that was asked for.

    Its time limit is always given, so that says nothing unusual.
    """
    sentences = [*describe_goals(settings), *describe_limits(settings, codenames)]
    *others, time = sentences
    return [*others, replace(time, is_usual=settings.gap == _USUAL.gap)]


def list_differences(settings: PolicySettings, codenames: Mapping[str, str]) -> list[str]:
    """Return the sentences of what is not as usual, the order of the goals left out."""
    goals = [
        f"{goal.label}: {goal.text.split('. ', 1)[1]}"
        for goal in describe_goals(settings)
        if not goal.is_usual
    ]
    limits = [limit.text for limit in describe_limits(settings, codenames) if not limit.is_usual]
    return goals + limits


def _say_tolerance(settings: PolicySettings, tier: Tier, place: int) -> str:
    if place == len(settings.aims.tiers):
        return "It chooses among plans that keep what the goals above reached."
    share = settings.aims.tolerance_of(tier)
    if not share:
        return "Nothing of what it reaches is given up for the goals below."
    return f"Up to {_percent(share)} of what it reaches may be given up for the goals below."


def _say_cut(share: float) -> str:
    if share >= 1:
        return "Only each contractor's own minimum rate limits how far pay may fall."
    if not share:
        return "Nobody is offered less than the rate they lost, nor less than their own minimum."
    return (
        f"Nobody is offered less than {_percent(1 - Decimal(str(share)))} of the rate they lost, "
        "nor less than their own minimum."
    )


def _say_floor(hours: int | None) -> str:
    if hours is None:
        return "Who names no floor counts as covered from half of the lost hours on, rounded up."
    return (
        f"Who names no floor counts as covered from {hours} hours a week on, or from all "
        "lost hours if those are fewer."
    )


def _say_switch(hour_weeks: Decimal) -> str:
    if not hour_weeks:
        return "A further assignment costs nothing: people are split wherever it helps a goal."
    return (
        f"An assignment costs as much fit as {format_number(hour_weeks, 2)} hour-weeks of a "
        "perfect match. Goals that stand before fit never pay for it."
    )


def _say_excluded(project_ids: tuple[str, ...], codenames: Mapping[str, str]) -> str:
    if not project_ids:
        return "No project is left out: people may go wherever the rules let them."
    names = [codenames.get(project_id, project_id) for project_id in project_ids]
    rest = len(names) - _MOST_NAMED
    tail = f" and {rest} more" if rest > 0 else ""
    return f"Nobody new goes to {', '.join(names[:_MOST_NAMED])}{tail}; who works there stays."


def _say_time(settings: PolicySettings) -> str:
    limit = settings.time_limit_s
    ends = "the server's time limit" if limit is None else f"{format_duration(limit)} at the latest"
    if not settings.gap:
        return f"The search ends after {ends}, sooner only when every goal is proved."
    return (
        f"The search ends after {ends}, and leaves a goal as soon as it is within "
        f"{_percent(settings.gap)} of its bound."
    )


def _count_hours(hours: int) -> str:
    return "1 hour" if hours == 1 else f"{hours} hours"


def _count_weeks(weeks: int) -> str:
    return "1 week" if weeks == 1 else f"{weeks} weeks"


def _percent(share: float | Decimal) -> str:
    return f"{format_number(Decimal(str(share)) * 100, 2)} %"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
