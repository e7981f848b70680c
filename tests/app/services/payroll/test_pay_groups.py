"""Pay groups: who has which pay week, and what a change leaves as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import AuditEvent
from app.services.access.access import Actor
from app.services.hours.timesheets import find_week
from app.services.payroll.pay_groups import GroupSettings, list_groups, move_people, save_group
from tests.app.services.hours.hours_logging import log
from tests.app.world import SYSTEM, add_world

TOKYO = GroupSettings("Tokyo", "Asia/Tokyo", 6, is_default=True)
BERLIN = GroupSettings("Berlin", "Europe/Berlin", 0, is_default=False)
DAY = date(2026, 2, 4)


def list_weeks(session: Session) -> list[tuple[int, str]]:
    """Return first day and zone of the weeks of three people."""
    weeks = [find_week(session, person, DAY).bounds for person in ("C1", "C2", "C3")]
    return [(week.starts_on.day, week.zone) for week in weeks]


def test_groups_give_people_their_pay_weeks(session: Session) -> None:
    add_world(session)
    assert list_weeks(session) == [(2, "UTC")] * 3
    save_group(session, actor=SYSTEM, settings=TOKYO)
    berlin = save_group(session, actor=SYSTEM, settings=BERLIN)
    moved = move_people(session, actor=SYSTEM, group_id=berlin, contractor_ids=["C2", "C3", "C2"])
    assert (moved, list_weeks(session)) == (
        2,
        [(1, "Asia/Tokyo"), (2, "Europe/Berlin"), (2, "Europe/Berlin")],
    )
    assert move_people(session, actor=SYSTEM, group_id=berlin, contractor_ids=["C2"]) == 0
    move_people(session, actor=SYSTEM, group_id=None, contractor_ids=["C3"])
    assert list_weeks(session)[2] == (1, "Asia/Tokyo")
    assert [(row.settings, row.num_people) for row in list_groups(session)] == [
        (TOKYO, 0),
        (BERLIN, 1),
    ]


def test_there_is_one_default_group(session: Session) -> None:
    save_group(session, actor=SYSTEM, settings=TOKYO)
    save_group(session, actor=SYSTEM, settings=replace(BERLIN, is_default=True))
    rows = [row.settings for row in list_groups(session)]
    assert [(one.name, one.is_default) for one in rows] == [("Berlin", True), ("Tokyo", False)]


def test_change_of_a_group_leaves_weeks_that_have_begun(session: Session) -> None:
    add_world(session)
    group_id = save_group(session, actor=SYSTEM, settings=TOKYO)
    log(session, DAY, "8")
    changed = replace(TOKYO, zone="Europe/Berlin", first_weekday=2)
    assert save_group(session, actor=SYSTEM, settings=changed, group_id=group_id) == group_id
    assert list_weeks(session) == [
        (1, "Asia/Tokyo"),
        (4, "Europe/Berlin"),
        (4, "Europe/Berlin"),
    ]
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.before is not None
    assert event.after is not None
    assert (event.before["zone"], event.after["zone"]) == ("Asia/Tokyo", "Europe/Berlin")


def test_group_called_like_another_is_refused(session: Session) -> None:
    save_group(session, actor=SYSTEM, settings=TOKYO)
    with pytest.raises(Refused, match="a pay group called tokyo already"):
        save_group(session, actor=SYSTEM, settings=replace(BERLIN, name="tokyo"))
    with pytest.raises(NotFound):
        save_group(session, actor=SYSTEM, settings=BERLIN, group_id=987_654)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(BERLIN, name=" "),
        replace(BERLIN, name="x" * 61),
        replace(BERLIN, zone="Mars/Olympus"),
        replace(BERLIN, first_weekday=7),
        replace(BERLIN, first_weekday=-1),
    ],
)
def test_settings_that_mean_nothing_are_refused(session: Session, wrong: GroupSettings) -> None:
    with pytest.raises(InvalidValue):
        save_group(session, actor=SYSTEM, settings=wrong)


def test_people_that_do_not_exist_are_named_and_nobody_moves(session: Session) -> None:
    add_world(session)
    berlin = save_group(session, actor=SYSTEM, settings=BERLIN)
    with pytest.raises(InvalidValue, match="X8, X9"):
        move_people(session, actor=SYSTEM, group_id=berlin, contractor_ids=["C1", "X9", "X8"])
    assert list_weeks(session)[0] == (2, "UTC")
    for group_id, ids, error in ((berlin, [], InvalidValue), (987_654, ["C1"], NotFound)):
        with pytest.raises(error):
            move_people(session, actor=SYSTEM, group_id=group_id, contractor_ids=ids)


def test_only_payroll_sets_pay_weeks(session: Session) -> None:
    manager = Actor(None, "x", frozenset({"ops_manager"}))
    with pytest.raises(Forbidden):
        save_group(session, actor=manager, settings=BERLIN)
    with pytest.raises(Forbidden):
        move_people(session, actor=manager, group_id=None, contractor_ids=["C1"])
