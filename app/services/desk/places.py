"""Lists for placing by hand: open demand beside a plan, and who could go to a project."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import PlanRun, Project
from app.services.access.client_scopes import ClientIds, build_is_visible_project
from app.services.paging import Page, PageRequest, cut_page
from app.services.plans.open_demand import OpenDemand, list_open_demand
from app.services.review.place_ranking import RankedPerson, rank_people_for


def list_demand(
    session: Session,
    run_id: int,
    text: str,
    page: PageRequest,
    *,
    client_ids: ClientIds = None,
) -> Page[OpenDemand]:
    """Return the projects that take people in a run's weeks; a blank text takes all.

    client_ids  only projects of these clients, None = all

    Raises NotFound.
    """
    run = session.get(PlanRun, run_id)
    if run is None:
        raise NotFound("plan run", run_id)
    visible = build_is_visible_project(client_ids)
    seen = set(session.scalars(select(Project.project_id).where(visible)))
    rows = [
        row
        for row in list_open_demand(session, run)
        if row.project_id in seen and text.casefold() in row.codename.casefold()
    ]
    return cut_page(rows, page, "project_id")


def list_ranked_people(
    session: Session, run_id: int, project_id: str, text: str, page: PageRequest
) -> Page[RankedPerson]:
    """Return who may go to a project by every rule; a blank text takes all.

    Raises NotFound.
    """
    rows = [
        row
        for row in rank_people_for(session, run_id, project_id)
        if text.casefold() in row.name.casefold()
    ]
    return cut_page(rows, page, "contractor_id")
