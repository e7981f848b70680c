"""Proposals that cannot be decided as the manager saw them, and what changed since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.models import AuditEvent, Pause, PlanRun, Proposal
from app.services.access.access import Actor
from app.services.keys import is_among


@dataclass(frozen=True)
class ProposalVersion:
    """A proposal as the reviewer saw it."""

    proposal_id: int
    version: int


_STATE_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "proposed": "Nobody has approved it yet.",
        "approved": "Somebody has approved it already.",
        "published": "It has been published: the contractor knows of it.",
        "rejected": "Somebody has rejected it already.",
        "superseded": "A newer plan or a resume has replaced it.",
    }
)

_EVENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "proposal.added": "placed them there by hand",
        "proposal.approved": "approved it",
        "proposal.rejected": "rejected it",
        "proposal.published": "published it",
        "proposal.reopened": "took a decision on it back",
        "proposal.changed": "changed it by hand",
        "proposal.pinned": "pinned it",
        "proposal.unpinned": "took its pin off",
    }
)
"""What an event of the audit trail did to a proposal."""


def find_stale(
    session: Session,
    actor: Actor,
    wanted: Sequence[ProposalVersion],
    rows: Mapping[int, Proposal],
    *,
    status: str,
) -> dict[int, str]:
    """Return a sentence for each proposal that cannot be decided at all, by its id.

    rows    the locked proposals that exist
    status  what a proposal must be for this decision
    """
    ended = _find_ended_runs(session, {row.plan_run_id for row in rows.values()})
    refused: dict[int, str] = {}
    changed = []
    for one in wanted:
        row = rows.get(one.proposal_id)
        if row is None:
            refused[one.proposal_id] = "There is no such proposal."
        elif row.status != status:
            refused[one.proposal_id] = _STATE_SENTENCES[row.status]
            changed.append(one.proposal_id)
        elif row.version != one.version:
            refused[one.proposal_id] = "It has changed since you saw it."
            changed.append(one.proposal_id)
        elif row.plan_run_id in ended:
            refused[one.proposal_id] = "The pause has been resumed."
        elif actor.contractor_id == row.contractor_id:
            refused[one.proposal_id] = "Nobody decides on their own work."
    for proposal_id, sentence in describe_last_changes(session, changed).items():
        refused[proposal_id] = f"{refused[proposal_id]} {sentence}"
    return refused


def find_past(rows: Mapping[int, Proposal], today: date | None) -> dict[int, str]:
    """Return a sentence for each proposal whose whole first week lies before `today`."""
    if today is None:
        return {}
    return {
        row.id: f"It was to start on {row.starts_on}, and that week is over: plan again."
        for row in rows.values()
        if row.starts_on + timedelta(days=7) <= today
    }


def describe_last_changes(session: Session, proposal_ids: Collection[int]) -> dict[int, str]:
    """Say of each proposal who did what to it last; nothing of those that nobody touched."""
    if not proposal_ids:
        return {}
    events = session.execute(
        select(
            AuditEvent.subject_id,
            AuditEvent.action,
            AuditEvent.actor,
            AuditEvent.at,
            AuditEvent.before,
            AuditEvent.after,
        )
        .ext(distinct_on(AuditEvent.subject_id))
        .where(
            AuditEvent.subject_kind == "proposal",
            is_among(AuditEvent.subject_id, [str(proposal_id) for proposal_id in proposal_ids]),
        )
        .order_by(AuditEvent.subject_id, AuditEvent.id.desc())
    )
    return {
        int(subject_id): _describe(action, actor, at, before or {}, after or {})
        for subject_id, action, actor, at, before, after in events
        if action in _EVENT_WORDS
    }


def _describe(
    action: str, actor: str, at: datetime, before: Mapping[str, Any], after: Mapping[str, Any]
) -> str:
    instant = at.astimezone(UTC)
    moment = f"{instant.day} {instant:%b, %H:%M} UTC"
    said = f"{actor} {_EVENT_WORDS[action]}, {moment}"
    if action == "proposal.changed":
        said += f": {_describe_place(after)} instead of {_describe_place(before)}"
    elif after.get("reason"):
        said += f": {after['reason']}"
    return said + "."


def _describe_place(values: Mapping[str, Any]) -> str:
    return f"{values['hours_per_week']} h a week on {values['codename']}"


def _find_ended_runs(session: Session, run_ids: Collection[int]) -> set[int]:
    """Return the runs among these whose pause takes no decisions any more."""
    return set(
        session.scalars(
            select(PlanRun.id)
            .join(Pause, Pause.id == PlanRun.pause_id)
            .where(is_among(PlanRun.id, run_ids), Pause.status == "resumed")
        )
    )
