"""What the review desk calls filters, verbs and outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.services.desk.batches import BatchView
from app.services.desk.explanations import RunnerUpRow
from app.web.formatting import format_number, pluralise
from app.web.skill_words import name_skills

PAY_WORDS: Mapping[str, str] = MappingProxyType(
    {"cut": "Lower", "same": "Same", "raise": "Higher", "no_cut": "No cut"}
)
COVERAGE_WORDS: Mapping[str, str] = MappingProxyType(
    {"full": "All hours back", "floor": "Floor kept", "below": "Below floor"}
)
SINCE_WORDS: Mapping[str, str] = MappingProxyType(
    {"new": "New", "changed": "Changed", "kept": "As before"}
)
OUTCOME_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "pending": "Not yet",
        "done": "Done",
        "refused": "Not done",
        "undone": "Undone",
        "kept": "Not undone",
    }
)
OVERRIDE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "skill": "required skills",
        "utc_distance": "the distance in time zones",
        "hours": "the project's hours for one person",
        "max_projects": "the number of new projects",
        "open_hours": "the project's open hours",
        "seats": "the project's seats",
        "budget": "the project's weekly budget",
    }
)
"""What a person allowed a place to break, by the codes of `Proposal.overridden`."""
VERB_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "approve": ("Approve", "approved"),
        "reject": ("Reject", "rejected"),
        "publish": ("Publish", "published"),
    }
)
"""Verb -> as an order, and as what has been done."""

PRESETS: Sequence[tuple[str, str]] = (
    ("Fit 70 or more, no pay cut", "min_fit=70&pay=no_cut"),
    ("Pay cuts", "pay=cut&sort=pay_change_cents"),
    ("Below the floor", "coverage=below"),
    ("New or changed", "since=moved"),
)
"""Views that everybody has: name, and the filter in an address."""


def describe_filter(filters: Mapping[str, str], codename: str = "") -> str:
    """Return a filter in words, "all proposals" when it takes all."""
    pay, since = filters.get("pay", ""), filters.get("since", "")
    parts = [
        f"“{filters['text']}”" if filters.get("text") else "",
        codename,
        filters.get("country", ""),
        name_skills(filters.get("skill", "")),
        _describe_fit(filters.get("min_fit", ""), filters.get("max_fit", "")),
        {"no_cut": "no pay cut", "": ""}.get(pay, f"{PAY_WORDS.get(pay, 'any').lower()} pay"),
        COVERAGE_WORDS.get(filters.get("coverage", ""), "").lower(),
        {"moved": "new or changed"}.get(since, SINCE_WORDS.get(since, "").lower()),
    ]
    return ", ".join(part for part in parts if part) or "all proposals"


def describe_cost(one: RunnerUpRow) -> str:
    """Return what the plan would gain or lose with a runner-up, as far as prices tell."""
    if one.coverage is None and one.hours is None:
        return "not known"
    people, hours = round(one.coverage or 0, 1), round(one.hours or 0)
    parts = []
    if people:
        parts.append(f"{'gain' if people > 0 else 'lose'} {format_number(abs(people), 1)} covered")
    if hours:
        verb = "gain" if hours > 0 else "lose"
        parts.append(f"{verb} {format_number(abs(hours))} of the hours goal")
    return ", ".join(parts) or "change little"


def describe_batch(batch: BatchView) -> str:
    """Return what a batch came to so far, in one sentence."""
    order, done = VERB_WORDS[batch.verb]
    if batch.status == "waiting":
        return f"{order} {pluralise(batch.num_rows, 'proposal')}: a second approver is needed."
    rest = f", {format_number(batch.num_refused)} not" if batch.num_refused else ""
    said = f"{pluralise(batch.num_done, 'proposal')} {done}{rest}."
    if batch.status == "undone":
        return f"Undone: {said}"
    left = batch.num_rows - batch.num_tried
    if batch.status == "withdrawn" and left:
        said += f" Stopped with {format_number(left)} to go." if batch.num_tried else ""
        return said if batch.num_tried else f"Withdrawn: {pluralise(batch.num_rows, 'proposal')}."
    return said


def _describe_fit(least: str, most: str) -> str:
    if least and most:
        return f"fit {least} to {most}"
    if least:
        return f"fit {least} or more"
    return f"fit {most} or less" if most else ""
