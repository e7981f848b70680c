"""A saved policy's limits count wherever a proposal of its run is judged, and say so."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import PlanRun, Proposal
from app.services.plans.plan_loading import load_pairs_roster, load_planning_roster
from app.services.plans.policy_roster import LEFT_OUT, name_left_out, name_left_out_blockers
from app.services.plans.policy_settings import PolicySettings, write_settings
from app.services.review.hand_changes import change_proposal, check_change
from app.services.review.review_blockers import list_blocked_projects
from app.services.review.reviewing import ProposalVersion, approve_proposals
from solver.policy import PEOPLE_FIRST, Policy
from tests.app.world import SYSTEM, add_world, pause_p1, propose
from tests.factories import Cell

GENTLE = PolicySettings(Policy("Gentle", PEOPLE_FIRST.tiers))
LEAVES_IT_OUT = "The plan's policy leaves this project out: it gets nobody new."


def prepare(
    session: Session, settings: PolicySettings, *, target: dict[str, Cell] | None = None
) -> ProposalVersion:
    """Return the proposal of C1 on P2, 20 hours a week, of a run under these settings."""
    add_world(session, num_contractors=2, target=target)
    run = session.get_one(PlanRun, pause_p1(session).plan_run_id)
    run.policy, run.policy_settings = "Gentle", write_settings(settings)
    session.commit()
    return propose(session, run.id, [("C1", "P2", 20)])[0]


def approve(session: Session, wanted: ProposalVersion) -> str:
    (outcome,) = approve_proposals(session, actor=SYSTEM, proposals=[wanted])
    return outcome.sentence


def test_approvals_and_live_checks_ignored_the_saved_policy_bug(session: Session) -> None:
    """Judging a few pairs had loaded the roster without the floor and the excluded projects."""
    settings = replace(GENTLE, floor_hours=20, excluded_project_ids=("P2", "P3"))
    wanted = prepare(session, settings)
    run = session.get_one(PlanRun, 1)
    planned, _ = load_planning_roster(session, run)
    judged, _ = load_pairs_roster(session, run, [("C1", "P2")])
    floors = judged.contractors.set_index("contractor_id")["floor_hours"]
    assert floors.to_dict() == {"C1": 20}
    columns = ["project_id", "demand_hours"]
    assert judged.projects[columns].equals(planned.projects[columns])
    assert approve(session, wanted) == LEAVES_IT_OUT
    checked = check_change(
        session, proposal_id=wanted.proposal_id, project_id="P3", hours_per_week=19
    )
    assert [(one.code, one.sentence) for one in checked.findings] == [("open_hours", LEAVES_IT_OUT)]
    assert checked.open_hours == 0
    assert checked.effect is not None
    assert (checked.effect.before.covered, checked.effect.after.covered) == (True, False)


@pytest.mark.parametrize(("share", "is_allowed"), [(0.05, False), (0.2, True)])
def test_pay_cut_of_the_run_s_policy_holds_at_the_approval_and_by_hand(
    session: Session, share: float, is_allowed: bool
) -> None:
    aims = replace(GENTLE.aims, max_pay_cut=share)
    wanted = prepare(session, replace(GENTLE, aims=aims), target={"pay_rate_cents": 3600})
    session.get_one(Proposal, wanted.proposal_id).pay_rate_cents = 3600
    session.commit()
    checked = check_change(
        session, proposal_id=wanted.proposal_id, project_id="P2", hours_per_week=19
    )
    assert [one.code for one in checked.hard] == ([] if is_allowed else ["pay_cut"])
    blocked = list_blocked_projects(session, wanted.proposal_id)
    assert [one.codename for one in blocked] == ([] if is_allowed else ["Kestrel"])
    assert (approve(session, wanted) == "Approved.") == is_allowed


def test_project_left_out_takes_a_reason_by_hand(session: Session) -> None:
    wanted = prepare(session, replace(GENTLE, excluded_project_ids=("P3",)))
    change = partial(
        change_proposal,
        session,
        actor=SYSTEM,
        wanted=wanted,
        project_id="P3",
        hours_per_week=20,
    )
    with pytest.raises(Refused, match=r"leaves this project out.* Give a reason"):
        change()
    change(reason="She asked for it")
    assert approve(session, ProposalVersion(wanted.proposal_id, 2)) == "Approved."


@pytest.mark.parametrize(
    ("nearest", "blocker", "expected"),
    [
        ("P3", "capacity", LEFT_OUT),
        ("P2", "capacity", "capacity"),
        ("P3", "skill", "skill"),
        ("", "away", "away"),
    ],
)
def test_unlock_of_a_project_left_out_names_the_policy(
    nearest: str, blocker: str, expected: str
) -> None:
    row = {"nearest_project": nearest, "blocker": blocker, "unlock": "20 more hours a week"}
    named = name_left_out(row, replace(GENTLE, excluded_project_ids=("P3",)))
    assert named["blocker"] == expected
    assert ("policy leaves the project out" in named["unlock"]) == (expected == LEFT_OUT)


def test_summary_counts_who_is_short_because_of_the_policy() -> None:
    counted = [
        {"code": "capacity", "sentence": "full", "num_people": 3},
        {"code": "skill", "sentence": "a skill", "num_people": 2},
    ]
    rows = [{"blocker": code} for code in (LEFT_OUT, LEFT_OUT, "capacity", "skill", "skill")]
    found = name_left_out_blockers(counted, rows)
    assert [(one["code"], one["num_people"]) for one in found] == [
        (LEFT_OUT, 2),
        ("skill", 2),
        ("capacity", 1),
    ]
    assert name_left_out_blockers(counted, []) == counted
