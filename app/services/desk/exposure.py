"""The exposure ledger: who had access to whose data, from when to when, and how long it counts.

Clients are known by their projects, never by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import Subquery, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app.errors import NotFound
from app.models import Contractor, Project
from app.services.access.client_scopes import ClientIds, build_is_visible_project
from app.services.desk.exposure_spans import SPANS, WALLS, build_spans, build_walls
from app.services.desk.pauses import title_codenames
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page

STATES = ("now", "cooling", "past", "coming")

_CLOSED = f"""
    SELECT p.project_id, p.codename, min(s.codename), bool_or(s.last_day IS NULL),
           max(s.last_day + w.cooling_off_days)
    FROM ({SPANS}) s
    JOIN ({WALLS}) w ON w.client_id = s.client_id
    JOIN projects p ON p.client_id = w.competitor_id AND p.status <> 'closed'
    WHERE s.contractor_id = :contractor_id AND s.starts_on <= :today
      AND (s.last_day IS NULL OR s.last_day + w.cooling_off_days >= :today)
    GROUP BY p.project_id, p.codename ORDER BY p.codename, p.project_id
"""  # noqa: S608 - our own texts


@dataclass(frozen=True)
class ExposureRow:
    """One contractor's access to one client's data, through one assignment.

    last_day    included; None = it goes on
    free_after  last day of the longest cooling-off; None = it goes on, or no wall asks for any
    state       `now`, `cooling`, `past` or `coming`
    """

    contractor_id: str
    name: str
    project_id: str
    codename: str
    hours_per_week: int
    starts_on: date
    last_day: date | None
    free_after: date | None
    state: str
    assignment_id: str


@dataclass(frozen=True)
class ClientExposure:
    """A client's ledger in numbers of people.

    num_walls         competing clients
    cooling_off_days  the longest; None without a wall
    """

    client_id: str
    codenames: tuple[str, ...]
    num_now: int
    num_cooling: int
    num_ever: int
    num_walls: int
    cooling_off_days: int | None

    @property
    def title(self) -> str:
        """The first codenames of its projects, the rest counted."""
        return title_codenames(self.codenames)


@dataclass(frozen=True)
class PersonExposure:
    """A contractor's ledger in numbers of clients.

    free_after  last day of any cooling-off of ended work; None where there is none
    """

    contractor_id: str
    name: str
    num_now: int
    num_cooling: int
    num_ever: int
    free_after: date | None


@dataclass(frozen=True)
class ClosedProject:
    """A project that a wall keeps a contractor off.

    because      codename of work that exposes them to the competitor
    free_after   None = while that work goes on
    """

    project_id: str
    codename: str
    because: str
    free_after: date | None


def list_client_exposures(
    session: Session, *, text: str, today: date, page: PageRequest, client_ids: ClientIds = None
) -> Page[ClientExposure]:
    """Return the clients that anybody worked for, of whom a codename holds `text`.

    client_ids  only these, None = all
    """
    spans = build_spans(today)
    counts = (
        select(spans.c.client_id, *_count(spans, spans.c.contractor_id))
        .group_by(spans.c.client_id)
        .subquery()
    )
    names = (
        select(
            Project.client_id,
            func.array_agg(func.distinct(Project.codename)).label("codenames"),
        )
        .where(build_is_visible_project(client_ids))
        .group_by(Project.client_id)
        .subquery()
    )
    walls = build_walls()
    statement = (
        select(
            counts.c.client_id,
            names.c.codenames,
            counts.c.num_now,
            counts.c.num_cooling,
            counts.c.num_ever,
            func.coalesce(walls.c.num_walls, 0).label("num_walls"),
            walls.c.cooling_off_days,
        )
        .join(names, names.c.client_id == counts.c.client_id)
        .outerjoin(walls, walls.c.client_id == counts.c.client_id)
    )
    if text:
        owned = select(Project.client_id).where(contains_text(text, Project.codename))
        statement = statement.where(counts.c.client_id.in_(owned))
    found = read_page(session, statement, page, _map_columns(statement), counts.c.client_id)
    return Page(
        [ClientExposure(row[0], tuple(row[1]), *row[2:]) for row in found.rows], found.total
    )


def list_person_exposures(
    session: Session, *, text: str, today: date, page: PageRequest
) -> Page[PersonExposure]:
    """Return the contractors who worked for any client, whose name or id holds `text`."""
    spans = build_spans(today)
    statement = select(
        spans.c.contractor_id,
        spans.c.name,
        *_count(spans, spans.c.client_id),
        func.max(spans.c.free_after).filter(spans.c.state == "cooling").label("free_after"),
    ).group_by(spans.c.contractor_id, spans.c.name)
    if text:
        statement = statement.where(contains_text(text, spans.c.name, spans.c.contractor_id))
    found = read_page(session, statement, page, _map_columns(statement), spans.c.contractor_id)
    return Page([PersonExposure(*row) for row in found.rows], found.total)


def list_exposures(
    session: Session,
    *,
    kind: str,
    subject_id: str,
    text: str,
    state: str,
    today: date,
    page: PageRequest,
) -> Page[ExposureRow]:
    """Return the ledger of a `client` or of a `contractor`; a blank filter takes all."""
    spans = build_spans(today)
    statement: Rows = select(*(spans.c[field.name] for field in fields(ExposureRow)))
    statement = statement.where(spans.c[f"{kind}_id"] == subject_id)
    if text:
        statement = statement.where(
            contains_text(text, spans.c.name, spans.c.contractor_id, spans.c.codename)
        )
    if state:
        statement = statement.where(spans.c.state == state)
    found = read_page(session, statement, page, _map_columns(statement), spans.c.assignment_id)
    return Page([ExposureRow(*row) for row in found.rows], found.total)


def list_closed_projects(
    session: Session, contractor_id: str, *, today: date
) -> list[ClosedProject]:
    """Return the projects that walls keep a contractor off today."""
    keys = {"contractor_id": contractor_id, "today": today}
    return [
        ClosedProject(project_id, codename, because, None if goes_on else free_after)
        for project_id, codename, because, goes_on, free_after in session.execute(
            text(_CLOSED), keys
        )
    ]


def list_codenames(session: Session, client_id: str) -> tuple[str, ...]:
    """Return the codenames of all of a client's projects, in their order."""
    statement = select(Project.codename).where(Project.client_id == client_id)
    return tuple(session.scalars(statement.distinct().order_by(Project.codename)))


def get_contractor_name(session: Session, contractor_id: str) -> str:
    """Return a contractor's name.

    Raises NotFound.
    """
    person = session.get(Contractor, contractor_id)
    if person is None:
        raise NotFound("contractor", contractor_id)
    return person.name


def _count(spans: Subquery, whom: SQLCoreOperations[str]) -> tuple[SQLCoreOperations[int], ...]:
    """Return how many of `whom` are exposed now, cooling off and not exposed now, and ever."""
    is_now = func.count(whom.distinct()).filter(spans.c.state == "now")
    is_cooling = func.count(whom.distinct()).filter(spans.c.state == "cooling")
    ever = func.count(whom.distinct()).filter(spans.c.state != "coming")
    return (is_now.label("num_now"), is_cooling.label("num_cooling"), ever.label("num_ever"))


def _map_columns(statement: Rows) -> Mapping[str, SQLCoreOperations[object]]:
    return {one.name: one for one in statement.selected_columns}
