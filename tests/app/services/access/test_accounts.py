"""Accounts: who may add them, and what they must hold."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import AppError, Forbidden, InvalidValue, NotFound, Refused
from app.models import AuditEvent, Contractor, User
from app.services.access.access import ROLE_PERMISSIONS, SYSTEM_ROLE, Actor, Permission
from app.services.access.accounts import ROLE_NAMES, add_user
from app.services.access.passwords import draw_password
from app.services.review.reviewing import approve_proposals
from tests.app.world import PASSWORD, SYSTEM, add_account, add_world, pause_p1, propose


def test_add_user_can_sign_in_with_its_role(session: Session) -> None:
    add_user(
        session,
        actor=SYSTEM,
        email=" Ops@Vendor.Example ",
        name="Morgan",
        role="ops_manager",
        password=PASSWORD,
    )
    user = session.scalars(select(User)).one()
    assert (user.email, user.active) == ("ops@vendor.example", True)
    assert [role.name for role in user.roles] == ["ops_manager"]
    assert user.password is not None
    assert PasswordHasher().verify(user.password, PASSWORD)
    assert not PasswordHasher().check_needs_rehash(user.password), "it costs less than it should"
    actor = Actor.of_user(user)
    assert actor.may(Permission.REVIEW)
    assert not actor.may(Permission.EXPORT_PAYROLL)


def test_add_user_event_holds_no_password(session: Session) -> None:
    add_account(session, "payroll")
    event = session.scalars(select(AuditEvent)).one()
    assert event.action == "user.added"
    assert event.after == {
        "email": "payroll@vendor.example",
        "role": "payroll",
        "contractor_id": None,
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"email": "nobody"}, InvalidValue),
        ({"email": "a b@vendor.example"}, InvalidValue),
        ({"name": "  "}, InvalidValue),
        ({"role": "emperor"}, InvalidValue),
        ({"role": SYSTEM_ROLE}, InvalidValue),
        ({"password": "short"}, InvalidValue),
        ({"email": "someone@vendor.local"}, InvalidValue),
        ({"email": "a..b@vendor.example"}, InvalidValue),
        ({"email": "a@vendor_.example"}, InvalidValue),
        ({"contractor_id": "nobody"}, NotFound),
        ({"role": "contractor"}, InvalidValue),
        ({"role": "contractor", "contractor_id": "nobody"}, NotFound),
        ({"email": "taken@vendor.example"}, Refused),
        ({"role": "contractor", "contractor_id": "C2"}, Refused),
        ({"actor": Actor(1, "m", frozenset({"ops_manager"}))}, Forbidden),
    ],
)
def test_add_user_bad_account_is_not_added(
    session: Session, changes: dict[str, object], error: type[AppError]
) -> None:
    add_world(session)
    account: dict[str, object] = {
        "actor": SYSTEM,
        "email": "taken@vendor.example",
        "name": "A",
        "role": "payroll",
        "password": PASSWORD,
    }
    add_user(session, **account)  # type: ignore[arg-type]  # a table of keywords
    add_account(session, "contractor", "C2")
    fresh = account | {"email": "new@vendor.example"} | changes
    with pytest.raises(error):
        add_user(session, **fresh)  # type: ignore[arg-type]  # faults on purpose
    assert len(session.scalars(select(User)).all()) == 2


def test_add_user_ties_staff_to_the_contractor_of_their_address(session: Session) -> None:
    add_world(session, num_contractors=2)
    session.get_one(Contractor, "C1").email = "Morgan@Vendor.example"
    session.commit()
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    user_id = add_user(
        session,
        actor=SYSTEM,
        email="morgan@vendor.example",
        name="Morgan",
        role="ops_manager",
        password=PASSWORD,
    )
    morgan = Actor.of_user(session.get_one(User, user_id))
    outcomes = approve_proposals(session, actor=morgan, proposals=proposals)
    assert [outcome.ok for outcome in outcomes] == [False, True]
    assert outcomes[0].sentence == "Nobody decides on their own work."


def test_add_user_takes_the_contractor_of_staff(session: Session) -> None:
    add_world(session)
    actor = add_account(session, "payroll", "C3")
    assert session.get_one(User, actor.user_id).contractor_id == "C3"


def test_every_role_has_a_permission_and_only_the_system_has_all() -> None:
    assert set(ROLE_NAMES) == {"admin", "ops_manager", "contractor", "payroll", "auditor"}
    assert all(ROLE_PERMISSIONS[role] for role in ROLE_NAMES)
    assert all(ROLE_PERMISSIONS[role] < frozenset(Permission) for role in ROLE_NAMES)


def test_draw_password_is_long_and_new_each_time() -> None:
    drawn = {draw_password() for _ in range(20)}
    assert len(drawn) == 20
    assert min(map(len, drawn)) >= 16
