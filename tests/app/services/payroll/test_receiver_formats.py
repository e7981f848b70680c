"""Formats of payroll systems: versions, who may change them, and what is refused."""

from __future__ import annotations

import psycopg.errors
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused, Stale
from app.exports.payroll_formats.column_map import write_map
from app.models import AuditEvent
from app.services.access.access import Actor
from app.services.desk.receiver_formats import list_formats, list_versions
from app.services.payroll.receiver_formats import archive_format, change_format, create_format
from solver.errors import InvalidInput
from tests.app.exports.payroll_formats.test_adp import SETTINGS
from tests.app.exports.payroll_formats.test_column_map import PLAIN
from tests.app.world import SYSTEM, add_account


def create(session: Session, name: str = "ADP", **changes: str) -> int:
    return create_format(session, actor=SYSTEM, name=name, kind="adp", settings=SETTINGS | changes)


def test_format_keeps_every_version(session: Session) -> None:
    clerk = add_account(session, "payroll")
    format_id = create_format(session, actor=clerk, name="ADP", kind="adp", settings=SETTINGS)
    change_format(
        session,
        actor=add_account(session, "admin"),
        format_id=format_id,
        version=1,
        name="ADP east",
        settings=SETTINGS | {"company_code": "EST"},
    )
    versions = list_versions(session, format_id)
    assert [(row.version, row.settings["company_code"]) for row in versions] == [
        (2, "EST"),
        (1, "RDP"),
    ]
    (row,) = list_formats(session)
    assert (row.name, row.version, row.changed_by) == ("ADP east", 2, versions[0].changed_by)
    changes = select(AuditEvent.action).where(AuditEvent.subject_kind == "payroll_format")
    assert session.scalars(changes.order_by(AuditEvent.id)).all() == [
        "payroll_format.created",
        "payroll_format.changed",
    ]


def test_version_refuses_change_in_the_database(session: Session) -> None:
    create(session)
    with pytest.raises(IntegrityError) as caught:
        session.execute(text("UPDATE receiver_format_versions SET settings = '{}'"))
    assert isinstance(caught.value.orig, psycopg.errors.RestrictViolation)


def test_same_settings_make_no_new_version(session: Session) -> None:
    format_id = create(session)
    change_format(
        session, actor=SYSTEM, format_id=format_id, version=1, name="ADP", settings=SETTINGS
    )
    assert [row.version for row in list_versions(session, format_id)] == [1]


def test_change_by_somebody_else_meanwhile_is_stale(session: Session) -> None:
    format_id = create(session)
    with pytest.raises(Stale):
        change_format(
            session, actor=SYSTEM, format_id=format_id, version=2, name="B", settings=SETTINGS
        )


def test_name_is_taken_once_among_those_in_use(session: Session) -> None:
    format_id = create(session)
    with pytest.raises(Refused, match="There is a format called adp already"):
        create(session, "adp")
    archive_format(session, actor=SYSTEM, format_id=format_id)
    archive_format(session, actor=SYSTEM, format_id=format_id)
    create(session, "adp")
    assert len(list_formats(session)) == 1
    with pytest.raises(Refused, match="has been put away"):
        change_format(
            session, actor=SYSTEM, format_id=format_id, version=1, name="B", settings=SETTINGS
        )


@pytest.mark.parametrize("name", ["", " ADP", "x" * 61])
def test_unusable_name_is_refused(session: Session, name: str) -> None:
    with pytest.raises(InvalidValue):
        create(session, name)


def test_settings_are_refused_field_by_field_and_nothing_is_written(session: Session) -> None:
    with pytest.raises(InvalidInput, match="company_code: '=A' found"):
        create(session, company_code="=A")
    with pytest.raises(InvalidInput, match="date_format"):
        create_format(
            session,
            actor=SYSTEM,
            name="Map",
            kind="columns",
            settings=write_map(PLAIN) | {"date_format": "%c"},
        )
    with pytest.raises(InvalidValue):
        create_format(session, actor=SYSTEM, name="X", kind="cobol", settings={})
    assert list_formats(session) == []


def test_unknown_format_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        archive_format(session, actor=SYSTEM, format_id=7)
    with pytest.raises(NotFound):
        list_versions(session, 7)


@pytest.mark.parametrize("role", ["ops_manager", "contractor"])
def test_others_may_not_edit_formats(session: Session, role: str) -> None:
    actor = Actor(None, "x", frozenset({role}))
    with pytest.raises(Forbidden):
        create_format(session, actor=actor, name="ADP", kind="adp", settings=SETTINGS)
