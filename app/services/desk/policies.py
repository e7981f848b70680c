"""Policies as the ops desk lists and edits them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import PlanRun, Project, SavedPolicy, User
from app.services.paging import Rows
from app.services.plans.policy_settings import PolicySettings, read_settings


@dataclass(frozen=True)
class PolicyRow:
    """A saved policy and how many plans were asked for under its name."""

    policy_id: int
    name: str
    note: str
    settings: PolicySettings
    version: int
    changed_by: str
    changed_at: datetime
    is_archived: bool
    num_runs: int
    is_default: bool


def list_policies(session: Session) -> list[PolicyRow]:
    """Return the saved policies in use, in order of name."""
    statement = (
        _select_rows()
        .where(SavedPolicy.archived_at.is_(None))
        .order_by(func.lower(SavedPolicy.name))
    )
    return [_build_row(row) for row in session.execute(statement)]


def get_policy(session: Session, policy_id: int) -> PolicyRow:
    """Return one saved policy, put away or not.

    Raises NotFound.
    """
    row = session.execute(_select_rows().where(SavedPolicy.id == policy_id)).first()
    if row is None:
        raise NotFound("policy", policy_id)
    return _build_row(row)


def list_project_names(session: Session) -> list[tuple[str, str]]:
    """Return (project_id, codename) of every project that is not closed, in order of name."""
    rows = session.execute(
        select(Project.project_id, Project.codename)
        .where(Project.status != "closed")
        .order_by(Project.codename, Project.project_id)
    )
    return [(row.project_id, row.codename) for row in rows]


def _select_rows() -> Rows:
    num_runs = (
        select(func.count())
        .where(PlanRun.policy == SavedPolicy.name)
        .correlate(SavedPolicy)
        .scalar_subquery()
    )
    return select(
        SavedPolicy.id,
        SavedPolicy.name,
        SavedPolicy.note,
        SavedPolicy.settings,
        SavedPolicy.version,
        func.coalesce(User.name, "the command line"),
        SavedPolicy.changed_at,
        SavedPolicy.archived_at.is_not(None),
        num_runs,
        SavedPolicy.is_default,
    ).outerjoin(User, User.id == SavedPolicy.changed_by)


def _build_row(row: Row[*tuple[Any, ...]]) -> PolicyRow:
    policy_id, name, note, kept, *rest = row
    return PolicyRow(policy_id, name, note, read_settings(name, kept), *rest)
