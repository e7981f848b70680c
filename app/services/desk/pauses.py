"""Pauses as the ops desk lists them, and the clients that a pause may name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.errors import NotFound
from app.models import Assignment, Client, Pause, PauseProject, PlanRun, Project, Proposal, User
from app.services.paging import Rows


@dataclass(frozen=True)
class PauseRow:
    """A pause with its latest plan run.

    codenames      its projects, in order of name
    num_people     contractors whose assignments it suspends now
    num_proposed   proposals that wait for a decision
    review_run_id  the run that holds them, not always the latest; None when there are none
    """

    pause_id: int
    scope_kind: str
    codenames: tuple[str, ...]
    reason_class: str
    comment: str
    effective_at: datetime
    review_by: date | None
    status: str
    paused_by: str
    paused_at: datetime
    resumed_by: str | None
    resumed_at: datetime | None
    num_people: int
    run_id: int | None
    run_status: str | None
    num_proposed: int
    review_run_id: int | None

    @property
    def title(self) -> str:
        """The codenames, the rest counted after three."""
        return title_codenames(self.codenames)


@dataclass(frozen=True)
class ClientChoice:
    """A client that a pause may name; shown only where the pause is made."""

    client_id: str
    name: str
    num_projects: int


def title_codenames(codenames: Sequence[str]) -> str:
    """Return the first three codenames, the rest counted."""
    shown, rest = codenames[:3], len(codenames) - 3
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def list_pauses(session: Session, *, status: str = "") -> list[PauseRow]:
    """Return pauses, the open ones and the latest first; a blank status takes all."""
    statement = _select_rows().order_by(Pause.status, Pause.id.desc())
    if status:
        statement = statement.where(Pause.status == status)
    return [_build_row(row) for row in session.execute(statement)]


def get_pause(session: Session, pause_id: int) -> PauseRow:
    """Return one pause.

    Raises NotFound.
    """
    row = session.execute(_select_rows().where(Pause.id == pause_id)).first()
    if row is None:
        raise NotFound("pause", pause_id)
    return _build_row(row)


def list_clients(session: Session) -> list[ClientChoice]:
    """Return the clients that have a project to pause."""
    rows = session.execute(
        select(Client.client_id, Client.name, func.count())
        .join(Project, Project.client_id == Client.client_id)
        .where(Project.status == "open")
        .group_by(Client.client_id)
        .order_by(Client.name)
    )
    return [ClientChoice(*row) for row in rows]


def list_pausable_projects(session: Session) -> list[tuple[str, str]]:
    """Return (project_id, codename) of every project that a pause can stop."""
    rows = session.execute(
        select(Project.project_id, Project.codename)
        .where(Project.status == "open")
        .order_by(Project.codename, Project.project_id)
    )
    return [(row.project_id, row.codename) for row in rows]


def _build_row(row: Row[*tuple[Any, ...]]) -> PauseRow:
    pause_id, scope_kind, codenames, *rest = row
    return PauseRow(pause_id, scope_kind, tuple(codenames or ()), *rest)


def _select_rows() -> Rows:
    codenames = (
        select(func.array_agg(func.distinct(Project.codename)))
        .join(PauseProject, PauseProject.project_id == Project.project_id)
        .where(PauseProject.pause_id == Pause.id)
        .scalar_subquery()
    )
    num_people = (
        select(func.count(Assignment.contractor_id.distinct()))
        .where(Assignment.suspended_by_pause_id == Pause.id)
        .scalar_subquery()
    )
    latest = (
        select(PlanRun.id, PlanRun.pause_id, PlanRun.status)
        .ext(distinct_on(PlanRun.pause_id))
        .order_by(PlanRun.pause_id, PlanRun.id.desc())
        .subquery()
    )
    waiting = (
        select(
            PlanRun.pause_id,
            func.count().label("num_proposed"),
            func.max(PlanRun.id).label("run_id"),
        )
        .join(Proposal, Proposal.plan_run_id == PlanRun.id)
        .where(Proposal.status == "proposed")
        .group_by(PlanRun.pause_id)
        .subquery()
    )
    pauser, resumer = aliased(User), aliased(User)
    return (
        select(
            Pause.id,
            Pause.scope_kind,
            codenames,
            Pause.reason_class,
            Pause.comment,
            Pause.effective_at,
            Pause.review_by,
            Pause.status,
            func.coalesce(pauser.name, "the command line"),
            Pause.paused_at,
            resumer.name,
            Pause.resumed_at,
            num_people,
            latest.c.id,
            latest.c.status,
            func.coalesce(waiting.c.num_proposed, 0),
            waiting.c.run_id,
        )
        .outerjoin(pauser, pauser.id == Pause.paused_by)
        .outerjoin(resumer, resumer.id == Pause.resumed_by)
        .outerjoin(latest, latest.c.pause_id == Pause.id)
        .outerjoin(waiting, waiting.c.pause_id == Pause.id)
    )
