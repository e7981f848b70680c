"""The second factor: set up, asked for, used once, lost, and given back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.database import Database
from app.errors import ConfigurationError
from app.models import AuditEvent, User
from app.services.access.accounts import disable_user
from app.web.account.sign_in_limits import FAILURES_OF_AN_ACCOUNT
from tests.app.web.conftest import PASSWORD, SYSTEM, Browser, prepare
from tests.app.web.pages import Page
from tests.secret import SECRET

WRONG = "000000"


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The application where administrators need a second factor."""
    return prepare(create_app(build_settings("admin"), database))


def build_settings(roles: str) -> Settings:
    return Settings.from_environment(
        {"SECRET_KEY": SECRET, "SECURE_COOKIES": "false", "REDEPLOY_TWO_FACTOR_ROLES": roles}
    )


class Phone:
    """An authenticator app that has read the key on a page."""

    def __init__(self, page: Page) -> None:
        found = re.search(r'id="key">([^<]+)<', page.body)
        assert found is not None
        self._key = base64.b32decode(re.sub(r"[\s-]", "", found[1]))

    def show(self) -> str:
        """Return the code of this half minute (RFC 6238)."""
        step = struct.pack(">Q", int(time.time()) // 30)
        digest = hmac.new(self._key, step, hashlib.sha1).digest()
        start = digest[-1] & 15
        number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06d}"


def wait_half_a_minute(session: Session) -> None:
    """Forget which codes were used, as if time had passed."""
    session.execute(update(User).values(totp_last_counter=None))
    session.commit()


def set_up(browser: Browser) -> tuple[Phone, Page]:
    """Go through the set-up pages; return the phone and the page that follows."""
    page = browser.post("/tf-setup", {"setup": "authenticator"})
    phone = Phone(page)
    target = re.search(r'action="([^"]*)" name="two_factor_verify_code_form"', page.body)
    assert target is not None
    return phone, browser.post(target[1], {"code": phone.show()})


def list_actions(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))[-3:]


@pytest.fixture
def admin_phone(visitor: Browser, people: None, session: Session) -> Phone:
    """The phone of the administrator, whose second factor is set up in `visitor`."""
    visitor.sign_in("admin@vendor.example")
    phone, _page = set_up(visitor)
    wait_half_a_minute(session)
    return phone


@pytest.mark.usefixtures("people")
def test_role_that_needs_it_sets_it_up_before_anything_opens(
    visitor: Browser, session: Session
) -> None:
    page = visitor.sign_in("admin@vendor.example")
    assert "Your role signs in with a code" in page.text
    assert visitor.send("GET", "/admin/users").headers["Location"].startswith("/login")
    page = visitor.sign_in("admin@vendor.example")
    page = visitor.post("/tf-setup", {"setup": "authenticator"})
    assert "data:image/svg+xml" in page.body
    assert "does not match" in visitor.post("/tf-validate", {"code": WRONG}).text
    page = visitor.post("/tf-validate", {"code": Phone(page).show()})
    assert "Recovery codes" in page.text
    assert visitor.get("/admin/users").status == 200
    assert "user.two_factor_set" in list_actions(session)


@pytest.mark.usefixtures("people")
def test_others_sign_in_with_the_password_alone(visitor: Browser) -> None:
    assert visitor.sign_in("payroll@vendor.example").status == 200
    assert visitor.send("GET", "/payroll/").status_code == 200


def test_code_is_asked_for_and_works_once(app: Flask, admin_phone: Phone, session: Session) -> None:
    first, second = Browser(app), Browser(app)
    for browser in (first, second):
        assert "Your code" in browser.sign_in("admin@vendor.example").text
        assert browser.send("GET", "/admin/users").status_code == 302
        browser.sign_in("admin@vendor.example")
    code = admin_phone.show()
    first.post("/tf-validate", {"code": code})
    assert first.get("/admin/users").status == 200
    assert "A code works once" in second.post("/tf-validate", {"code": code}).text
    wait_half_a_minute(session)
    second.post("/tf-validate", {"code": admin_phone.show()})
    assert second.get("/admin/users").status == 200


def test_recovery_code_works_once_and_only_its_hash_is_kept(
    app: Flask, visitor: Browser, admin_phone: Phone, session: Session
) -> None:
    page = visitor.post("/mf-recovery-codes", {"generate_new_codes": "1"})
    codes = re.findall(r"<li>([0-9a-f-]{19})</li>", page.body)
    assert len(set(codes)) == 10
    kept = session.scalars(select(User).where(User.email == "admin@vendor.example")).one()
    assert not any(code.replace("-", "") in str(kept.mf_recovery_codes) for code in codes)
    assert codes[0] not in visitor.get("/mf-recovery-codes?show_codes=1").body
    browser = Browser(app)
    browser.sign_in("admin@vendor.example")
    assert "not one of yours" in browser.post("/mf-recovery", {"code": "0000-0000"}).text
    browser.post("/mf-recovery", {"code": codes[0].upper().replace("-", " ")})
    assert browser.get("/admin/users").status == 200
    assert "user.recovery_code_used" in list_actions(session)
    again = Browser(app)
    again.sign_in("admin@vendor.example")
    assert "not one of yours" in again.post("/mf-recovery", {"code": codes[0]}).text
    assert "You have 9" in visitor.get("/mf-recovery-codes").text


@pytest.mark.parametrize("address", ["/tf-validate", "/mf-recovery"])
def test_wrong_codes_are_limited(app: Flask, admin_phone: Phone, address: str) -> None:
    """Check 6: who knows the password can't try all codes either."""
    browser = Browser(app)
    browser.sign_in("admin@vendor.example")
    for _number in range(FAILURES_OF_AN_ACCOUNT):
        assert browser.post(address, {"code": WRONG}).status == 200
    assert browser.post("/tf-validate", {"code": admin_phone.show()}).status == 429
    assert browser.send("GET", "/admin/users").status_code == 302


def test_account_disabled_between_password_and_code_stays_out(
    app: Flask, admin_phone: Phone, session: Session
) -> None:
    browser = Browser(app)
    browser.sign_in("admin@vendor.example")
    user_id = session.scalars(select(User.id).where(User.email == "admin@vendor.example")).one()
    disable_user(session, actor=SYSTEM, user_id=user_id)
    browser.post("/tf-validate", {"code": admin_phone.show()})
    assert browser.send("GET", "/admin/users").status_code == 302


def test_anybody_may_set_it_up_and_switch_it_off(
    app: Flask, browse: Callable[[str], Browser], session: Session
) -> None:
    payroll = browse("payroll")
    _phone, page = set_up(payroll)
    assert "Your authenticator app is set." in page.text
    assert "Your code" in Browser(app).sign_in("payroll@vendor.example").text
    assert "Ask for no code any more" in payroll.get("/tf-setup").text
    assert "No code is asked for" in payroll.post("/tf-setup", {"setup": "disable"}).text
    assert list_actions(session)[-1] == "user.two_factor_removed"
    assert "Your code" not in Browser(app).sign_in("payroll@vendor.example").text


def test_role_that_needs_it_can_not_switch_it_off(
    app: Flask, visitor: Browser, admin_phone: Phone
) -> None:
    assert "Ask for no code any more" not in visitor.get("/tf-setup").text
    visitor.post("/tf-setup", {"setup": "disable"})
    assert "Your code" in Browser(app).sign_in("admin@vendor.example").text


def test_change_of_it_asks_for_the_password_again_after_a_while(
    browse: Callable[[str], Browser],
) -> None:
    payroll = browse("payroll")
    payroll.age_sign_in()
    assert "Your password again" in payroll.get_on("/tf-setup").text
    assert "Your password again" in payroll.post("/verify", {"password": "wrong"}).text
    payroll.post("/verify", {"password": PASSWORD})
    assert "Your password again" not in payroll.get_on("/tf-setup").text


def test_lost_phone_is_reset_by_an_administrator(
    app: Flask,
    visitor: Browser,
    browse: Callable[[str], Browser],
    admin_phone: Phone,
    session: Session,
) -> None:
    payroll = browse("payroll")
    set_up(payroll)
    user_id = session.scalars(select(User.id).where(User.email == "payroll@vendor.example")).one()
    session.rollback()
    address = f"/admin/users/{user_id}/second-factor/reset"
    assert "The second factor is gone" in visitor.post(address, {}).text
    assert list_actions(session)[-1] == "user.two_factor_reset"
    assert payroll.send("GET", "/payroll/").status_code == 302
    payroll.sign_in("payroll@vendor.example")
    assert payroll.send("GET", "/payroll/").status_code == 200
    assert "has no second factor" in visitor.post(address, {}).text


def test_unknown_role_in_the_setting_is_refused(database: Database) -> None:
    with pytest.raises(ConfigurationError, match="REDEPLOY_TWO_FACTOR_ROLES"):
        create_app(build_settings("admin,emperor"), database)
