"""The order that the pause dialog takes: read, checked field by field, written back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from app.models import PEOPLE_KINDS, REASON_CLASSES
from app.services.pauses.pause_scope import MAX_PEOPLE_VALUES, PeopleScope
from app.services.pauses.pausing import REVIEW_AFTER
from app.services.plans.horizon import MAX_DAYS_AHEAD, MAX_DAYS_BACK, is_near
from app.services.plans.policy_settings import POLICY_NAMES
from app.web.form_fields import read_day, read_text
from app.web.ops.zones import ZONES, SkippedMinute, format_clock, name_zone, read_instant

FIELDS = (
    "scope",
    "client_id",
    "people",
    "people_skill",
    "people_list",
    "effective_at",
    "zone",
    "reason_class",
    "comment",
    "review_by",
    "late_hours_until",
    "policy",
    "impact_seen",
)
LISTS = ("project_id", "people_country")
"""Fields that may come more than once."""

_MAX_COMMENT = 2_000
_SEPARATORS = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class PauseOrder:
    """What the dialog holds; `errors` names the fields that need another look.

    scope             `project` or `client`; what belongs to the other is empty then
    effective_at      in UTC, as is late_hours_until; the dialog shows both on the clock of `zone`
    impact_seen       the scope and time whose impact the person was shown
    """

    scope: str
    project_ids: tuple[str, ...]
    client_id: str | None
    people: PeopleScope
    effective_at: datetime
    zone: str
    reason_class: str
    comment: str
    review_by: date | None
    late_hours_until: datetime | None
    policy: str
    impact_seen: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def impact_key(self) -> str:
        """Names the scope and time, so that a confirmation can't go with another impact."""
        people = (self.people.kind, self.people.values)
        chosen = (self.project_ids, self.client_id, people, self.effective_at.isoformat())
        return hashlib.sha256(json.dumps(chosen).encode()).hexdigest()

    @property
    def has_scope(self) -> bool:
        """Whether projects or a client, and people, are chosen."""
        return bool(self.project_ids or self.client_id) and (
            self.people.is_everybody or bool(self.people.values)
        )

    @property
    def effective_clock(self) -> str:
        """The effective time as its field takes it."""
        return format_clock(self.effective_at, self.zone)

    @property
    def late_clock(self) -> str:
        """The cut-off as its field takes it."""
        return format_clock(self.late_hours_until, self.zone) if self.late_hours_until else ""


def start_order(
    *, project_id: str | None, now: datetime, policy: str = POLICY_NAMES[0]
) -> PauseOrder:
    """Return the order as the dialog opens: from this minute, to be reviewed in two weeks."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    return PauseOrder(
        scope="project",
        project_ids=(project_id,) if project_id else (),
        client_id=None,
        people=PeopleScope(),
        effective_at=minute,
        zone="UTC",
        reason_class="",
        comment="",
        review_by=minute.date() + REVIEW_AFTER,
        late_hours_until=None,
        policy=policy,
    )


def read_order(
    form: Mapping[str, str], lists: Mapping[str, Sequence[str]], *, now: datetime
) -> PauseOrder:
    """Return the order in `form`, with a sentence for each field that can't be used."""
    errors: dict[str, str] = {}
    fallback = start_order(project_id=None, now=now)
    scope = "client" if form.get("scope") == "client" else "project"
    project_ids = tuple(lists.get("project_id", ())) if scope == "project" else ()
    client_id = (form.get("client_id") or None) if scope == "client" else None
    if not project_ids and client_id is None:
        errors[f"{scope}_id"] = f"Choose the {scope} to pause."
    people = read_people(form, lists, errors)
    zone = form.get("zone") or "UTC"
    if zone not in ZONES:
        errors["zone"], zone = "Choose one of the zones.", "UTC"
    effective_at = _read_effective_at(form, zone, errors, now) or fallback.effective_at
    reason_class = form.get("reason_class", "")
    if reason_class not in REASON_CLASSES:
        errors["reason_class"] = "Choose the kind of reason."
    return PauseOrder(
        scope=scope,
        project_ids=project_ids,
        client_id=client_id,
        people=people,
        effective_at=effective_at,
        zone=zone,
        reason_class=reason_class,
        comment=read_text(form, "comment", errors, longest=_MAX_COMMENT),
        review_by=_read_review_by(form, effective_at, errors),
        late_hours_until=read_cut_off(form, zone, effective_at, errors),
        policy=form.get("policy") or fallback.policy,
        impact_seen=form.get("impact_seen", ""),
        errors=errors,
    )


def read_people(
    form: Mapping[str, str], lists: Mapping[str, Sequence[str]], errors: dict[str, str]
) -> PeopleScope:
    """Return whose work stops, from the fields of `ops/people_choice.html`."""
    kind = form.get("people") or "everyone"
    if kind not in PEOPLE_KINDS or kind == "everyone":
        return PeopleScope()
    if kind == "country":
        values = tuple(lists.get("people_country", ()))
        missing = "Choose the countries."
    elif kind == "skill":
        values = tuple(part.strip() for part in form.get("people_skill", "").split(","))
        missing = "Name the skills, with commas between them."
    else:
        values = split_ids(form.get("people_list", ""))
        missing = "Paste the contractor ids, one a line."
    values = tuple(dict.fromkeys(value for value in values if value))
    if not values:
        errors[f"people_{kind}"] = missing
    if len(values) > MAX_PEOPLE_VALUES:
        errors[f"people_{kind}"] = f"At most {MAX_PEOPLE_VALUES:,} ids; these are {len(values):,}."
        values = values[:MAX_PEOPLE_VALUES]
    return PeopleScope(kind, values)


def split_ids(text: str) -> tuple[str, ...]:
    """Return the contractor ids of a pasted list, each once."""
    return tuple(dict.fromkeys(part for part in _SEPARATORS.split(text) if part))


def _read_effective_at(
    form: Mapping[str, str], zone: str, errors: dict[str, str], now: datetime
) -> datetime | None:
    instant = _read_clock(form, "effective_at", zone, errors)
    if instant is not None and not is_near(instant, now):
        errors["effective_at"] = (
            f"At most {MAX_DAYS_BACK} days back and {MAX_DAYS_AHEAD} days ahead."
        )
        return None
    return instant


def read_cut_off(
    form: Mapping[str, str], zone: str, effective_at: datetime, errors: dict[str, str]
) -> datetime | None:
    """Return the last moment for late hours; None when the field is blank or unusable."""
    if not form.get("late_hours_until"):
        return None
    until = _read_clock(form, "late_hours_until", zone, errors)
    if until is not None and until < effective_at:
        errors["late_hours_until"] = "The cut-off cannot come before the pause."
        return None
    return until


def _read_clock(
    form: Mapping[str, str], name: str, zone: str, errors: dict[str, str]
) -> datetime | None:
    try:
        return read_instant(form.get(name, ""), zone)
    except SkippedMinute:
        errors[name] = f"Clocks in {name_zone(zone)} skip this minute: they go forward then."
    except (ValueError, OverflowError):
        errors[name] = "Give the day and the minute."
    return None


def _read_review_by(
    form: Mapping[str, str], effective_at: datetime, errors: dict[str, str]
) -> date | None:
    """Return the day of the review; every pause has one, so that none just lingers."""
    review_by = read_day(form, "review_by", errors)
    if review_by is None:
        errors.setdefault("review_by", "Give the day by which somebody looks at it again.")
    elif review_by < effective_at.date():
        errors["review_by"] = "The review cannot come before the pause."
    return review_by
