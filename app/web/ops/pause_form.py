"""The order that the pause dialog takes: read, checked field by field, written back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from app.models import REASON_CLASSES
from app.services.horizon import MAX_DAYS_AHEAD, MAX_DAYS_BACK, is_near
from app.services.policy_settings import POLICY_NAMES
from app.web.form_fields import read_day, read_text

FIELDS = (
    "scope",
    "project_id",
    "client_id",
    "effective_at",
    "reason_class",
    "comment",
    "review_by",
    "policy",
    "impact_seen",
)
_REVIEW_AFTER = timedelta(days=14)
_MAX_COMMENT = 2_000


@dataclass(frozen=True)
class PauseOrder:
    """What the dialog holds; `errors` names the fields that need another look.

    scope         `project` or `client`; the other id is None then
    effective_at  in UTC
    impact_seen   the scope and time whose impact the person was shown
    """

    scope: str
    project_id: str | None
    client_id: str | None
    effective_at: datetime
    reason_class: str
    comment: str
    review_by: date | None
    policy: str
    impact_seen: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def impact_key(self) -> str:
        """Names the scope and time, so that a confirmation can't go with another impact."""
        chosen = self.project_id if self.scope == "project" else self.client_id
        return f"{self.scope}:{chosen}@{self.effective_at.isoformat()}"

    @property
    def has_scope(self) -> bool:
        """Whether a project or a client is chosen."""
        return bool(self.project_id if self.scope == "project" else self.client_id)


def start_order(*, project_id: str | None, now: datetime) -> PauseOrder:
    """Return the order as the dialog opens: from this minute, to be reviewed in two weeks."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    return PauseOrder(
        scope="project",
        project_id=project_id,
        client_id=None,
        effective_at=minute,
        reason_class="",
        comment="",
        review_by=minute.date() + _REVIEW_AFTER,
        policy=POLICY_NAMES[0],
    )


def read_order(form: Mapping[str, str], *, now: datetime) -> PauseOrder:
    """Return the order in `form`, with a sentence for each field that can't be used."""
    errors: dict[str, str] = {}
    fallback = start_order(project_id=None, now=now)
    scope = "client" if form.get("scope") == "client" else "project"
    chosen = {name: form.get(name, "") or None for name in ("project_id", "client_id")}
    if not chosen[f"{scope}_id"]:
        errors[f"{scope}_id"] = f"Choose the {scope} to pause."
    reason_class = form.get("reason_class", "")
    if reason_class not in REASON_CLASSES:
        errors["reason_class"] = "Choose the kind of reason."
    review_by = read_day(form, "review_by", errors)
    effective_at = _read_effective_at(form, errors, now) or fallback.effective_at
    if review_by is not None and review_by < effective_at.date():
        errors["review_by"] = "The review cannot come before the pause."
    return PauseOrder(
        scope=scope,
        project_id=chosen["project_id"] if scope == "project" else None,
        client_id=chosen["client_id"] if scope == "client" else None,
        effective_at=effective_at,
        reason_class=reason_class,
        comment=read_text(form, "comment", errors, longest=_MAX_COMMENT),
        review_by=review_by,
        policy=form.get("policy") or fallback.policy,
        impact_seen=form.get("impact_seen", ""),
        errors=errors,
    )


def _read_effective_at(
    form: Mapping[str, str], errors: dict[str, str], now: datetime
) -> datetime | None:
    """Return the instant; a text without an offset is UTC."""
    try:
        written = datetime.fromisoformat(form.get("effective_at", ""))
        instant = written.replace(tzinfo=written.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        errors["effective_at"] = "Give the day and the minute, in UTC."
        return None
    if not is_near(instant, now):
        errors["effective_at"] = (
            f"At most {MAX_DAYS_BACK} days back and {MAX_DAYS_AHEAD} days ahead."
        )
        return None
    return instant
