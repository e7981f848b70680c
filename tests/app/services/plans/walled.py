"""Random histories around a wall, and an oracle that looks at every single day.

C1 works 20 hours on P1 of client K1, which is paused today. H4 and H5 are projects of K4 and
K5, where C1 worked, works or is to work; both may compete with K1 and with K2, whose P2 is new.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Assignment, PlanRun, Proposal
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from app.services.review.reviewing import ProposalVersion
from app.services.transaction import transaction
from tests.app.world import SYSTEM
from tests.factories import Row, make_roster

NEW = "new"

THIRTY = {("K4", "K2"): 30}
"""A wall of 30 days between K4 and K2."""

_LONG_AGO = date(2020, 1, 1)
_FAR_DAYS = 600
"""As far as the oracle looks from today, farther than any history or cooling-off goes."""

_EMPTY = (
    "SET LOCAL session_replication_role = replica",
    "DELETE FROM offers",
    "DELETE FROM proposals",
    "DELETE FROM rejected_pairs",
    "DELETE FROM assignments WHERE assignment_id <> 'A1'",
    "DELETE FROM walls",
    "SET LOCAL session_replication_role = origin",
)


@dataclass(frozen=True)
class Span:
    """Work from `first`, days from today, for `days`; None has no end."""

    project_id: str
    first: int
    days: int | None
    status: str = "active"

    def get_dates(self, today: date) -> tuple[date, date | None]:
        """Return the first and the last day."""
        first = today + timedelta(self.first)
        return first, None if self.days is None else first + timedelta(self.days)


@dataclass(frozen=True)
class Story:
    """What is known of C1, the walls, and the new work on P2.

    walls  (client, competitor) -> days of cooling-off
    """

    past: tuple[Span, ...]
    walls: dict[tuple[str, str], int]
    new: Span


_lengths = st.none() | st.integers(0, 45)
_pasts = st.builds(
    Span,
    st.sampled_from(["H4", "H5"]),
    st.integers(-60, 60),
    _lengths,
    st.sampled_from(["active", "ended"]),
)
_walls = st.dictionaries(
    st.sampled_from([("K4", "K2"), ("K2", "K5"), ("K1", "K4"), ("K5", "K1")]),
    st.sampled_from([0, 1, 2, 7, 30]),
    min_size=1,
)
stories = st.builds(
    Story,
    st.lists(_pasts, max_size=3).map(tuple),
    _walls,
    st.builds(Span, st.just("P2"), st.integers(7, 45), st.none() | st.integers(7, 45)),
)
"""Stories whose new work begins in a week or later, as a plan's does."""


def add_scene(session: Session) -> int:
    """Import the vendor and pause P1 today; return the plan run."""
    roster = make_roster(
        clients=[{"client_id": f"K{number}"} for number in (1, 2, 4, 5)],
        projects=[
            {"project_id": "P1", "client_id": "K1"},
            {"project_id": "P2", "client_id": "K2"},
            {"project_id": "H4", "client_id": "K4"},
            {"project_id": "H5", "client_id": "K5"},
        ],
        contractors=[{"contractor_id": "C1"}],
        assignments=[{"assignment_id": "A1", "contractor_id": "C1", "project_id": "P1"}],
    )
    import_roster(session, roster, actor=SYSTEM, source="a test")
    return pause(session)[1]


def pause(session: Session) -> tuple[int, int]:
    """Pause P1 now; return the pause and its plan run."""
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P1"],
        effective_at=datetime.now(UTC),
        reason_class="other",
        options=PlanOptions(),
    )
    return opened.pause_id, opened.plan_run_id


def tell_story(session: Session, story: Story, today: date) -> None:
    """Make the story the state of the database, whatever stood there."""
    for statement in _EMPTY:
        session.execute(text(statement))
    first, last = story.new.get_dates(today)
    session.execute(
        text("UPDATE projects SET starts_on = :first, ends_on = :last WHERE project_id = 'P2'"),
        {"first": first, "last": last},
    )
    for number, span in enumerate(story.past):
        add_span(session, f"B{number}", span, today)
    session.commit()


def raise_walls(session: Session, story: Story) -> None:
    """Put the walls of the story up, as if they had always been there."""
    for (one, other), days in story.walls.items():
        session.execute(
            text(
                "INSERT INTO walls (client_id, competitor_id, cooling_off_days, since)"
                " VALUES (:one, :other, :days, :since)"
            ),
            {"one": one, "other": other, "days": days, "since": _LONG_AGO},
        )
    session.commit()


def add_span(session: Session, assignment_id: str, span: Span, today: date) -> None:
    """Write an assignment of C1 past every service."""
    first, last = span.get_dates(today)
    session.add(
        Assignment(
            assignment_id=assignment_id,
            contractor_id="C1",
            project_id=span.project_id,
            hours_per_week=1,
            starts_on=first,
            ends_on=last,
            status=span.status,
        )
    )
    session.flush()


def add_proposal(session: Session, run_id: int, story: Story, today: date) -> ProposalVersion:
    """Propose the new work to C1, as a plan would."""
    first, last = story.new.get_dates(today)
    monday = session.get_one(PlanRun, run_id).horizon_starts_on
    proposal = Proposal(
        plan_run_id=run_id,
        contractor_id="C1",
        project_id="P2",
        hours_per_week=5,
        starts_on=max(first, monday),
        ends_on=last,
        fit=80,
        pay_rate_cents=4000,
        previous_pay_rate_cents=4000,
        currency="USD",
        from_projects="P1",
        restored_hour_weeks=Decimal(40),
        status="proposed",
    )
    session.add(proposal)
    session.commit()
    return ProposalVersion(proposal.id, 1)


def build_import(story: Story, today: date) -> list[Row]:
    """Return the row of assignments.csv that brings the new work."""
    first, last = story.new.get_dates(today)
    place = {"assignment_id": NEW, "contractor_id": "C1", "project_id": "P2"}
    return [{**place, "hours_per_week": 5, "starts_on": first, "ends_on": last}]


def is_breach(
    past: Collection[Span], new: Span, walls: dict[tuple[str, str], int], today: date
) -> bool:
    """Tell whether a day of the new work lies too near to a day that showed a competitor's data.

    Day by day and without the dates of either side: the rules' own arithmetic is not used.
    """
    clients = {"P1": "K1", "P2": "K2", "H4": "K4", "H5": "K5"}
    working = set(_list_days(new))
    for span in past:
        one, other = clients[span.project_id], clients[new.project_id]
        for pair in ((one, other), (other, one)):
            reach = walls.get(pair)
            if reach is None:
                continue
            for day in _list_days(span):
                if any(day + away in working for away in range(-reach, reach + 1)):
                    return True
    return False


def _list_days(span: Span) -> range:
    """Return the days, counted from today, on which the work gives or gave access."""
    after = _FAR_DAYS if span.days is None else span.first + span.days + 1
    return range(span.first, min(after, 1) if span.status == "ended" else after)


@pytest.fixture
def today() -> date:
    """The day of all stories."""
    return datetime.now(UTC).date()


@pytest.fixture
def run_id(session: Session) -> int:
    """The vendor of `add_scene`, and its plan run."""
    return add_scene(session)


def insert(session: Session, span: Span, today: date, name: str = NEW) -> None:
    """Write work as no service would: straight into the table."""
    with transaction(session):
        add_span(session, name, span, today)


def count_new(session: Session) -> int:
    """Return how many assignments P2 has."""
    session.rollback()
    found = select(Assignment.assignment_id).where(Assignment.project_id == "P2")
    return len(session.scalars(found).all())
