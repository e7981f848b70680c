"""Walls day by day: what a change of work, of a project or of history adds across them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import WallBreached
from app.importing import FolderRejected
from app.services.imports.importing import import_roster
from app.services.transaction import transaction
from tests.app.services.plans import walled
from tests.app.services.plans.crossing import cross
from tests.app.services.plans.walled import (
    THIRTY,
    Span,
    Story,
    add_span,
    count_new,
    insert,
    raise_walls,
    tell_story,
)
from tests.app.world import SYSTEM
from tests.factories import Row, make_roster

today, run_id = walled.today, walled.run_id


@pytest.mark.parametrize(("days_between", "is_taken"), [(29, False), (30, False), (31, True)])
def test_cooling_off_has_both_boundary_days(
    session: Session, run_id: int, today: date, days_between: int, is_taken: bool
) -> None:
    story = Story((Span("H4", -40, 20),), THIRTY, Span("P2", 7, None))
    tell_story(session, story, today)
    raise_walls(session, story)
    with suppress(WallBreached):
        insert(session, Span("P2", days_between - 20, None), today)
    assert count_new(session) == is_taken


@pytest.fixture
def beside_later_work(session: Session, run_id: int, today: date) -> None:
    """C1 works for K4 for 10 more days, for K2 from 45 days on: 30 must lie between."""
    past = (Span("H4", -40, 50), Span("P2", 45, 30), Span("H5", 0, 20))
    story = Story(past, THIRTY, Span("P2", 7, None))
    tell_story(session, story, today)
    raise_walls(session, story)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assignments SET ends_on = ends_on + 6 WHERE assignment_id = 'B0'",
        "UPDATE assignments SET ends_on = NULL WHERE assignment_id = 'B0'",
        "UPDATE assignments SET starts_on = starts_on - 6 WHERE assignment_id = 'B1'",
        "UPDATE projects SET client_id = 'K2' WHERE project_id = 'H5'",
        """INSERT INTO assignments (assignment_id, contractor_id, project_id, hours_per_week,
               starts_on, ends_on, status)
           SELECT 'B9', contractor_id, 'P2', 1, starts_on, ends_on, 'active'
           FROM assignments WHERE assignment_id = 'B0'""",
        "UPDATE assignments SET project_id = 'P2' WHERE assignment_id = 'B2'",
    ],
)
def test_database_refuses_days_that_a_change_adds(
    session: Session, beside_later_work: None, statement: str
) -> None:
    with pytest.raises(WallBreached), transaction(session):
        session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assignments SET hours_per_week = 2",
        "UPDATE assignments SET ends_on = ends_on - 1 WHERE assignment_id = 'B0'",
        "UPDATE assignments SET ends_on = ends_on + 5 WHERE assignment_id = 'B1'",
        "UPDATE assignments SET status = 'ended' WHERE assignment_id = 'B0'",
    ],
)
def test_database_takes_what_adds_no_day_across(
    session: Session, beside_later_work: None, statement: str
) -> None:
    with transaction(session):
        session.execute(text(statement))


def test_history_of_before_a_wall_can_be_written_down(
    session: Session, run_id: int, today: date
) -> None:
    tell_story(session, Story((Span("H4", -40, None),), {}, Span("P2", 7, None)), today)
    session.execute(
        text("INSERT INTO walls (client_id, competitor_id, cooling_off_days) VALUES ('K2','K4',9)")
    )
    session.commit()
    insert(session, Span("P2", -1, None), today, "begun before")
    insert(session, Span("P2", 3, 5, "ended"), today, "never to come")
    with pytest.raises(WallBreached) as caught:
        insert(session, Span("P2", 0, None), today, "begun since")
    (other,) = caught.value.breaches
    assert (other.assignment_id, other.other_id, other.free_after) == ("begun since", "B0", None)


def test_work_that_is_over_can_be_written_down(session: Session, run_id: int, today: date) -> None:
    """An exposure that is left out of the books would protect nobody."""
    story = Story((Span("H4", -40, 20),), THIRTY, Span("P2", 7, None))
    tell_story(session, story, today)
    raise_walls(session, story)
    insert(session, Span("P2", -30, 29), today)
    with pytest.raises(WallBreached):
        insert(session, Span("P2", -30, 30), today, "not over")


def test_import_names_every_row_across_a_wall(session: Session, run_id: int, today: date) -> None:
    story = Story((Span("H4", -40, 41),), THIRTY, Span("P2", 7, None))
    tell_story(session, story, today)
    raise_walls(session, story)
    place = {"contractor_id": "C1", "project_id": "P2"}
    days = {"X": 31, "Y": 32, "Z": 5}
    rows: list[Row] = [
        {**place, "assignment_id": name, "starts_on": today + timedelta(day)}
        for name, day in days.items()
    ]
    roster = make_roster(
        clients=[{"client_id": "K2"}],
        projects=[{"project_id": "P2", "client_id": "K2"}],
        contractors=[{"contractor_id": "C1"}],
        assignments=rows,
    )
    with pytest.raises(FolderRejected) as caught:
        import_roster(session, roster, actor=SYSTEM, source="a test")
    faults = [(one.value, str(one)) for one in caught.value.problems]
    assert [value for value, _said in faults] == [str(today + timedelta(day)) for day in (31, 5)]
    for (_value, said), name in zip(faults, ("X", "Z"), strict=True):
        assert f"for {name} no day" in said
        assert f"B0, which is behind a wall until {today + timedelta(31)}," in said
    assert count_new(session) == 0


def test_two_writers_for_one_person_do_not_meet_across_a_wall(
    database: Database, session: Session, run_id: int, today: date
) -> None:
    story = Story((), THIRTY, Span("P2", 7, None))
    tell_story(session, story, today)
    raise_walls(session, story)

    def write(project_id: str, name: str) -> Callable[[], None]:
        def run() -> None:
            with database.session() as own, suppress(WallBreached), transaction(own):
                add_span(own, name, Span(project_id, 7, None), today)
                own.execute(text("SELECT 1 AS written"))

        return run

    states = cross(database, write("H4", "one"), "AS written", write("P2", "other"))
    assert states == ["WA001"]
    assert count_new(session) == 0
