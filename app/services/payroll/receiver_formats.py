"""Saving, changing and putting away the formats that payroll systems take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused, Stale
from app.exports.payroll_formats.catalog import FORMATS
from app.exports.payroll_formats.column_map import check_map, read_map
from app.exports.payroll_formats.payroll_format import check_settings
from app.models import RECEIVER_KINDS, ReceiverFormat, ReceiverFormatVersion
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction
from solver.errors import InvalidInput, Problem

MAX_NAME = 60
COLUMNS = "columns"
"""The kind of a column map."""


def find_problems(kind: str, settings: Mapping[str, Any]) -> list[Problem]:
    """Return what keeps settings of a kind from being used, each at the name of its field."""
    if kind == COLUMNS:
        return check_map(read_map(settings))
    return check_settings(FORMATS[kind], settings)


@retried
def create_format(
    session: Session, *, actor: Actor, name: str, kind: str, settings: Mapping[str, Any]
) -> int:
    """Save a format under a new name; return its id.

    settings  as `payroll_format.check_settings` or `column_map.read_map` take them

    Raises InvalidValue, InvalidInput naming every field, or Refused (`name_taken`).
    """
    require(actor, Permission.EDIT_PAYROLL_FORMATS)
    with transaction(session):
        if kind not in RECEIVER_KINDS:
            raise InvalidValue("kind", kind, " or ".join(RECEIVER_KINDS))
        _check(name, kind, settings)
        row = ReceiverFormat(name=name, kind=kind, version=1)
        session.add(row)
        _flush_name(session, name)
        _add_version(session, actor, row, settings)
        record(
            session,
            actor=actor,
            action="payroll_format.created",
            subject=("payroll_format", row.id),
            after=_describe(row, settings),
        )
        return row.id


@retried
def change_format(
    session: Session,
    *,
    actor: Actor,
    format_id: int,
    version: int,
    name: str,
    settings: Mapping[str, Any],
) -> None:
    """Give a format a new version; files that were made by an earlier one stay as they are.

    version  that the actor has seen

    Raises NotFound, Stale, InvalidValue, InvalidInput, or Refused (`name_taken`, `archived`).
    """
    require(actor, Permission.EDIT_PAYROLL_FORMATS)
    with transaction(session):
        row = _lock(session, format_id)
        if row.archived_at is not None:
            raise Refused("archived", f"The format {row.name} has been put away.")
        if row.version != version:
            raise Stale("payroll format", format_id, f"{row.name} was changed meanwhile.")
        _check(name, row.kind, settings)
        before = _describe(row, get_settings(session, row.id, row.version))
        row.name = name
        if _describe(row, settings) == before:
            return
        row.version += 1
        _flush_name(session, name)
        _add_version(session, actor, row, settings)
        record(
            session,
            actor=actor,
            action="payroll_format.changed",
            subject=("payroll_format", row.id),
            before=before,
            after=_describe(row, settings),
        )


@retried
def archive_format(session: Session, *, actor: Actor, format_id: int) -> str:
    """Put a format away: no more files are made by it; return its name. Twice is as once.

    Raises NotFound.
    """
    require(actor, Permission.EDIT_PAYROLL_FORMATS)
    with transaction(session):
        row = _lock(session, format_id)
        name = row.name
        if row.archived_at is None:
            row.archived_at = datetime.now(UTC)
            record(
                session,
                actor=actor,
                action="payroll_format.archived",
                subject=("payroll_format", row.id),
                before={"archived": False},
                after={"archived": True},
            )
        return name


def get_settings(session: Session, format_id: int, version: int) -> dict[str, Any]:
    """Return the settings of one version; raises NotFound."""
    settings: dict[str, Any] | None = session.scalars(
        select(ReceiverFormatVersion.settings).where(
            ReceiverFormatVersion.format_id == format_id, ReceiverFormatVersion.version == version
        )
    ).first()
    if settings is None:
        raise NotFound("payroll format", format_id)
    return settings


def _lock(session: Session, format_id: int) -> ReceiverFormat:
    row = session.get(ReceiverFormat, format_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("payroll format", format_id)
    return row


def _check(name: str, kind: str, settings: Mapping[str, Any]) -> None:
    if not name or name != name.strip() or len(name) > MAX_NAME:
        raise InvalidValue("name", name, f"1 to {MAX_NAME} characters")
    problems = find_problems(kind, settings)
    if problems:
        raise InvalidInput(problems)


def _flush_name(session: Session, name: str) -> None:
    """Write the row; the index on names decides between two at once."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("name_taken", f"There is a format called {name} already.") from error


def _add_version(
    session: Session, actor: Actor, row: ReceiverFormat, settings: Mapping[str, Any]
) -> None:
    session.add(
        ReceiverFormatVersion(
            format_id=row.id,
            version=row.version,
            settings=dict(settings),
            made_by=actor.user_id,
        )
    )


def _describe(row: ReceiverFormat, settings: Mapping[str, Any]) -> dict[str, object]:
    return {"name": row.name, "kind": row.kind, "settings": dict(settings)}
