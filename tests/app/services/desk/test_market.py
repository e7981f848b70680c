"""Demand beside supply by skill, how full projects are, and the timeline of a pause."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.desk.market import list_loads, list_skill_balances
from app.services.desk.timeline import list_timeline
from app.services.paging import PageRequest
from app.services.review.reviewing import approve_proposals
from tests.app.world import PAUSE_DATE, SYSTEM, add_world, pause_p1, propose

_SKILLS = """
    INSERT INTO skills VALUES ('Welding'), ('Drawing');
    INSERT INTO project_skills (project_id, skill, min_level, required, weight) VALUES
        ('P2', 'Welding', 3, true, 1), ('P3', 'Welding', 2, true, 1),
        ('P3', 'Drawing', 2, false, 1);
    INSERT INTO contractor_skills VALUES
        ('C1', 'Welding', 2), ('C2', 'Welding', 1), ('C3', 'Welding', 5), ('C3', 'Drawing', 1);
"""


@pytest.fixture
def pause_id(session: Session) -> int:
    """C1 to C3 lose 20 h each; C3 has 12 h of them back, on P2, which wants 100 h."""
    add_world(session)
    opened = pause_p1(session)
    (wanted,) = propose(session, opened.plan_run_id, [("C3", "P2", 12)])
    approve_proposals(session, actor=SYSTEM, proposals=[wanted])
    for statement in _SKILLS.split(";"):
        if statement.strip():
            session.execute(text(statement))
    session.commit()
    return opened.pause_id


def test_balance_counts_open_demand_and_free_hours(session: Session, pause_id: int) -> None:
    balances = {
        one.skill: one for one in list_skill_balances(session, [pause_id], today=PAUSE_DATE)
    }
    # Drawing is only welcome: that is no demand.
    welding = balances.pop("Welding")
    assert balances == {}
    # P2 has 88 h open, P3 100 h; the lowest level asked is 2, so C2 does not count.
    assert (welding.demand_hours, welding.num_projects) == (188, 2)
    assert (welding.supply_hours, welding.num_people) == (20 + 8, 2)
    assert welding.unmet_hours == 160


def test_balance_lists_what_is_unmet_first(session: Session, pause_id: int) -> None:
    session.execute(text("UPDATE project_skills SET required = true"))
    session.execute(text("UPDATE contractor_skills SET level = 5"))
    session.commit()
    balances = list_skill_balances(session, [pause_id], today=PAUSE_DATE)
    assert [(one.skill, one.unmet_hours) for one in balances] == [("Welding", 140), ("Drawing", 92)]


def test_load_sums_the_assignments_of_each_week(session: Session, pause_id: int) -> None:
    session.execute(
        text("UPDATE assignments SET ends_on = :day WHERE project_id = 'P2'"),
        {"day": PAUSE_DATE + timedelta(days=7)},
    )
    session.commit()
    page = list_loads(session, monday=PAUSE_DATE - timedelta(days=7), weeks=4)
    loads = {one.codename: one.staffed_hours for one in page.rows}
    # The pause took Chordus' hours away; Kestrel's end on a Monday, whose week still counts.
    assert loads == {"Chordus": (0, 0, 0, 0), "Kestrel": (0, 12, 12, 0), "Larch": (0, 0, 0, 0)}
    assert page.total == 3
    assert [one.codename for one in page.rows] == ["Chordus", "Kestrel", "Larch"]


def test_load_is_cut_to_a_page(session: Session, pause_id: int) -> None:
    page = list_loads(session, monday=PAUSE_DATE, weeks=1, offset=1, limit=1)
    assert [one.codename for one in page.rows] == ["Kestrel"]
    assert page.total == 3


def read_timeline(
    session: Session, pause_id: int, *, text: str = "", state: str = ""
) -> dict[str, list[str]]:
    page = list_timeline(
        session,
        pause_id,
        first=date(2026, 2, 2),
        last=date(2026, 5, 24),
        text=text,
        state=state,
        page=PageRequest("name"),
    )
    assert page.total == len(page.rows)
    return {row.contractor_id: [span.kind for span in row.spans] for row in page.rows}


def test_timeline_tells_what_stopped_from_what_came(session: Session, pause_id: int) -> None:
    session.execute(
        text(
            "INSERT INTO assignments (assignment_id, contractor_id, project_id, hours_per_week,"
            " starts_on, ends_on, status) VALUES"
            " ('B1', 'C1', 'P3', 5, '2026-01-05', '2026-02-02', 'ended'),"
            " ('B2', 'C2', 'P3', 5, '2026-01-05', '2026-02-01', 'ended')"
        )
    )
    session.commit()
    assert read_timeline(session, pause_id) == {
        "C1": ["paused", "other"],
        "C2": ["paused"],
        "C3": ["paused", "new"],
    }


def test_timeline_is_narrowed_by_state_and_name(session: Session, pause_id: int) -> None:
    assert list(read_timeline(session, pause_id, state="placed")) == ["C3"]
    assert list(read_timeline(session, pause_id, state="waiting")) == ["C1", "C2"]
    assert list(read_timeline(session, pause_id, text="name c2")) == ["C2"]
