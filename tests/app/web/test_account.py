"""My account: the own password, and what else it shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import AuditEvent
from app.services.access.passwords import check_password
from app.web.account.sign_in_limits import FAILURES_OF_AN_ACCOUNT
from tests.app.web.conftest import PASSWORD, Browser

NEW = "four plain words together"


def change(browser: Browser, current: str, new: str) -> str:
    return browser.post("/account/password", {"current": current, "password": new}).text


def test_own_password_is_changed_and_ends_every_other_sign_in(
    browse: Callable[[str], Browser], session: Session
) -> None:
    here, elsewhere = browse("payroll"), browse("payroll")
    assert "Everywhere else you are signed out." in change(here, PASSWORD, NEW)
    assert here.get("/payroll/").status == 200
    assert elsewhere.send("GET", "/payroll/").headers["Location"].startswith("/login")
    assert "do not match" in elsewhere.sign_in("payroll@vendor.example").text
    assert elsewhere.sign_in("payroll@vendor.example", NEW).status == 200
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.before, event.after) == ("user.password_changed", None, None)


def test_own_password_needs_the_present_one_and_tries_are_limited(payroll: Browser) -> None:
    """Check 6: who finds an open browser can't try all passwords."""
    assert "Choose another one" in change(payroll, PASSWORD, "short")
    for _number in range(FAILURES_OF_AN_ACCOUNT):
        assert "not your present password" in change(payroll, "a guess", NEW)
    assert "Too many attempts" in change(payroll, PASSWORD, NEW)


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("eleven char", "12 to 128"),
        ("x" * 129, "12 to 128"),
        ("ababababababab", "5 different"),
        ("my name is MORGAN", "without your name"),
        ("the ops.manager of all", "without your name"),
    ],
)
def test_guessable_password_is_refused_and_not_shown(password: str, expected: str) -> None:
    with pytest.raises(InvalidValue, match=expected) as caught:
        check_password(password, email="ops.manager@vendor.example", name="Morgan Ade")
    assert password not in str(caught.value)


def test_long_password_of_any_characters_is_taken() -> None:
    check_password("correct horse battery", email="ops@vendor.example", name="Morgan Ade")


def test_account_page_says_what_guards_it(payroll: Browser) -> None:
    page = payroll.get("/account")
    assert "Second factor Off" in page.text
    assert "payroll@vendor.example" in page.text
