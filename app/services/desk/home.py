"""What the ops desk needs to see first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, except_, func, or_, select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, PlanRun, Project, SkillClaim
from app.services.access.client_scopes import (
    ClientIds,
    build_is_visible_project,
    list_hidden_pauses,
)
from app.services.desk.access_items import count_open_access
from app.services.desk.offers import OfferFilter, count_offers
from app.services.desk.pauses import PauseRow, list_pauses
from app.services.desk.redeployment import Redeployment, measure_redeployment
from app.services.desk.redeployment_rates import PauseRates, list_rates
from app.services.keys import is_among
from app.services.pauses.reminding import DueReview, list_due_reviews


@dataclass(frozen=True)
class RunNotice:
    """A plan run that is under way or went wrong."""

    run_id: int
    pause_id: int
    status: str
    error: str | None


@dataclass(frozen=True)
class OpsHome:
    """The ops desk at a glance.

    redeployment        of all open pauses together
    rates               of the latest pauses, ended ones included
    num_without_income  active contractors whom a pause left without a single active assignment
    open_demand_hours   hours a week that open projects still ask for
    num_offers_waiting  offers that their contractors have not answered
    num_claims_waiting  claimed skills to be confirmed
    due_reviews         open pauses whose review is near or over, the earliest first
    access_to_remove    (pause id, items) of the open pauses with access still to be removed
    """

    pauses: tuple[PauseRow, ...]
    due_reviews: tuple[DueReview, ...]
    access_to_remove: tuple[tuple[int, int], ...]
    redeployment: Redeployment
    rates: tuple[PauseRates, ...]
    num_without_income: int
    num_open_projects: int
    open_demand_hours: int
    num_offers_waiting: int
    num_claims_waiting: int
    unfinished_runs: tuple[RunNotice, ...]
    failed_runs: tuple[RunNotice, ...]


def build_ops_home(session: Session, *, today: date, client_ids: ClientIds = None) -> OpsHome:
    """Return what needs attention today.

    client_ids  of the work of these clients, None = all; claimed skills are nobody's work
    """
    pauses = tuple(list_pauses(session, status="open", client_ids=client_ids))
    runs = _list_runs(session, pauses)
    pause_ids = [pause.pause_id for pause in pauses]
    due = [one for one in list_due_reviews(session, today) if one.pause_id in set(pause_ids)]
    num_projects, demand = _measure_demand(session, today, client_ids)
    hidden_ids = list_hidden_pauses(session, client_ids)
    claimed = SkillClaim.status == "claimed"
    return OpsHome(
        pauses=pauses,
        due_reviews=tuple(due),
        access_to_remove=tuple(count_open_access(session, pause_ids)),
        redeployment=measure_redeployment(session, pause_ids, today=today),
        rates=tuple(list_rates(session, hidden_ids=hidden_ids)),
        num_without_income=_count_without_income(session, today, client_ids),
        num_open_projects=num_projects,
        open_demand_hours=demand,
        num_offers_waiting=count_offers(session, OfferFilter(client_ids=client_ids))["pending"],
        num_claims_waiting=_count(session, SkillClaim, claimed) if client_ids is None else 0,
        unfinished_runs=tuple(run for run in runs if run.status in {"queued", "running"}),
        failed_runs=tuple(run for run in runs if run.status == "failed"),
    )


def _count(session: Session, model: type, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(condition)) or 0


def _list_runs(session: Session, pauses: Sequence[PauseRow]) -> list[RunNotice]:
    """Return the latest run of each pause."""
    run_ids = [pause.run_id for pause in pauses if pause.run_id is not None]
    rows = session.execute(
        select(PlanRun.id, PlanRun.pause_id, PlanRun.status, PlanRun.error)
        .where(is_among(PlanRun.id, run_ids))
        .order_by(PlanRun.id)
    )
    return [RunNotice(*row) for row in rows]


def _count_without_income(session: Session, today: date, client_ids: ClientIds) -> int:
    # Differences of sets: PostgreSQL hashes them once, where it would sort or probe for conditions.
    stopped = select(Assignment.contractor_id).where(Assignment.suspended_by_pause_id.is_not(None))
    if client_ids is not None:
        stopped = stopped.join(Project, Project.project_id == Assignment.project_id).where(
            build_is_visible_project(client_ids)
        )
    earning = select(Assignment.contractor_id).where(_build_goes_on(today))
    inactive = select(Contractor.contractor_id).where(Contractor.status == "inactive")
    people = except_(stopped, earning.union_all(inactive)).subquery()
    return session.scalar(select(func.count()).select_from(people)) or 0


def _build_goes_on(today: date) -> ColumnElement[bool]:
    """Return the condition that an assignment is active and not over."""
    return and_(
        Assignment.status == "active",
        or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
    )


def _measure_demand(session: Session, today: date, client_ids: ClientIds) -> tuple[int, int]:
    staffing = (
        select(Assignment.project_id, func.sum(Assignment.hours_per_week).label("hours"))
        .where(_build_goes_on(today))
        .group_by(Assignment.project_id)
        .subquery()
    )
    missing = Project.demand_hours - func.coalesce(staffing.c.hours, 0)
    num_projects, demand = session.execute(
        select(func.count(), func.coalesce(func.sum(func.greatest(missing, 0)), 0))
        .select_from(Project)
        .outerjoin(staffing, staffing.c.project_id == Project.project_id)
        .where(Project.status == "open", build_is_visible_project(client_ids))
    ).one()
    return num_projects, int(demand)
