"""What the command palette finds: projects, pauses, plans, and contractors by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Pause, PauseProject, PlanRun, Project, Proposal
from app.services.access.access import Actor, Permission
from app.services.access.client_scopes import build_is_visible_pause, build_is_visible_project
from app.services.desk.pauses import title_codenames

MOST_OF_A_KIND = 5
_SHORTEST_ID = 2
"""Characters of a contractor's id that are looked for; fewer would match everybody."""


@dataclass(frozen=True)
class ProjectTarget:
    """A project that matches."""

    project_id: str
    codename: str
    status: str


@dataclass(frozen=True)
class PauseTarget:
    """A pause one of whose projects matches; `title` names its projects."""

    pause_id: int
    title: str
    status: str
    effective_at: datetime


@dataclass(frozen=True)
class PlanTarget:
    """A plan run of such a pause."""

    run_id: int
    title: str
    status: str
    requested_at: datetime


@dataclass(frozen=True)
class ContractorTarget:
    """A contractor whose id begins so.

    proposal_id  their latest proposal; None without one
    project_id   a project they work on or worked on last; None without one
    """

    contractor_id: str
    name: str
    proposal_id: int | None
    project_id: str | None


@dataclass(frozen=True)
class Targets:
    """Everything found, each kind the best first."""

    projects: Sequence[ProjectTarget] = ()
    pauses: Sequence[PauseTarget] = ()
    plans: Sequence[PlanTarget] = ()
    contractors: Sequence[ContractorTarget] = ()


@dataclass(frozen=True)
class Limits:
    """The conditions that an actor may see a project, and a pause with its plans."""

    project: ColumnElement[bool]
    pause: ColumnElement[bool]


def find_targets(session: Session, actor: Actor, text: str) -> Targets:
    """Return what `text` leads to and `actor` may see; a blank text leads to open pauses.

    Codenames and contractor ids only: no client, and nobody by name.
    """
    if not actor.may(Permission.VIEW_OPS):
        return Targets()
    limits = Limits(
        build_is_visible_project(actor.client_ids),
        build_is_visible_pause(actor.client_ids, Pause.id),
    )
    if not text:
        return Targets(pauses=_find_pauses(session, limits, Pause.status == "open"))
    match = Project.codename.icontains(text, autoescape=True)
    return Targets(
        projects=_find_projects(session, limits, text, match),
        pauses=_find_pauses(session, limits, match),
        plans=_find_plans(session, limits, match),
        contractors=_find_contractors(session, limits, text),
    )


def _find_projects(
    session: Session, limits: Limits, text: str, match: ColumnElement[bool]
) -> list[ProjectTarget]:
    begins = Project.codename.istartswith(text, autoescape=True)
    rows = session.execute(
        select(Project.project_id, Project.codename, Project.status)
        .where(match | (Project.project_id == text), limits.project)
        .order_by(begins.desc(), Project.status != "open", Project.codename)
        .limit(MOST_OF_A_KIND)
    )
    return [ProjectTarget(*row) for row in rows]


def _select_pause_ids(match: ColumnElement[bool]) -> Select[int]:
    return (
        select(Pause.id)
        .join(PauseProject, PauseProject.pause_id == Pause.id)
        .join(Project, Project.project_id == PauseProject.project_id)
        .where(match)
    )


def _find_pauses(session: Session, limits: Limits, match: ColumnElement[bool]) -> list[PauseTarget]:
    rows = session.execute(
        select(Pause.id, _select_codenames(), Pause.status, Pause.effective_at)
        .where(Pause.id.in_(_select_pause_ids(match)), limits.pause)
        .order_by(Pause.status != "open", Pause.id.desc())
        .limit(MOST_OF_A_KIND)
    )
    return [
        PauseTarget(pause_id, title_codenames(names), status, effective_at)
        for pause_id, names, status, effective_at in rows
    ]


def _find_plans(session: Session, limits: Limits, match: ColumnElement[bool]) -> list[PlanTarget]:
    rows = session.execute(
        select(PlanRun.id, _select_codenames(), PlanRun.status, PlanRun.requested_at)
        .join(Pause, Pause.id == PlanRun.pause_id)
        .where(Pause.id.in_(_select_pause_ids(match)), limits.pause)
        .order_by(PlanRun.id.desc())
        .limit(MOST_OF_A_KIND)
    )
    return [
        PlanTarget(run_id, title_codenames(names), status, requested_at)
        for run_id, names, status, requested_at in rows
    ]


def _find_contractors(session: Session, limits: Limits, text: str) -> list[ContractorTarget]:
    if len(text) < _SHORTEST_ID:
        return []
    proposal = (
        select(func.max(Proposal.id))
        .join(PlanRun, PlanRun.id == Proposal.plan_run_id)
        .join(Pause, Pause.id == PlanRun.pause_id)
        .where(Proposal.contractor_id == Contractor.contractor_id, limits.pause)
        .scalar_subquery()
    )
    project = (
        select(Assignment.project_id)
        .join(Project, Project.project_id == Assignment.project_id)
        .where(Assignment.contractor_id == Contractor.contractor_id, limits.project)
        .order_by(Assignment.status == "ended", Assignment.starts_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Contractor.contractor_id, Contractor.name, proposal, project)
        .where(Contractor.contractor_id.istartswith(text, autoescape=True))
        .order_by(Contractor.contractor_id)
        .limit(MOST_OF_A_KIND)
    )
    return [ContractorTarget(*row) for row in rows]


def _select_codenames() -> ColumnElement[list[str]]:
    """Return the codenames of a pause, in order of name, as a column."""
    return (
        select(func.array_agg(aggregate_order_by(Project.codename, Project.codename)))
        .select_from(PauseProject)
        .join(Project, Project.project_id == PauseProject.project_id)
        .where(PauseProject.pause_id == Pause.id)
        .correlate(Pause)
        .scalar_subquery()
    )
