"""The columns of the admin desk's lists: accounts and the audit trail."""

from __future__ import annotations

from typing import Any

from app.services.desk.admin_desk import AuditRow
from app.web.formatting import get_role_word
from app.web.list_columns import Column


def describe_changes(row: AuditRow) -> str:
    """Return what an event changed in one line: `name: before → after; ...`."""
    return "; ".join(_describe_change(*change) for change in row.changes)


def _describe_change(name: str, before: Any, after: Any) -> str:
    arrow = "" if before is None else f"{before} → "
    return f"{name.replace('_', ' ')}: {arrow}{'none' if after is None else after}"


USER_COLUMNS = (
    Column("name", "Name", fixed=True),
    Column("email", "E-mail", csv_only=True),
    Column("roles", "Role", lambda row: ", ".join(map(get_role_word, row.roles)), sorts=False),
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("last_sign_in_at", "Last sign-in", sorts=False),
    Column("active", "State", lambda row: "Active" if row.active else "Disabled", sorts=False),
    Column("created_at", "Added", csv_only=True),
)

AUDIT_COLUMNS = (
    Column("event_id", "Event", csv_only=True, sorts=False),
    Column("at", "When", fixed=True),
    Column("actor", "Who", sorts=False),
    Column("action", "Action", sorts=False),
    Column("subject_kind", "Kind", csv_only=True, sorts=False),
    Column("subject_id", "On", sorts=False),
    Column("changes", "What changed", describe_changes, sorts=False),
)
