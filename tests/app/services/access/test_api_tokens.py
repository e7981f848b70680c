"""API tokens: what a program may do with one, and when it opens nothing any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import ApiToken, AuditEvent
from app.services.access.access import Permission
from app.services.access.api_callers import TokenRefused, TooManyCalls, open_token
from app.services.access.api_scopes import SCOPES, list_scopes
from app.services.access.api_tokens import (
    MOST_TOKENS,
    list_tokens,
    make_token,
    revoke_token,
)
from tests.app.world import SYSTEM, add_account

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MANY = 1_000


def open_at(session: Session, secret: str, now: datetime, most: int = MANY) -> Permission | None:
    """Return something that the token opens at an instant."""
    actor = open_token(session, secret, now=now, calls_per_minute=most).actor
    return next((one for one in Permission if actor.may(one)), None)


def test_a_token_is_kept_as_a_hash(session: Session) -> None:
    ops = add_account(session, "ops_manager")
    made = make_token(session, actor=ops, name=" Sync ", scopes=["ops:read"], num_days=30, now=NOW)
    row = session.get_one(ApiToken, made.token_id)
    kept = [str(value) for value in vars(row).values()]
    assert all(made.secret not in value for value in kept)
    assert made.secret.startswith(row.hint)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "token.made")).one()
    assert made.secret not in str(event.after)
    assert (row.name, event.after and event.after["scopes"]) == ("Sync", ["ops:read"])


def test_a_token_ends_when_it_should(session: Session) -> None:
    ops = add_account(session, "ops_manager")
    made = make_token(session, actor=ops, name="n", scopes=["ops:read"], num_days=1, now=NOW)
    last = NOW + timedelta(days=1) - timedelta(seconds=1)
    assert open_at(session, made.secret, last) is Permission.VIEW_OPS
    with pytest.raises(TokenRefused):
        open_at(session, made.secret, NOW + timedelta(days=1))
    assert [row.state for row in list_tokens(session, ops.user_id or 0, now=last)] == ["works"]
    later = NOW + timedelta(days=2)
    assert [row.state for row in list_tokens(session, ops.user_id or 0, now=later)] == ["expired"]


def test_a_token_gives_no_more_than_its_scopes_nor_its_role(session: Session) -> None:
    ops = add_account(session, "ops_manager")
    made = make_token(session, actor=ops, name="n", scopes=["ops:read"], num_days=1, now=NOW)
    actor = open_token(session, made.secret, now=NOW, calls_per_minute=MANY).actor
    assert {one for one in Permission if actor.may(one)} == {Permission.VIEW_OPS}
    payroll = add_account(session, "payroll")
    with pytest.raises(InvalidValue, match="scopes"):
        make_token(session, actor=payroll, name="n", scopes=["ops:read"], num_days=1)
    hours = make_token(session, actor=payroll, name="n", scopes=["hours:write"], num_days=1)
    actor = open_token(session, hours.secret, now=datetime.now(UTC), calls_per_minute=9).actor
    assert Permission.APPROVE_HOURS in SCOPES["hours:write"].permissions
    assert not actor.may(Permission.APPROVE_HOURS)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"num_days": 0}, "num_days"),
        ({"num_days": 366}, "num_days"),
    ],
)
def test_unusable_wishes_make_nothing(
    session: Session, wish: dict[str, object], field: str
) -> None:
    ops = add_account(session, "ops_manager")
    good = {"name": "n", "scopes": ["ops:read"], "num_days": 1}
    with pytest.raises(InvalidValue) as refused:
        make_token(session, actor=ops, **{**good, **wish})  # type: ignore[arg-type]  # values of each kind
    assert refused.value.field == field
    assert session.scalars(select(ApiToken)).all() == []


def test_whoever_has_no_account_has_no_token(session: Session) -> None:
    with pytest.raises(Refused, match="belongs to an account"):
        make_token(session, actor=SYSTEM, name="n", scopes=["ops:read"], num_days=1)


def test_nobody_revokes_someone_elses_token(session: Session) -> None:
    ops, payroll = add_account(session, "ops_manager"), add_account(session, "payroll")
    made = make_token(session, actor=ops, name="n", scopes=["ops:read"], num_days=1, now=NOW)
    with pytest.raises(NotFound):
        revoke_token(session, actor=payroll, token_id=made.token_id)
    assert open_at(session, made.secret, NOW)
    assert revoke_token(session, actor=ops, token_id=made.token_id)
    assert not revoke_token(session, actor=ops, token_id=made.token_id)
    with pytest.raises(TokenRefused):
        open_at(session, made.secret, NOW)


def test_calls_of_a_minute_are_counted(session: Session) -> None:
    ops = add_account(session, "ops_manager")
    made = make_token(session, actor=ops, name="n", scopes=["ops:read"], num_days=1, now=NOW)
    for _ in range(3):
        assert open_at(session, made.secret, NOW, most=3)
    with pytest.raises(TooManyCalls) as refused:
        open_at(session, made.secret, NOW + timedelta(seconds=40), most=3)
    assert refused.value.retry_after_s == 21
    assert open_at(session, made.secret, NOW + timedelta(minutes=1), most=3)


def test_an_account_has_so_many_tokens(session: Session) -> None:
    ops = add_account(session, "ops_manager")
    wish = {"name": "n", "scopes": ["ops:read"], "num_days": 1}
    for _ in range(MOST_TOKENS):
        last = make_token(session, actor=ops, **wish)  # type: ignore[arg-type]  # values of each kind
    with pytest.raises(Refused, match="at most 20"):
        make_token(session, actor=ops, **wish)  # type: ignore[arg-type]  # values of each kind
    revoke_token(session, actor=ops, token_id=last.token_id)
    assert make_token(session, actor=ops, **wish).secret  # type: ignore[arg-type]  # values of each kind


def test_what_is_dangerous_has_scopes_of_its_own() -> None:
    """Nobody who gives a program a desk's scope gives it accounts, addresses or pay with it."""
    dangerous = {
        Permission.MANAGE_USERS,
        Permission.MANAGE_WEBHOOKS,
        Permission.EDIT_PAYROLL_FORMATS,
        Permission.SET_PAY_WEEKS,
    }
    carrying = [scope.permissions for scope in SCOPES.values() if scope.permissions & dangerous]
    assert frozenset[Permission]().union(*carrying) == dangerous
    assert all(len(permissions) == 1 for permissions in carrying)
    assert set(list_scopes(SYSTEM)) == set(SCOPES)
