"""The figures of affected people, on rows whose sums are known by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Proposal
from app.services.desk.redeployment import list_waiting, measure_redeployment
from app.services.desk.redeployment_rates import PauseRates, list_rates, sum_rates
from app.services.pauses.resuming import resume_pause
from app.services.review.reviewing import approve_proposals
from tests.app.world import EFFECTIVE_AT, PAUSE_DATE, SYSTEM, add_world, pause_p1, propose

TODAY = date(2026, 3, 12)


@pytest.fixture
def pause_id(session: Session) -> int:
    """Four people lose 20 h each; C1 gets 20 h back after a day, C2 12 h after five."""
    add_world(session, num_contractors=4)
    opened = pause_p1(session)
    wanted = propose(
        session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 12), ("C3", "P2", 20)]
    )
    approve_proposals(session, actor=SYSTEM, proposals=wanted[:2])
    for place, hours in ((0, 20), (1, 5 * 24)):
        session.execute(
            update(Proposal)
            .where(Proposal.id == wanted[place].proposal_id)
            .values(decided_at=EFFECTIVE_AT + timedelta(hours=hours))
        )
    session.execute(
        update(Assignment)
        .where(Assignment.contractor_id == "C2", Assignment.project_id == "P2")
        .values(starts_on=PAUSE_DATE + timedelta(days=7))
    )
    session.commit()
    return opened.pause_id


def test_figures_count_people_hours_and_pay(session: Session, pause_id: int) -> None:
    figures = measure_redeployment(session, [pause_id], today=TODAY).figures
    assert (figures.num_affected, figures.num_redeployed) == (4, 2)
    assert (figures.lost_hours, figures.restored_hours) == (80, 32)
    assert figures.median_days_between == 0  # the lower of 0 and 7
    assert figures.longest_wait_days == 10
    (pay,) = figures.pay
    assert (pay.currency, pay.lost_cents, pay.at_risk_cents) == ("USD", 320_000, 192_000)


def test_figures_count_published_places_as_before(session: Session, pause_id: int) -> None:
    session.execute(
        update(Proposal).where(Proposal.status == "approved").values(status="published")
    )
    session.commit()
    figures = measure_redeployment(session, [pause_id], today=TODAY).figures
    assert (figures.num_redeployed, figures.restored_hours) == (2, 32)
    assert measure_redeployment(session, [pause_id], today=TODAY).points[-1].restored_hours == 32
    assert list_rates(session)[0].num_within == (1, 1, 2)


def test_figures_cap_what_a_person_gets_at_what_they_lost(session: Session, pause_id: int) -> None:
    session.execute(text("UPDATE assignments SET hours_per_week = 40 WHERE project_id = 'P2'"))
    session.commit()
    assert measure_redeployment(session, [pause_id], today=TODAY).figures.restored_hours == 40


def test_figures_leave_out_places_that_are_over(session: Session, pause_id: int) -> None:
    session.execute(text("UPDATE assignments SET ends_on = '2026-03-11' WHERE project_id = 'P2'"))
    session.commit()
    assert (
        measure_redeployment(session, [pause_id], today=TODAY - timedelta(1)).figures.restored_hours
        == 32
    )
    assert measure_redeployment(session, [pause_id], today=TODAY).figures.restored_hours == 0


def test_figures_leave_out_who_is_no_longer_active(session: Session, pause_id: int) -> None:
    session.execute(
        update(Contractor).where(Contractor.contractor_id == "C4").values(status="inactive")
    )
    session.commit()
    assert measure_redeployment(session, [pause_id], today=TODAY).figures.num_affected == 3
    assert [one.contractor_id for one in list_waiting(session, [pause_id], today=TODAY, most=9)[0]]


def test_figures_without_a_pause_are_empty(session: Session) -> None:
    figures = measure_redeployment(session, [], today=TODAY).figures
    assert (figures.num_affected, figures.lost_hours, figures.pay) == (0, 0, ())
    assert measure_redeployment(session, [], today=TODAY).points == ()
    assert list_waiting(session, [], today=TODAY, most=5) == ([], 0)
    assert list_rates(session) == []


def test_points_grow_with_each_decision(session: Session, pause_id: int) -> None:
    points = measure_redeployment(session, [pause_id], today=TODAY).points
    assert [(one.lost_hours, one.restored_hours) for one in points] == [(80, 0), (80, 20), (80, 32)]
    assert points[1].moment == EFFECTIVE_AT + timedelta(hours=20)


def test_points_cap_a_person_over_several_decisions(session: Session) -> None:
    add_world(session, num_contractors=1)
    opened = pause_p1(session)
    wanted = propose(session, opened.plan_run_id, [("C1", "P2", 15), ("C1", "P3", 5)])
    approve_proposals(session, actor=SYSTEM, proposals=wanted)
    session.execute(text("UPDATE assignments SET hours_per_week = 15 WHERE project_id = 'P3'"))
    session.commit()
    points = measure_redeployment(session, [opened.pause_id], today=PAUSE_DATE).points
    assert points[-1].restored_hours == 20


def test_waiting_have_no_place_and_the_longest_come_first(session: Session, pause_id: int) -> None:
    session.execute(
        text(
            "INSERT INTO assignments (assignment_id, contractor_id, project_id, hours_per_week,"
            " starts_on, status) VALUES ('B4', 'C4', 'P3', 5, '2026-01-05', 'active')"
        )
    )
    session.commit()
    people, total = list_waiting(session, [pause_id], today=TODAY, most=1)
    assert total == 2
    assert [(one.contractor_id, one.wait_days, one.lost_hours) for one in people] == [
        ("C3", 10, 20)
    ]
    people, _ = list_waiting(session, [pause_id], today=TODAY, most=9)
    assert [(one.contractor_id, one.working_hours) for one in people] == [("C3", 0), ("C4", 5)]


def test_rates_count_decisions_within_the_days(session: Session, pause_id: int) -> None:
    (rates,) = list_rates(session)
    assert (rates.num_affected, rates.num_within, rates.num_redeployed) == (4, (1, 1, 2), 2)
    assert rates.codenames == ("Chordus",)


def test_rates_of_an_ended_pause_speak_of_whom_it_planned(session: Session, pause_id: int) -> None:
    resume_pause(session, actor=SYSTEM, pause_id=pause_id, today=TODAY)
    (rates,) = list_rates(session, pause_id=pause_id)
    # C4 is in no plan of this test; who was proposed or listed as unplaced is counted.
    assert (rates.num_affected, rates.num_within, rates.num_redeployed) == (3, (1, 1, 2), 2)
    assert measure_redeployment(session, [pause_id], today=TODAY).figures.num_affected == 0


def test_rate_of_a_young_pause_is_so_far() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    old = PauseRates(1, "open", start, ("A",), 10, (1, 2, 3), 4)
    young = PauseRates(2, "open", start + timedelta(days=6), ("B",), 10, (10, 10, 10), 10)
    now = start + timedelta(days=8)
    both = sum_rates([old, young], 0, now)
    assert (both.num_within, both.num_affected, both.is_over) == (11, 20, True)
    week = sum_rates([old, young], 2, now)
    assert (week.num_within, week.num_affected, week.is_over) == (3, 10, True)
    alone = sum_rates([young], 2, now)
    assert (alone.num_within, alone.is_over) == (10, False)
