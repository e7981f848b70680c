"""Importing a CSV folder: the whole of it, or nothing.

Rows are added or changed by their key. What the folder does not mention stays, except
that a file of skills, leave or walls is complete for the contractors, projects and clients
that the folder lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.importing import FileReading, read_folder
from app.services.access import Actor, Permission, require
from app.services.account_ties import tie_users_by_address
from app.services.audit import record
from app.services.import_checks import check_against_live_state
from app.services.import_tables import TableCounts, copy_incoming, drop_incoming, merge_incoming
from app.services.skill_claims import keep_confirmed_skills
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
    counts = import_roster(
        session, read.roster, actor=actor, source=folder.name, present_tables=present
    )
    return ImportSummary(counts, read.readings, read.warnings)


@retried
def import_roster(
    session: Session,
    roster: Roster,
    *,
    actor: Actor,
    source: str,
    present_tables: frozenset[str] = frozenset(TABLES),
) -> tuple[TableCounts, ...]:
    """Write a roster; `present_tables` are those that its source really held.

    Raises FolderRejected when it contradicts the live state; then nothing is written.
    """
    require(actor, Permission.IMPORT)
    with transaction(session):
        # Everyone who locks rows of these tables waits here, so what is checked stays true.
        # Readers go on. The order is that of every other lock: projects first.
        session.execute(text("LOCK TABLE projects, contractors, assignments IN EXCLUSIVE MODE"))
        copy_incoming(session, roster)
        check_against_live_state(session)
        counts = merge_incoming(session, present_tables)
        keep_confirmed_skills(session)
        drop_incoming(session)
        tie_users_by_address(session, actor=actor)
        record(
            session,
            actor=actor,
            action="roster.imported",
            subject=("roster", source),
            after={count.table: count.as_dict() for count in counts},
        )
    session.expire_all()
    return counts
