"""The access-removal list: what is on it, ticking off once, and many at a time."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound
from app.models import AccessItem, AuditEvent
from app.services.access.access import Actor
from app.services.desk.access_items import (
    count_access,
    count_open_access,
    list_access,
    list_access_names,
)
from app.services.paging import PageRequest
from app.services.pauses.access_items import AccessFilter, add_access_items, mark_access
from tests.app.world import SYSTEM, add_account, add_world, pause_p1


@pytest.fixture
def pause_id(session: Session) -> int:
    """P1 asks for `red` and `blue`; C1 holds both, C2 `red`, which P3 needs of C2 as well."""
    add_world(session, num_contractors=3)
    for statement in (
        "UPDATE projects SET compartments = 'red|blue' WHERE project_id = 'P1'",
        "UPDATE projects SET compartments = 'red' WHERE project_id = 'P3'",
        "UPDATE contractors SET compartments = 'blue|red' WHERE contractor_id = 'C1'",
        "UPDATE contractors SET compartments = 'red' WHERE contractor_id = 'C2'",
        """INSERT INTO assignments
           (assignment_id, contractor_id, project_id, hours_per_week, starts_on, status)
           VALUES ('B2', 'C2', 'P3', 5, '2026-01-05', 'active')""",
    ):
        session.execute(text(statement))
    session.commit()
    return pause_p1(session).pause_id


def list_items(session: Session) -> set[tuple[str, str, str]]:
    rows = session.scalars(select(AccessItem))
    return {(row.contractor_id, row.kind, row.name) for row in rows}


def test_list_names_projects_and_compartments_that_nothing_else_needs(
    session: Session, pause_id: int
) -> None:
    assert list_items(session) == {
        ("C1", "project", "Chordus"),
        ("C2", "project", "Chordus"),
        ("C3", "project", "Chordus"),
        ("C1", "compartment", "red"),
        ("C1", "compartment", "blue"),
    }
    assert list_access_names(session, pause_id) == [
        ("project", "Chordus", 3),
        ("compartment", "blue", 1),
        ("compartment", "red", 1),
    ]


def test_compartment_of_work_that_is_over_is_still_removed(session: Session, pause_id: int) -> None:
    session.execute(text("DELETE FROM access_items"))
    session.execute(
        text("UPDATE assignments SET ends_on = '2026-02-01' WHERE assignment_id = 'B2'")
    )

    assert add_access_items(session, pause_id, date(2026, 3, 2)) == 6
    assert ("C2", "compartment", "red") in list_items(session)


def test_marking_counts_what_changed_and_tells_the_history_once(
    session: Session, pause_id: int
) -> None:
    manager = add_account(session, "ops_manager")
    order = {"actor": manager, "pause_id": pause_id, "narrowed": AccessFilter(kind="compartment")}
    assert mark_access(session, removed=True, **order) == 2  # type: ignore[arg-type]  # said twice
    assert mark_access(session, removed=True, **order) == 0  # type: ignore[arg-type]  # said twice
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "access.removed")).all()
    assert [event.after and event.after["items"] for event in events] == [2]
    count = count_access(session, pause_id)
    assert (count.num_items, count.num_removed, count.num_open) == (5, 2, 3)
    assert (count.num_people, count.num_people_open) == (3, 3)
    assert count_open_access(session, [pause_id]) == [(pause_id, 3)]
    row = session.scalars(select(AccessItem).where(AccessItem.name == "red")).one()
    assert row.removed_by == manager.user_id
    assert row.removed_at is not None


def test_mark_is_taken_back(session: Session, pause_id: int) -> None:
    mark_access(session, actor=SYSTEM, pause_id=pause_id, removed=True)
    assert count_open_access(session, [pause_id]) == []
    ids = session.scalars(select(AccessItem.id).order_by(AccessItem.id).limit(2)).all()
    assert mark_access(session, actor=SYSTEM, pause_id=pause_id, removed=False, item_ids=ids) == 2
    rows = session.scalars(select(AccessItem).where(AccessItem.removed_at.is_(None)))
    assert {row.id for row in rows} == set(ids)


def test_items_of_another_pause_stay(session: Session, pause_id: int) -> None:
    ids = list(session.scalars(select(AccessItem.id)))
    session.execute(text("UPDATE access_items SET pause_id = pause_id"))
    other = session.execute(
        text(
            """INSERT INTO pauses (scope_kind, reason_class, comment, effective_at)
               VALUES ('project', 'other', '', now()) RETURNING id"""
        )
    ).scalar_one()
    session.commit()
    assert mark_access(session, actor=SYSTEM, pause_id=other, removed=True, item_ids=ids) == 0
    assert mark_access(session, actor=SYSTEM, pause_id=other, removed=True, item_ids=[]) == 0


def test_marking_needs_the_permission_and_a_pause(session: Session, pause_id: int) -> None:
    nobody = Actor(1, "x", frozenset({"contractor"}))
    with pytest.raises(Forbidden):
        mark_access(session, actor=nobody, pause_id=pause_id, removed=True)
    with pytest.raises(NotFound):
        mark_access(session, actor=SYSTEM, pause_id=99, removed=True)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (AccessFilter(text="name c1"), 3),
        (AccessFilter(text="C2"), 1),
        (AccessFilter(state="removed"), 0),
        (AccessFilter(state="to_remove", kind="compartment", name="red"), 1),
    ],
)
def test_list_is_filtered(
    session: Session, pause_id: int, narrowed: AccessFilter, expected: int
) -> None:
    page = list_access(session, pause_id, narrowed, PageRequest("contractor"))
    assert page.total == len(page.rows) == expected
