"""The contractor's calendar link: made, changed, revoked, and what it opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.models import CalendarLink, Client, PayGroup, User
from app.web.contractor.my_calendar import WRONG_LINKS_OF_AN_ADDRESS
from tests.app.web.conftest import Browser, Vendor
from tests.app.web.pages import Page


def make_link(contractor: Browser) -> str:
    """Return the path of a new link."""
    page = contractor.post("/my/calendar", {})
    found = re.search(r'value="http://localhost(/calendar/[\w-]{43}\.ics)"', page.body)
    assert found is not None, page.text
    return found[1]


def read_events(page: Page) -> dict[str, Any]:
    """Return the entries by their UID; the parser's types of values are too many to name."""
    assert page.status == 200, page.text
    return {str(event["uid"]): event for event in Calendar.from_ical(page.body).walk("VEVENT")}


def test_link_is_shown_once_and_kept_as_a_hash(contractor: Browser, session: Session) -> None:
    assert "Make a link" in contractor.get("/my/calendar").text
    path = make_link(contractor)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    page = contractor.get("/my/calendar")
    assert "Working" in page.text
    assert token not in page.body
    row = session.execute(text("SELECT CAST(l AS text) FROM calendar_links l")).scalar_one()
    trail = session.scalars(text("SELECT CAST(e AS text) FROM audit_events e")).all()
    assert not [kept for kept in (row, *trail) if token in kept]
    assert [line for line in trail if "calendar.linked" in line]


def test_link_opens_the_assignments_without_a_sign_in(
    contractor: Browser, visitor: Browser, session: Session
) -> None:
    page = visitor.get(make_link(contractor))
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store, private"
    (event,) = read_events(page).values()
    assert (event["uid"], event["summary"]) == ("assignment-a1@redeploy", "Chordus, 20 h a week")
    assert event["dtstart"].dt.isoformat() == "2026-01-05"
    names = session.scalars(select(Client.name)).all()
    assert not [name for name in names if name in page.body]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])
def test_paused_work_is_cancelled_from_the_next_day_of_the_pay_week_on(
    contractor: Browser, visitor: Browser, session: Session, paused: Vendor, zone: str
) -> None:
    session.add(PayGroup(name="All", zone=zone, first_weekday=0, is_default=True))
    session.commit()
    events = read_events(visitor.get(make_link(contractor)))
    # Paused yesterday at noon UTC: in Kiritimati that is today at two in the morning.
    stops_on = paused.today - timedelta(days=0 if zone == "Pacific/Kiritimati" else 1)
    worked = events["assignment-a1@redeploy"]
    assert worked["status"] == "CONFIRMED"
    assert worked["dtend"].dt == stops_on + timedelta(days=1)
    stopped = events["assignment-a1-paused@redeploy"]
    assert stopped["status"] == "CANCELLED"
    assert stopped["summary"] == "Paused: Chordus, 20 h a week"
    assert stopped["dtstart"].dt == stops_on + timedelta(days=1)
    assert stopped["sequence"] > 1


def test_place_that_is_only_reserved_is_not_there(
    contractor: Browser, visitor: Browser, session: Session, planned: Vendor
) -> None:
    path = make_link(contractor)
    session.execute(text("UPDATE proposals SET status = 'approved' WHERE contractor_id = 'C1'"))
    session.execute(
        text(
            """INSERT INTO assignments (assignment_id, contractor_id, project_id, hours_per_week,
                                        starts_on, status, proposal_id)
               SELECT 'new', contractor_id, project_id, hours_per_week, starts_on, 'active', id
               FROM proposals WHERE contractor_id = 'C1'"""
        )
    )
    session.commit()
    assert "Larkspur" not in visitor.get(path).body


def test_new_link_stops_the_old_one_and_revoking_stops_it_at_once(
    contractor: Browser, visitor: Browser, session: Session
) -> None:
    old, new = make_link(contractor), make_link(contractor)
    assert old != new
    assert (visitor.get(old).status, visitor.get(new).status) == (404, 200)
    assert "The link opens nothing any more." in contractor.post("/my/calendar/revoke", {}).text
    assert visitor.get(new).status == 404
    assert contractor.post("/my/calendar/revoke", {}).status == 200
    assert len(session.scalars(select(CalendarLink.revoked_at)).all()) == 2


def test_links_that_open_nothing_read_the_same(contractor: Browser, visitor: Browser) -> None:
    revoked = make_link(contractor)
    make_link(contractor)
    for _ in range(2):
        visitor.get("/calendar/first.ics")  # The first pages of a visitor bring a session cookie.
    answers = [
        visitor.get(path) for path in (revoked, "/calendar/x.ics", f"/calendar/{'A' * 43}.ics")
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    names = [set(answer.headers) for answer in answers]
    assert [sorted(each - names[0]) + sorted(names[0] - each) for each in names] == [[], [], []]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET active = false",
        "DELETE FROM users_roles",
        "UPDATE users SET contractor_id = 'C2' WHERE contractor_id = 'C1'",
        "UPDATE contractors SET status = 'inactive'",
    ],
)
def test_link_ends_with_the_right_to_see_the_work(
    contractor: Browser, visitor: Browser, session: Session, change: str
) -> None:
    path = make_link(contractor)
    session.execute(text(change))
    session.commit()
    assert visitor.get(path).status == 404


def test_guessing_is_slowed_down_and_right_links_go_on(
    contractor: Browser, visitor: Browser
) -> None:
    path = make_link(contractor)
    for number in range(WRONG_LINKS_OF_AN_ADDRESS):
        assert visitor.get(f"/calendar/{number}.ics").status == 404
    assert visitor.get("/calendar/one-more.ics").status == 429
    assert visitor.get(path).status == 200


def test_staff_account_of_a_contractor_makes_no_link(
    session: Session, browse: Callable[[str], Browser]
) -> None:
    session.execute(
        update(User).where(User.email == "ops_manager@vendor.example").values(contractor_id="C2")
    )
    session.commit()
    assert browse("ops_manager").post("/my/calendar", {}).status == 403
