"""Telling contractors what a pause, its end, or a recall did to their work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.models import Assignment, Pause, Project
from app.services.keys import is_among
from app.services.messages.message_kinds import KINDS
from app.services.messages.outbox import News, add_messages
from app.services.offers.publishing import build_is_told
from app.services.pauses.pause_entries import EntryCut


@dataclass(frozen=True)
class Work:
    """One assignment that its contractor knows of, at one moment."""

    contractor_id: str
    codename: str
    status: str
    hours_per_week: int


def tell_of_pause(session: Session, pause: Pause, cuts: Sequence[EntryCut]) -> int:
    """Tell those whose work the pause suspended; return how many.

    cuts  the hours that it took back; not all of them belong to an assignment that it suspended

    Reserved places, of which nobody has been told, stay untold.
    """
    taken_back: dict[str, Decimal] = {}
    for cut in cuts:
        lost = cut.hours - cut.hours_left
        taken_back[cut.assignment_id] = taken_back.get(cut.assignment_id, Decimal(0)) + lost
    paused: dict[str, dict[str, Work]] = {}
    for name, work in list_work(session, Assignment.suspended_by_pause_id == pause.id).items():
        paused.setdefault(work.contractor_id, {})[name] = work
    until = pause.late_hours_until
    return add_messages(
        session,
        "work_paused",
        [
            News(
                pause.id,
                {
                    "codenames": _name(works.values()),
                    "effective_at": pause.effective_at.isoformat(),
                    "late_hours_until": None if until is None else until.isoformat(),
                    "hours_taken_back": _write_hours(
                        sum((taken_back.get(name, Decimal(0)) for name in works), Decimal(0))
                    ),
                },
                contractor_id=contractor_id,
            )
            for contractor_id, works in paused.items()
        ],
    )


def list_work_of(session: Session, contractor_ids: Collection[str]) -> dict[str, Work]:
    """Return the active and suspended work of these people, by assignment id."""
    return list_work(
        session,
        is_among(Assignment.contractor_id, contractor_ids),
        Assignment.status != "ended",
    )


def list_work(session: Session, *conditions: ColumnElement[bool]) -> dict[str, Work]:
    """Return the assignments that meet the conditions and whose contractors know of them."""
    rows = session.execute(
        select(
            Assignment.assignment_id,
            Assignment.contractor_id,
            Project.codename,
            Assignment.status,
            Assignment.hours_per_week,
        )
        .join(Project, Project.project_id == Assignment.project_id)
        .where(build_is_told(), *conditions)
    )
    return {row[0]: Work(row[1], row[2], row[3], row[4]) for row in rows}


@dataclass
class _Change:
    """What became of one person's work."""

    returned: list[Work] = field(default_factory=list)
    ended: list[Work] = field(default_factory=list)
    other_hours: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of message that tells of it; "" when nothing changed."""
        if self.returned:
            return "work_resumed"
        if self.ended:
            return "work_ended"
        return "hours_changed" if self.other_hours else ""


def tell_of_changes(session: Session, event: object, before: Mapping[str, Work]) -> int:
    """Tell everybody whose work is not as it was; return how many.

    before  their work at the beginning of the transaction (`list_work_of`)
    """
    after = list_work(session, is_among(Assignment.assignment_id, before))
    changes: dict[str, _Change] = {}
    for name, was in before.items():
        change = changes.setdefault(was.contractor_id, _Change())
        # An assignment is never deleted while its contractor knows of it.
        now = after[name]
        if now.status == "ended" and was.status != "ended":
            change.ended.append(now)
        if now.status == "active" and was.status == "suspended":
            change.returned.append(now)
        if now.status != "ended" and now.hours_per_week != was.hours_per_week:
            change.other_hours.append(
                f"{now.codename} {now.hours_per_week}, before {was.hours_per_week}"
            )
    return sum(_tell(session, kind, event, changes) for kind in _KINDS)


_KINDS = ("work_resumed", "work_ended", "hours_changed")


def _tell(session: Session, kind: str, event: object, changes: Mapping[str, _Change]) -> int:
    news = []
    for contractor_id, change in changes.items():
        if change.kind == kind:
            facts = {
                "returned": _name(change.returned),
                "ended": _name(change.ended),
                "other_hours": sorted(change.other_hours),
            }
            told = {name: facts[name] for name in KINDS[kind].facts}
            news.append(News(event, told, contractor_id=contractor_id))
    return add_messages(session, kind, news)


def _name(works: Collection[Work]) -> list[str]:
    return sorted({work.codename for work in works}, key=str.lower)


def _write_hours(hours: Decimal) -> str | None:
    return f"{hours.normalize():f}" if hours else None
