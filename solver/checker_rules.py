"""The eligibility rules once more, pair by pair in plain Python.

A plan leaves only after this has re-verified its pairs. It shares no code with
`solver.eligibility` and `solver.rules`: each rule is written a second time from
data-format.md, section 2, and the lost hours and the lost rate are too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from types import MappingProxyType

from solver.checker import Violation
from solver.checker_cases import Case, build_case_reader, is_paused
from solver.request import PairId, PlanRequest
from solver.roster import Roster


def find_rule_violations(
    roster: Roster, request: PlanRequest, pairs: Iterable[PairId]
) -> list[Violation]:
    """Return every eligibility rule that a pair (contractor_id, project_id) breaks now.

    A contractor that the pause does not affect breaks the rule `affected`.
    """
    wanted = list(pairs)
    read_case = build_case_reader(roster, request, {pair[0] for pair in wanted})
    violations = []
    for contractor_id, project_id in wanted:
        case = read_case(contractor_id, project_id)
        violations += [
            Violation(code, f"contractor {contractor_id} on project {project_id}: {fault}")
            for code, find_fault in _RULES.items()
            if (fault := find_fault(case)) is not None
        ]
    return violations


def count_lost_hours(case: Case) -> int:
    """Return the hours lost, as far as max_weekly_hours leaves room beside what survives."""
    surviving = [
        row
        for row in case.work
        if row["status"] == "active"
        and row not in case.released
        and row["project"]["status"] == "open"
    ]
    fullest = 0
    for monday in case.mondays:
        sunday = monday + timedelta(days=6)
        hours = sum(
            row["hours_per_week"]
            for row in surviving
            if row["starts_on"] <= sunday and (row["ends_on"] or date.max) >= monday
        )
        fullest = max(fullest, hours)
    room = max(0, int(case.person["max_weekly_hours"]) - fullest)
    return min(room, case.gone_hours)


def _get_lost_rate(case: Case) -> Fraction:
    """Return cents per hour in the contractor's currency, weighted by hours."""
    cents = hours = 0
    for row in case.lost:
        same_currency = row["project"]["currency"] == case.person["currency"]
        rates = (row, row["project"], case.person) if same_currency else (row, case.person)
        rate = next(rate for one in rates if (rate := one["pay_rate_cents"]) is not None)
        cents += rate * row["hours_per_week"]
        hours += row["hours_per_week"]
    return Fraction(cents, hours)


def _find_unaffected(case: Case) -> str | None:
    if case.person["status"] != "active":
        return "the contractor is not active"
    return None if case.lost else "the pause takes no hours from the contractor"


def _find_not_open(case: Case) -> str | None:
    if case.project["status"] != "open":
        return f"the project is {case.project['status']}"
    first, last = case.project["starts_on"] or date.min, case.last_day
    runs = any(first <= monday <= last for monday in case.mondays)
    return None if runs else "the project runs on no Monday of the horizon"


def _find_unskilled(case: Case) -> str | None:
    for row in case.wanted:
        held = case.skills.get(row["skill"], 0)
        if row["required"] and held < row["min_level"]:
            return f"{row['skill']} {held}, {row['min_level']} needed"
    return None


def _find_uncleared(case: Case) -> str | None:
    held, needed = case.person["clearance"], case.project["clearance"]
    return f"clearance {held}, {needed} needed" if held < needed else None


def _find_expiring(case: Case) -> str | None:
    expires_on = case.person["clearance_expires_on"]
    needed_until = min(case.last_day, case.last_sunday)
    if case.project["clearance"] == 0 or expires_on is None or expires_on >= needed_until:
        return None
    return f"clearance ends on {expires_on}, the work on {needed_until}"


def _find_uncompartmented(case: Case) -> str | None:
    held = set(case.person["compartments"].split("|"))
    missing = set(case.project["compartments"].split("|")) - held - {""}
    return f"no access to {', '.join(sorted(missing))}" if missing else None


def _find_walled(case: Case) -> str | None:
    mine = case.project["client_id"]
    for row in case.work:
        theirs = row["project"]["client_id"]
        if theirs == mine or (theirs, mine) not in case.cooling_off:
            continue
        first, last = row["starts_on"], row["ends_on"] or date.max
        if row["status"] == "ended" or row in case.released:
            last = min(last, case.request.pause_date)
        reach = case.cooling_off[theirs, mine]
        # In day numbers: a date has no days before the year 1 or after 9999.
        is_before = last.toordinal() < case.first_day.toordinal() - reach
        is_after = first.toordinal() > max(case.first_day, case.last_day).toordinal() + reach
        if first <= last and not is_before and not is_after:
            return f"on {row['project']['codename']} until {last}, for a competitor of its client"
    return None


def _find_foreign(case: Case) -> str | None:
    countries = case.project["countries"]
    country = case.person["country"]
    if not countries or (country and country in countries.split("|")):
        return None
    return f"country {country or 'missing'}, {countries} allowed"


def _find_distant(case: Case) -> str | None:
    wanted, farthest = case.project["utc_offset"], case.project["max_utc_distance"]
    if wanted is None or farthest is None:
        return None
    held = case.person["utc_offset"]
    if held is None:
        return "utc_offset missing"
    seconds = round(held * 3600) - round(wanted * 3600)
    apart = min(seconds % 86_400, -seconds % 86_400)
    return f"{apart} seconds apart" if apart > round(farthest * 3600) else None


def _find_other_currency(case: Case) -> str | None:
    held, paid = case.person["currency"], case.project["currency"]
    return f"paid in {held}, the project pays in {paid}" if held != paid else None


def _find_underpaid(case: Case) -> str | None:
    least = case.person["min_pay_rate_cents"]
    if least is None or case.new_rate >= least:
        return None
    return f"{case.new_rate} cents an hour, {least} asked"


def _find_cut(case: Case) -> str | None:
    if not case.lost:
        return None
    least = (1 - Fraction(str(case.request.policy.max_pay_cut))) * _get_lost_rate(case)
    return f"{case.new_rate} cents an hour, {least} needed" if case.new_rate < least else None


def _find_short(case: Case) -> str | None:
    lost, least = count_lost_hours(case), case.project["min_hours"]
    return f"{lost} hours lost, {least} at least" if lost < least else None


def _find_rejected(case: Case) -> str | None:
    pair = (case.person["contractor_id"], case.project["project_id"])
    return "turned down before" if pair in case.request.rejected else None


def _find_same(case: Case) -> str | None:
    if case.request.paused_since is not None:
        return None
    return "the project is paused" if is_paused(case.project, case.request) else None


_RULES: Mapping[str, Callable[[Case], str | None]] = MappingProxyType(
    {
        "affected": _find_unaffected,
        "not_open": _find_not_open,
        "skill": _find_unskilled,
        "clearance": _find_uncleared,
        "clearance_expiry": _find_expiring,
        "compartment": _find_uncompartmented,
        "wall": _find_walled,
        "country": _find_foreign,
        "utc_distance": _find_distant,
        "currency": _find_other_currency,
        "min_pay": _find_underpaid,
        "pay_cut": _find_cut,
        "hours": _find_short,
        "rejected": _find_rejected,
        "same_project": _find_same,
    }
)
