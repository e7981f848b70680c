"""The form of the policy editor: read, checked field by field, and filled in from a policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from app.services.plans.horizon import MAX_WEEKS
from app.services.plans.policies import MAX_NAME, MAX_NOTE
from app.services.plans.policy_settings import MAX_OFFER_HOURS, MAX_SWITCH_COST, PolicySettings
from app.web.form_fields import read_text
from app.web.formatting import format_number
from app.web.ops.project_names import Projects, find_named
from solver.policy import FitWeights, Policy, Tier

GOAL_FIELDS = ("goal_1", "goal_2", "goal_3")
TOLERANCE_FIELDS = ("tolerance_1", "tolerance_2")
WEIGHT_FIELDS = ("skills", "rate", "time_zone", "known_client")
FIELDS = (
    "name",
    "note",
    *GOAL_FIELDS,
    *TOLERANCE_FIELDS,
    *WEIGHT_FIELDS,
    "max_pay_cut",
    "floor_hours",
    "switch_hour_weeks",
    "excluded",
    "weeks",
    "time_limit_s",
    "gap",
    "offer_hours",
    "version",
)
FIT_UNITS_PER_HOUR_WEEK = 500
"""An hour a week over one week is 5 hour-days; a perfect match has fit 100."""

_MAX_EXCLUDED = 4_000
_EACH_ONCE = "Each goal once: this one stands above already."


@dataclass(frozen=True)
class PolicyForm:
    """What the editor holds.

    values    field -> text, as typed
    settings  None when a field can't be used; `errors` then names each
    """

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    settings: PolicySettings | None = None


def fill_form(
    settings: PolicySettings, projects: Projects, *, name: str, note: str = "", version: int = 0
) -> PolicyForm:
    """Return the editor filled in from a policy."""
    aims = settings.aims
    codenames = dict(projects)
    values = {
        "name": name,
        "note": note,
        "version": str(version),
        **dict(zip(GOAL_FIELDS, (tier.value for tier in aims.tiers), strict=True)),
        **{
            field_name: _write_percent(aims.tolerance_of(tier))
            for field_name, tier in zip(TOLERANCE_FIELDS, aims.tiers, strict=False)
        },
        **{part: str(getattr(aims.fit_weights, part)) for part in WEIGHT_FIELDS},
        "max_pay_cut": _write_percent(aims.max_pay_cut),
        "floor_hours": "" if settings.floor_hours is None else str(settings.floor_hours),
        "switch_hour_weeks": format_number(
            Decimal(aims.switch_cost) / FIT_UNITS_PER_HOUR_WEEK, 3
        ).replace(",", ""),
        "excluded": ", ".join(
            codenames.get(project_id, project_id) for project_id in settings.excluded_project_ids
        ),
        "weeks": str(settings.weeks),
        "time_limit_s": "" if settings.time_limit_s is None else f"{settings.time_limit_s:g}",
        "gap": _write_percent(settings.gap),
        "offer_hours": str(settings.offer_hours),
    }
    return PolicyForm(values, {}, settings)


def read_policy_form(
    form: Mapping[str, str], projects: Projects, *, most_seconds: float
) -> PolicyForm:
    """Return the form with a sentence for each field that can't be used.

    most_seconds  that a plan may take on this server
    """
    errors: dict[str, str] = {}
    name = read_text(form, "name", errors, longest=MAX_NAME)
    if not name:
        errors["name"] = "Give the policy a name."
    read_text(form, "note", errors, longest=MAX_NOTE)
    tiers = _read_tiers(form, errors)
    shares = [_read_percent(form, one, errors, below=Decimal(100)) for one in TOLERANCE_FIELDS]
    cut = _read_percent(form, "max_pay_cut", errors)
    weights = _read_weights(form, errors)
    most_switch = Decimal(MAX_SWITCH_COST) / FIT_UNITS_PER_HOUR_WEEK
    switch = _read_number(form, "switch_hour_weeks", errors, most=most_switch, places=2)
    floor = _read_whole(form, "floor_hours", errors, 0, 168, may_be_blank=True)
    weeks = _read_whole(form, "weeks", errors, 1, MAX_WEEKS)
    seconds = _read_whole(form, "time_limit_s", errors, 1, int(most_seconds), may_be_blank=True)
    gap = _read_percent(form, "gap", errors, below=Decimal(100))
    answer = _read_whole(form, "offer_hours", errors, 1, MAX_OFFER_HOURS)
    excluded = _read_excluded(form, projects, errors)
    values = {one: form.get(one, "") for one in FIELDS}
    if errors:
        return PolicyForm(values, errors)
    aims = Policy(
        name,
        tiers,
        {tier: share for tier, share in zip(tiers, shares, strict=False) if share},
        max_pay_cut=cut,
        switch_cost=int(switch * FIT_UNITS_PER_HOUR_WEEK),
        fit_weights=weights,
    )
    limit = None if seconds is None else float(seconds)
    settings = PolicySettings(aims, floor, excluded, weeks or 1, limit, gap, answer or 1)
    return PolicyForm(values, {}, settings)


def _read_tiers(form: Mapping[str, str], errors: dict[str, str]) -> tuple[Tier, ...]:
    chosen: list[Tier] = []
    for place in GOAL_FIELDS:
        text = form.get(place, "")
        if text not in set(Tier):
            errors[place] = "Choose a goal."
        elif Tier(text) in chosen:
            errors[place] = _EACH_ONCE
        else:
            chosen.append(Tier(text))
    return tuple(chosen)


def _read_weights(form: Mapping[str, str], errors: dict[str, str]) -> FitWeights:
    points = [_read_whole(form, part, errors, 0, 100) for part in WEIGHT_FIELDS]
    total = sum(point or 0 for point in points)
    if errors.keys().isdisjoint(WEIGHT_FIELDS) and total != 100:
        errors["skills"] = f"The four parts must make 100 points; these make {total}."
    if not errors.keys().isdisjoint(WEIGHT_FIELDS):
        return FitWeights()
    return FitWeights(*(point or 0 for point in points))


def _read_excluded(
    form: Mapping[str, str], projects: Projects, errors: dict[str, str]
) -> tuple[str, ...]:
    """Return the ids behind the codenames."""
    text = read_text(form, "excluded", errors, longest=_MAX_EXCLUDED)
    found, problem = find_named(text, projects)
    if problem:
        errors["excluded"] = problem
    return found


def _read_whole(
    form: Mapping[str, str],
    name: str,
    errors: dict[str, str],
    least: int,
    most: int,
    *,
    may_be_blank: bool = False,
) -> int | None:
    text = form.get(name, "")
    if not text and may_be_blank:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else least - 1
    if not least <= number <= most:
        blank = ", or nothing" if may_be_blank else ""
        errors[name] = f"A whole number from {least} to {most:,}{blank}."
        return None
    return number


def _read_number(
    form: Mapping[str, str], name: str, errors: dict[str, str], *, most: Decimal, places: int
) -> Decimal:
    try:
        number = Decimal(form.get(name, ""))
        is_good = number.is_finite() and 0 <= number <= most
        is_good = is_good and number == round(number, places)
    except InvalidOperation:
        is_good = False
    if is_good:
        return number
    errors[name] = f"A number from 0 to {format_number(most)}, at most {places} decimals."
    return Decimal(0)


def _read_percent(
    form: Mapping[str, str], name: str, errors: dict[str, str], *, below: Decimal | None = None
) -> float:
    """Return a share; the text is in percent."""
    number = _read_number(form, name, errors, most=Decimal(100), places=2)
    if below is not None and number >= below:
        errors[name] = f"Less than {below} percent."
    return float(number / 100)


def _write_percent(share: float) -> str:
    return format_number(Decimal(str(share)) * 100, 2)
