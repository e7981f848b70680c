"""Importing a CSV folder: the whole of it, or nothing.

Rows are added or changed by their key. What the folder does not mention stays, except
that a file of skills, leave or walls is complete for the contractors, projects and clients
that the folder lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.importing import FileReading, read_folder
from app.services.access.access import Actor, Permission, require
from app.services.access.account_ties import tie_users_by_address
from app.services.auditing.audit import record
from app.services.copy_text import Pieces, render_roster, render_typed
from app.services.imports.import_checks import check_against_live_state, naming_walled_rows
from app.services.imports.import_tables import (
    TableCounts,
    drop_incoming,
    fill_incoming,
    merge_incoming,
)
from app.services.own_work.skill_claims import keep_confirmed_skills
from app.services.transaction import retried, transaction
from solver.roster import TABLES, Roster


@dataclass(frozen=True)
class ImportSummary:
    """What an import did, table by table, and how the files were read."""

    tables: tuple[TableCounts, ...]
    readings: tuple[FileReading, ...] = ()
    warnings: tuple[str, ...] = ()


def import_folder(session: Session, folder: Path, *, actor: Actor) -> ImportSummary:
    """Read `folder`, check it against the live state, and write it.

    Raises FolderRejected with every fault; then nothing is written.
    """
    require(actor, Permission.IMPORT)
    read = read_folder(folder)
    present = frozenset(reading.file.removesuffix(".csv") for reading in read.readings)
    counts = _import_rows(
        session,
        lambda: {name: render_typed(typed) for name, typed in read.tables.tables.items()},
        actor=actor,
        source=folder.name,
        present_tables=present,
    )
    return ImportSummary(counts, read.readings, read.warnings)


def import_roster(
    session: Session,
    roster: Roster,
    *,
    actor: Actor,
    source: str,
    present_tables: frozenset[str] = frozenset(TABLES),
) -> tuple[TableCounts, ...]:
    """Write a roster; `present_tables` are those that its source really held.

    Raises FolderRejected when it contradicts the live state, or would put new work across a
    wall; then nothing is written.
    """
    require(actor, Permission.IMPORT)
    return _import_rows(
        session,
        lambda: render_roster(roster),
        actor=actor,
        source=source,
        present_tables=present_tables,
    )


@retried
def _import_rows(
    session: Session,
    render: Callable[[], Pieces],
    *,
    actor: Actor,
    source: str,
    present_tables: frozenset[str],
) -> tuple[TableCounts, ...]:
    """Check and write rows; `render` gives them anew at each try."""
    with naming_walled_rows(), transaction(session):
        lock_roster(session)
        fill_incoming(session, render())
        check_against_live_state(session)
        counts = write_incoming(session, actor=actor, source=source, present_tables=present_tables)
        drop_incoming(session)
    session.expire_all()
    return counts


def lock_roster(session: Session) -> None:
    """Make everyone who locks rows of the roster wait, so that what is checked stays true.

    Readers go on. The order is that of every other lock: projects first.
    """
    session.execute(text("LOCK TABLE projects, contractors, assignments IN EXCLUSIVE MODE"))


def write_incoming(
    session: Session,
    *,
    actor: Actor,
    source: str,
    present_tables: frozenset[str],
    details: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[TableCounts, ...]:
    """Write the incoming rows, which were checked under the lock; the caller commits.

    details  what the audit trail says beside the counts
    """
    counts = merge_incoming(session, present_tables)
    keep_confirmed_skills(session)
    tie_users_by_address(session, actor=actor)
    record(
        session,
        actor=actor,
        action="roster.imported",
        subject=("roster", source),
        after={**{count.table: count.as_dict() for count in counts}, **details},
    )
    return counts
