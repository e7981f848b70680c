"""The access-removal list as the pause desk shows it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AccessItem, Contractor, Project, User
from app.services.keys import is_among
from app.services.paging import Page, PageRequest, read_page
from app.services.pauses.access_items import AccessFilter, build_conditions


@dataclass(frozen=True)
class AccessRow:
    """One access of one person; `removed_at` is None while it is to be removed."""

    item_id: int
    contractor_id: str
    contractor: str
    email: str
    country: str
    codename: str
    kind: str
    access: str
    removed_at: datetime | None
    removed_by: str | None


@dataclass(frozen=True)
class AccessCount:
    """How far a pause's list is ticked off; people with nothing left to remove are done."""

    num_items: int
    num_removed: int
    num_people: int
    num_people_open: int

    @property
    def num_open(self) -> int:
        """Items still to be removed."""
        return self.num_items - self.num_removed


def list_access(
    session: Session, pause_id: int, narrowed: AccessFilter, page: PageRequest
) -> Page[AccessRow]:
    """Return the items of a pause that pass the filter."""
    statement = (
        select(
            AccessItem.id.label("item_id"),
            Contractor.contractor_id,
            Contractor.name.label("contractor"),
            Contractor.email,
            Contractor.country,
            Project.codename,
            AccessItem.kind,
            AccessItem.name.label("access"),
            AccessItem.removed_at,
            User.name.label("removed_by"),
        )
        .join(Contractor, Contractor.contractor_id == AccessItem.contractor_id)
        .join(Project, Project.project_id == AccessItem.project_id)
        .outerjoin(User, User.id == AccessItem.removed_by)
        .where(*build_conditions(pause_id, narrowed))
    )
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, AccessItem.id)
    return Page([AccessRow(*row) for row in found.rows], found.total)


def count_access(session: Session, pause_id: int) -> AccessCount:
    """Return how many items a pause has, and how many of them are done."""
    is_open = AccessItem.removed_at.is_(None)
    row = session.execute(
        select(
            func.count(),
            func.count().filter(~is_open),
            func.count(AccessItem.contractor_id.distinct()),
            func.count(AccessItem.contractor_id.distinct()).filter(is_open),
        ).where(AccessItem.pause_id == pause_id)
    ).one()
    return AccessCount(*row)


def count_open_access(session: Session, pause_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return (pause id, items still to be removed) of those of these pauses that have any."""
    rows = session.execute(
        select(AccessItem.pause_id, func.count())
        .where(is_among(AccessItem.pause_id, pause_ids), AccessItem.removed_at.is_(None))
        .group_by(AccessItem.pause_id)
        .order_by(AccessItem.pause_id)
    )
    return [(row[0], row[1]) for row in rows]


def list_access_names(session: Session, pause_id: int) -> list[tuple[str, str, int]]:
    """Return (kind, name, open items) of each access on the list, projects first."""
    rows = session.execute(
        select(
            AccessItem.kind,
            AccessItem.name,
            func.count().filter(AccessItem.removed_at.is_(None)),
        )
        .where(AccessItem.pause_id == pause_id)
        .group_by(AccessItem.kind, AccessItem.name)
        .order_by(AccessItem.kind.desc(), AccessItem.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]
