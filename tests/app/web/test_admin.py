"""The admin desk: accounts and the audit trail."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound, Refused
from app.models import AuditEvent, User
from app.services.access.access import Actor
from app.services.access.account_recovery import enable_user, set_new_password
from app.services.access.accounts import disable_user
from tests.app.web.conftest import PASSWORD, SYSTEM, Browser, Vendor

NEW = {
    "email": "new@vendor.example",
    "name": "New Person",
    "role": "payroll",
    "contractor_id": "",
    "password": "long enough to pass",
}


def test_added_user_can_sign_in(admin: Browser, visitor: Browser) -> None:
    assert "New Person can sign in now." in admin.post("/admin/users", NEW).text
    page = visitor.sign_in("NEW@vendor.example", "long enough to pass")
    assert "Each approved hour goes into exactly one export" in page.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "no address"}, "Give an e-mail address."),
        ({"name": " "}, "Give the name that colleagues know."),
        ({"role": "emperor"}, "Choose a role."),
        ({"role": "contractor"}, "needs a contractor's id."),
        ({"role": "contractor", "contractor_id": "C9"}, "There is no contractor of this id."),
        ({"role": "contractor", "contractor_id": "C1"}, "has an account already"),
        ({"password": "short"}, "At least 12 characters, without the name"),
        ({"email": "admin@vendor.example"}, "There is an account for"),
    ],
)
def test_unusable_user_is_refused_beside_its_field(
    admin: Browser, session: Session, change: dict[str, str], sentence: str
) -> None:
    page = admin.post("/admin/users", NEW | change)
    assert page.status in {400, 409}
    assert sentence in page.text
    assert session.scalar(select(func.count()).select_from(User)) == 5


def test_second_account_of_a_contractor_is_pointed_out_and_tied_bug(
    admin: Browser, session: Session
) -> None:
    staff = NEW | {"name": "Ada", "role": "ops_manager"}
    assert "On the roster Ada is C1. The same person? Say so below." in (
        admin.post("/admin/users", staff).text
    )
    tie = {"email": "new@vendor.example", "contractor_id": "C1"}
    assert "new@vendor.example is contractor C1." in admin.post("/admin/users/contractor", tie).text
    query = select(User.contractor_id).where(User.email == "new@vendor.example")
    assert session.scalars(query).one() == "C1"
    session.rollback()
    missing = admin.post("/admin/users/contractor", tie | {"contractor_id": "C9"})
    assert "There is no contractor C9. Nothing was changed." in missing.text
    ours = admin.post("/admin/users/contractor", tie | {"email": "admin@vendor.example"})
    assert "your own account" in ours.text
    tie["contractor_id"] = ""
    assert "new@vendor.example is no contractor." in admin.post("/admin/users/contractor", tie).text
    assert session.scalars(query).one() is None


def test_extra_field_is_refused(admin: Browser, session: Session) -> None:
    """Check 4: a field of accounts."""
    assert admin.post("/admin/users", NEW | {"active": "true"}).status == 400
    assert session.scalar(select(func.count()).select_from(User)) == 5


def test_nobody_disables_their_own_account(admin: Browser, session: Session) -> None:
    own = session.scalars(select(User).where(User.email == "admin@vendor.example")).one()
    page = admin.post(f"/admin/users/{own.id}/disable", {})
    assert "You can't disable your own account." in page.text
    assert admin.get("/admin/users").status == 200


def test_disable_user_is_refused_twice_and_for_nobody(session: Session, people: None) -> None:
    user_id = session.scalars(select(User.id).where(User.email == "payroll@vendor.example")).one()
    disable_user(session, actor=SYSTEM, user_id=user_id)
    with pytest.raises(Refused, match="disabled already"):
        disable_user(session, actor=SYSTEM, user_id=user_id)
    with pytest.raises(NotFound):
        disable_user(session, actor=SYSTEM, user_id=-1)


def test_users_are_found_by_name(admin: Browser) -> None:
    found = admin.get("/admin/users?text=payroll@").rows
    assert [row for row in found if "@" in row] == [
        row for row in found if "payroll@vendor.example" in row
    ]
    assert "Nobody matches" in admin.get("/admin/users?text=zzz").text


def test_audit_trail_says_who_did_what(admin: Browser, paused: Vendor) -> None:
    page = admin.get("/admin/audit?action=pause.opened")
    assert [row for row in page.rows if "pause.opened" in row]
    assert "funding" not in page.text
    assert "reason class" in page.text
    assert "No event matches" in admin.get("/admin/audit?last_day=2020-01-01").text
    assert "No event matches" in admin.get("/admin/audit?text=nobody").text
    assert "Give a day" in admin.get("/admin/audit?first_day=x").text


def test_system_actor_may_disable(session: Session, people: None) -> None:
    user = session.scalars(select(User).where(User.email == "payroll@vendor.example")).one()
    disable_user(session, actor=Actor.of_system("redeploy user"), user_id=user.id)
    session.refresh(user)
    assert user.active is False


def find_user_id(session: Session, role: str) -> int:
    found = session.scalars(select(User.id).where(User.email == f"{role}@vendor.example")).one()
    session.rollback()
    return found


def test_new_password_is_shown_once_and_ends_every_sign_in_bug(
    admin: Browser, browse: Callable[[str], Browser], visitor: Browser, session: Session
) -> None:
    """The sign-in page had sent people to an administrator, who could do nothing."""
    payroll = browse("payroll")
    user_id = find_user_id(session, "payroll")
    page = admin.post(f"/admin/users/{user_id}/password", {})
    assert "New password for The payroll" in page.text
    found = re.search(r'id="password">([^<]+)<', page.body)
    assert found is not None
    assert payroll.send("GET", "/payroll/").headers["Location"].startswith("/login")
    assert "do not match" in visitor.sign_in("payroll@vendor.example", PASSWORD).text
    signed_in = visitor.sign_in("payroll@vendor.example", found[1])
    assert "Each approved hour goes into exactly one export" in signed_in.text
    assert found[1] not in admin.get("/admin/users").body
    event = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "user")).one()
    assert (event.action, event.actor, event.after) == ("user.password_set", "The admin", None)


def test_nobody_gets_round_the_present_password_of_their_own_account_bug(
    admin: Browser, session: Session
) -> None:
    """Check 6: who found an administrator's open browser could have drawn a password for it."""
    user_id = find_user_id(session, "admin")
    page = admin.post(f"/admin/users/{user_id}/password", {})
    assert "Use the page of your own account for that." in page.text
    assert 'id="password">' not in page.body
    assert admin.get("/admin/users").status == 200


def test_disabled_user_is_let_in_again(admin: Browser, visitor: Browser, session: Session) -> None:
    user_id = find_user_id(session, "payroll")
    admin.post(f"/admin/users/{user_id}/disable", {})
    refused = admin.post(f"/admin/users/{user_id}/password", {})
    assert "payroll@vendor.example is disabled; enable it first." in refused.text
    assert (
        "can sign in with the password it had"
        in admin.post(f"/admin/users/{user_id}/enable", {}).text
    )
    assert "is not disabled" in admin.post(f"/admin/users/{user_id}/enable", {}).text
    assert visitor.sign_in("payroll@vendor.example").status == 200
    assert visitor.send("GET", "/payroll/").status_code == 200


def test_enabling_does_not_bring_old_sign_ins_back(
    browse: Callable[[str], Browser], session: Session
) -> None:
    payroll = browse("payroll")
    user_id = find_user_id(session, "payroll")
    disable_user(session, actor=SYSTEM, user_id=user_id)
    enable_user(session, actor=SYSTEM, user_id=user_id)
    assert payroll.send("GET", "/payroll/").status_code == 302


def test_recovery_needs_the_permission_and_an_account(session: Session, people: None) -> None:
    ops = Actor(None, "ops", frozenset({"ops_manager"}))
    for act in (set_new_password, enable_user):
        with pytest.raises(Forbidden):
            act(session, actor=ops, user_id=1)
        with pytest.raises(NotFound):
            act(session, actor=SYSTEM, user_id=-1)
