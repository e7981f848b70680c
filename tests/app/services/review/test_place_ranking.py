"""Who could go where by hand: rules, room beside approved work, and what proposals want."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import PlanRun, Project, UnplacedContractor
from app.services.plans.open_demand import list_open_demand
from app.services.review.place_ranking import rank_people_for, rank_projects_for
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.world import SYSTEM, add_world, pause_p1, propose

ROWS = [("C1", "P2", 20), ("C2", "P2", 20)]


def prepare(session: Session, **target: object) -> tuple[int, list[ProposalVersion]]:
    """Propose C1 and C2 for P2; C3 and C4 are left over. `target` changes cells of P2."""
    add_world(session, num_contractors=4, target=target or None)  # type: ignore[arg-type]  # cells
    run_id = pause_p1(session).plan_run_id
    proposals = propose(session, run_id, ROWS)
    left_over = [
        {
            "plan_run_id": run_id,
            "contractor_id": person,
            "lost_hours": 20,
            "restored_hours": 0,
            "floor_hours": 10,
            "covered": False,
            "away": False,
            "blocker": "capacity",
            "nearest_project": "P2",
            "unlock": "more hours",
        }
        for person in ("C3", "C4")
    ]
    session.execute(insert(UnplacedContractor), left_over)
    session.commit()
    return run_id, proposals


def test_projects_with_room_come_first_with_what_is_left(session: Session) -> None:
    run_id, proposals = prepare(session, demand_hours=50)
    approve_proposals(session, actor=SYSTEM, proposals=proposals[:1])
    session.execute(update(Project).where(Project.project_id == "P3").values(demand_hours=0))
    session.commit()
    first, second = rank_projects_for(session, run_id, "C3")
    assert (first.project_id, first.rank, first.hours_that_fit) == ("P2", 1, 20)
    assert (first.open_hours, first.free_hours) == (30, 10)
    assert (second.project_id, second.rank, second.hours_that_fit) == ("P3", 2, 0)


def test_project_that_a_rule_or_the_policy_closes_is_not_ranked(session: Session) -> None:
    run_id, _ = prepare(session)
    session.execute(update(Project).where(Project.project_id == "P3").values(clearance=3))
    session.commit()
    assert [one.project_id for one in rank_projects_for(session, run_id, "C3")] == ["P2"]
    run = session.get_one(PlanRun, run_id)
    run.policy_settings = {**(run.policy_settings or {}), "excluded_project_ids": ["P2"]}
    session.commit()
    assert rank_projects_for(session, run_id, "C3") == ()


def test_own_proposal_takes_the_room_of_its_person(session: Session) -> None:
    run_id, _ = prepare(session)
    (other,) = rank_projects_for(session, run_id, "C1")
    assert (other.project_id, other.hours_that_fit) == ("P3", 0)


def test_people_are_those_left_over_with_what_fits(session: Session) -> None:
    run_id, proposals = prepare(session, demand_hours=30)
    approve_proposals(session, actor=SYSTEM, proposals=proposals[:1])
    ranked = rank_people_for(session, run_id, "P2")
    assert [one.contractor_id for one in ranked] == ["C3", "C4"]
    assert (ranked[0].missing_hours, ranked[0].hours_that_fit, ranked[0].held) == (20, 10, ())


def test_nobody_is_ranked_where_nobody_is_left_over(session: Session) -> None:
    add_world(session)
    run_id = pause_p1(session).plan_run_id
    propose(session, run_id, ROWS)
    assert rank_people_for(session, run_id, "P2") == ()
    with pytest.raises(NotFound):
        rank_people_for(session, run_id, "P9")
    with pytest.raises(NotFound):
        rank_projects_for(session, 99, "C1")


def test_open_demand_counts_approved_work_proposals_and_seats(session: Session) -> None:
    run_id, proposals = prepare(session, demand_hours=100, seats=3)
    approve_proposals(session, actor=SYSTEM, proposals=proposals[:1])
    run = session.get_one(PlanRun, run_id)
    found = {one.project_id: one for one in list_open_demand(session, run)}
    assert set(found) == {"P2", "P3"}
    row = found["P2"]
    assert (row.open_hours, row.wanted_hours, row.free_hours, row.free_seats) == (80, 20, 60, 1)
    session.execute(update(Project).where(Project.project_id == "P2").values(seats=2))
    session.commit()
    assert {one.project_id: one.free_hours for one in list_open_demand(session, run)}["P2"] == 0
