"""Accounts and the contractors that they are: nobody decides on their own work."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound, Refused
from app.models import AuditEvent, User
from app.services.access.access import Actor
from app.services.access.account_ties import list_namesakes, tie_user
from app.services.access.accounts import add_user
from app.services.imports.importing import import_roster
from app.services.review.reviewing import approve_proposals
from tests.app.world import PASSWORD, SYSTEM, add_account, add_world, pause_p1, propose
from tests.factories import make_roster


def add_manager(session: Session, contractor_id: str | None = None) -> int:
    """Add the account of an ops manager under an address that no roster has."""
    return add_user(
        session,
        actor=SYSTEM,
        email="morgan@private.example",
        name="Morgan",
        role="ops_manager",
        password=PASSWORD,
        contractor_id=contractor_id,
    )


def approve_as(session: Session, user_id: int) -> list[bool]:
    """Approve what is proposed to C1 and C2; return whether each was."""
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    manager = Actor.of_user(session.get_one(User, user_id))
    outcomes = approve_proposals(session, actor=manager, proposals=proposals)
    return [outcome.ok for outcome in outcomes]


def test_second_account_of_a_contractor_decides_on_none_of_their_work_bug(
    session: Session,
) -> None:
    """With an account as contractor, one under another address could not be tied at all."""
    add_world(session)
    add_account(session, "contractor", "C1")
    assert approve_as(session, add_manager(session, "C1")) == [False, True]


def test_tie_user_takes_effect_with_the_next_request_bug(session: Session) -> None:
    """An account under another address, once added, stayed a stranger to the roster."""
    add_world(session)
    user_id = add_manager(session)
    tie_user(session, actor=SYSTEM, email=" Morgan@Private.example", contractor_id="C1")
    assert approve_as(session, user_id) == [False, True]
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "user.tied")).all()
    assert [(event.before, event.after) for event in events] == [
        ({"contractor_id": None}, {"contractor_id": "C1"})
    ]
    for _ in range(2):
        tie_user(session, actor=SYSTEM, email="morgan@private.example", contractor_id=None)
    assert session.get_one(User, user_id).contractor_id is None
    assert (
        len(session.scalars(select(AuditEvent).where(AuditEvent.action == "user.tied")).all()) == 2
    )


def test_import_ties_the_account_whose_address_it_brings_bug(session: Session) -> None:
    """Who joined the roster after getting an account was taken for somebody else."""
    user_id = add_manager(session)
    row = {"contractor_id": "C9", "email": "Morgan@private.example"}
    import_roster(session, make_roster(contractors=[row]), actor=SYSTEM, source="test")
    assert session.get_one(User, user_id).contractor_id == "C9"


def test_tie_user_refuses_what_would_open_somebody_s_work(session: Session) -> None:
    add_world(session)
    add_account(session, "contractor", "C1")
    admin = add_account(session, "admin")
    with pytest.raises(Refused, match="role Contractor"):
        tie_user(session, actor=admin, email="C1@vendor.example", contractor_id="C2")
    with pytest.raises(Refused, match="your own account"):
        tie_user(session, actor=admin, email="admin@vendor.example", contractor_id="C2")
    with pytest.raises(NotFound, match="no user"):
        tie_user(session, actor=admin, email="x@vendor.example", contractor_id="C2")
    add_manager(session)
    with pytest.raises(NotFound, match="no contractor C99"):
        tie_user(session, actor=admin, email="morgan@private.example", contractor_id="C99")
    with pytest.raises(Forbidden):
        tie_user(
            session,
            actor=Actor(7, "m", frozenset({"ops_manager"})),
            email="morgan@private.example",
            contractor_id=None,
        )


def test_list_namesakes_finds_them_however_written(session: Session) -> None:
    people = [
        {"contractor_id": contractor_id, "name": name}
        for contractor_id, name in (("C2", "Ada Vance"), ("C1", "ADA VANCE"), ("C3", "Ada"))
    ]
    import_roster(session, make_roster(contractors=people), actor=SYSTEM, source="test")
    assert list_namesakes(session, " ada vance ") == ("C1", "C2")
