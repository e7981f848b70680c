"""Walls: every way to give somebody work keeps to them, and the database has the last word."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import Refused, WallBreached
from app.importing import FolderRejected
from app.models import Assignment, Offer, PlanRun
from app.services.access.access import Actor
from app.services.imports.importing import import_roster
from app.services.offers.offer_answers import accept_offer
from app.services.pauses.resuming import resume_pause
from app.services.plans.plan_loading import load_planning_roster
from app.services.review.hand_changes import change_proposal
from app.services.review.reviewing import ProposalVersion, approve_proposals, publish_proposals
from solver.build import build_instance
from tests.app.services.plans import walled
from tests.app.services.plans.walled import (
    Span,
    Story,
    add_proposal,
    build_import,
    count_new,
    insert,
    is_breach,
    pause,
    raise_walls,
    stories,
    tell_story,
)
from tests.app.world import SYSTEM
from tests.factories import make_roster

EXAMPLES = int(os.environ.get("WALL_EXAMPLES", "8"))
"""Stories that each way is tried with; WALL_EXAMPLES=500 for a long run."""

today, run_id = walled.today, walled.run_id

C1 = Actor(None, "C1", frozenset({"contractor"}), "C1")


@settings(max_examples=EXAMPLES * 8)
@given(story=stories, shift=st.integers(-90, 0))
def try_the_database(session: Session, today: date, story: Story, shift: int) -> None:
    new = Span("P2", story.new.first + shift, story.new.days)
    tell_story(session, story, today)
    raise_walls(session, story)
    is_over = new.days is not None and new.first + new.days < 0
    expected = is_breach(story.past, new, story.walls, today) and not is_over
    try:
        insert(session, new, today)
    except WallBreached:
        assert expected
    else:
        assert not expected


def test_database_refuses_exactly_what_crosses_a_wall(
    session: Session, run_id: int, today: date
) -> None:
    """Check 9. Random histories, and work that begins before, on and after every boundary day."""
    try_the_database(session, today)


def assign_by_import(session: Session, _run_id: int, story: Story, today: date) -> None:
    roster = make_roster(
        clients=[{"client_id": "K2"}],
        projects=[{"project_id": "P2", "client_id": "K2"}],
        contractors=[{"contractor_id": "C1"}],
        assignments=build_import(story, today),
    )
    with suppress(FolderRejected):
        import_roster(
            session,
            roster,
            actor=SYSTEM,
            source="a test",
            present_tables=frozenset({"assignments"}),
        )


def assign_in_bulk(session: Session, run_id: int, story: Story, today: date) -> None:
    proposal = add_proposal(session, run_id, story, today)
    approve_proposals(session, actor=SYSTEM, proposals=[proposal], today=today)


def assign_by_hand(session: Session, run_id: int, story: Story, today: date) -> None:
    """Move a proposal to the project where it is, with other hours, and approve it."""
    proposal = add_proposal(session, run_id, story, today)
    try:
        change_proposal(session, actor=SYSTEM, wanted=proposal, project_id="P2", hours_per_week=6)
    except Refused:
        return
    changed = ProposalVersion(proposal.proposal_id, 2)
    approve_proposals(session, actor=SYSTEM, proposals=[changed], today=today)


WAYS: dict[str, Callable[[Session, int, Story, date], None]] = {
    "import": assign_by_import,
    "bulk approval": assign_in_bulk,
    "change by hand": assign_by_hand,
}


@settings(max_examples=EXAMPLES)
@given(story=stories)
def try_a_way(session: Session, run_id: int, today: date, way: str, story: Story) -> None:
    tell_story(session, story, today)
    raise_walls(session, story)
    WAYS[way](session, run_id, story, today)
    expected = is_breach(story.past, story.new, story.walls, today)
    assert count_new(session) == (0 if expected else 1)


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_assigning_breaks_a_cooling_off(
    session: Session, run_id: int, today: date, way: str
) -> None:
    """Check 9. What the oracle allows goes through, and nothing else."""
    try_a_way(session, run_id, today, way)


@settings(max_examples=EXAMPLES * 2)
@given(story=stories)
def try_the_optimiser(session: Session, run_id: int, today: date, story: Story) -> None:
    tell_story(session, story, today)
    raise_walls(session, story)
    problem = build_instance(*load_planning_roster(session, session.get_one(PlanRun, run_id)))
    session.rollback()
    projects = list(problem.instance.project_ids)
    codes = {one.code for one in problem.eligibility.list_refusals(0, projects.index("P2"))}
    assert ("wall" in codes) == is_breach(story.past, story.new, story.walls, today)


def test_optimiser_has_the_same_rule(session: Session, run_id: int, today: date) -> None:
    """Check 9. A place is open to the optimiser only where the database would take it."""
    try_the_optimiser(session, run_id, today)


@settings(max_examples=EXAMPLES)
@given(story=stories)
def try_to_accept(session: Session, run_id: int, today: date, story: Story) -> None:
    tell_story(session, story, today)
    proposal = add_proposal(session, run_id, story, today)
    (outcome,) = approve_proposals(session, actor=SYSTEM, proposals=[proposal], today=today)
    assert outcome.ok, outcome.sentence
    told = ProposalVersion(proposal.proposal_id, 2)
    publish_proposals(session, actor=SYSTEM, proposals=[told])
    raise_walls(session, story)
    offer_id = session.scalars(select(Offer.id)).one()
    session.rollback()
    expected = is_breach(story.past, story.new, story.walls, today)
    if expected:
        with pytest.raises(Refused, match="This work can't be taken any more"):
            accept_offer(session, actor=C1, offer_id=offer_id)
    else:
        accept_offer(session, actor=C1, offer_id=offer_id)
    status = session.scalars(select(Offer.status)).one()
    session.rollback()
    assert status == ("pending" if expected else "accepted")


def test_acceptance_looks_at_walls_that_came_since(
    session: Session, run_id: int, today: date
) -> None:
    """Check 9. An offer was right when it was made; a wall has come before the answer."""
    try_to_accept(session, run_id, today)


@settings(max_examples=EXAMPLES)
@given(story=stories)
def try_to_resume(session: Session, today: date, story: Story) -> None:
    tell_story(session, story, today)
    pause_id = session.scalar(text("SELECT id FROM pauses WHERE status = 'open'"))
    session.rollback()
    raise_walls(session, story)
    resume_pause(session, actor=SYSTEM, pause_id=pause_id or 0, today=today)
    back = Span("P1", 0, None)
    expected = is_breach(story.past, back, story.walls, today)
    status = session.get_one(Assignment, "A1", populate_existing=True).status
    session.rollback()
    assert status == ("ended" if expected else "active")
    session.execute(text("UPDATE assignments SET status = 'ended' WHERE assignment_id = 'A1'"))
    session.execute(text("DELETE FROM walls"))
    session.execute(
        text(
            "UPDATE assignments SET status = 'active', ends_on = NULL, ended_by_pause_id = NULL"
            " WHERE assignment_id = 'A1'"
        )
    )
    session.commit()
    pause(session)


def test_resume_brings_nobody_back_across_a_wall(
    session: Session, run_id: int, today: date
) -> None:
    """Check 9. Work that has ended meanwhile cools off before the old work goes on."""
    try_to_resume(session, today)
