"""The page of the pay groups."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Contractor, PayGroup
from tests.app.web.conftest import Browser

BERLIN = {"name": "Berlin", "zone": "Europe/Berlin", "first_weekday": "6"}


def test_group_is_added_and_people_moved(payroll: Browser, session: Session) -> None:
    assert "Everybody's week begins on Monday, in UTC." in payroll.get("/payroll/groups/").text
    assert "Saved Berlin." in payroll.post("/payroll/groups/", BERLIN).text
    group = session.scalars(select(PayGroup)).one()
    form = {"group": str(group.id), "contractors": "C1, C2\nC3"}
    assert "3 people moved." in payroll.post("/payroll/groups/people", form).text
    wrong = payroll.post("/payroll/groups/people", form | {"contractors": "C1 nobody"})
    assert "No contractor has the id nobody. Nobody was moved." in wrong.text
    none = payroll.post("/payroll/groups/people", {"group": "", "contractors": "C1"})
    assert "1 person moved." in none.text
    groups = session.scalars(select(Contractor.pay_group_id).order_by(Contractor.contractor_id))
    assert list(groups) == [None, group.id, group.id]


def test_group_is_changed_and_what_is_wrong_is_said(payroll: Browser, session: Session) -> None:
    payroll.post("/payroll/groups/", BERLIN)
    group_id = str(session.scalars(select(PayGroup.id)).one())
    session.rollback()
    page = payroll.post("/payroll/groups/", BERLIN | {"group": group_id, "is_default": "1"})
    assert "Saved Berlin." in page.text
    assert session.scalars(select(PayGroup.is_default)).one()
    for change, words in (
        ({"zone": "Mars"}, "Zone: the name of a time zone, such as Europe/Berlin, expected."),
        ({"first_weekday": "9"}, "First weekday: 0 (Monday) to 6 (Sunday) expected."),
        ({}, "There is a pay group called Berlin already."),
    ):
        assert words in payroll.post("/payroll/groups/", BERLIN | change).text
