"""What every list can do: its address holds it, columns hide, it goes to a file and on paper."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import AuditEvent, Project
from app.web import list_files
from app.web.list_columns import to_units
from tests.app.pay_world import add_period, export
from tests.app.web.conftest import Browser, Vendor
from tests.app.web.test_ops import ORDER, confirm
from tests.app.web.test_payroll import MONDAY, PERIOD, SUNDAY, work

LISTS = {
    "ops_manager": (
        "/ops/pauses",
        "/ops/projects",
        "/ops/projects/P2",
        "/ops/plans/{run}/unplaced",
        "/ops/plans/{run}/open-demand",
        "/ops/plans/{run}/review",
    ),
    "payroll": ("/payroll/", PERIOD, "/payroll/exports", "/payroll/exports/1"),
    "admin": ("/admin/users", "/admin/audit"),
}


def read_csv(browser: Browser, path: str) -> list[list[str]]:
    response = browser.send("GET", path)
    body = response.get_data()
    response.close()
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.reader(body.decode("utf-8-sig").splitlines()))


@pytest.mark.parametrize("role", LISTS)
def test_list_has_tools_and_its_file_has_a_row_for_each_row(
    browse: Callable[[str], Browser], session: Session, planned: Vendor, role: str
) -> None:
    work(session, 1, "7.5")
    export(session, add_period(session, MONDAY, SUNDAY))
    work(session, 2, "4")
    browser = browse(role)
    for path in LISTS[role]:
        address = path.format(run=planned.run_id)
        page = browser.get(address)
        link = re.search(r'href="([^"]+)"[^>]* download>', page.body)
        assert link is not None, address
        head, *rows = read_csv(browser, unescape(link[1]))
        table = page.body.split("data-list", 1)[1].split("</table>", 1)[0]
        titles = re.findall(r'<th scope="col"[^>]*>\s*(?:<a [^>]*>)?([^<]+)', table)
        assert set(titles) <= set(head), address
        assert len(rows) == table.count("<tr>") - 1 > 0, address
        assert {len(row) for row in rows} == {len(head)}, address


def test_file_follows_filter_and_order(ops: Browser, paused: Vendor) -> None:
    head, *rows = read_csv(ops, "/ops/projects?status=open&format=csv")
    assert [row[head.index("Project")] for row in rows] == ["Larkspur"]
    _head, *rows = read_csv(ops, "/ops/projects?sort=codename&descending=1&format=csv&page=7")
    assert [row[1] for row in rows] == ["Umbra", "Larkspur", "Chordus"]


def test_file_leaves_a_line_in_the_audit_trail(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    path = f"/ops/plans/{planned.run_id}/review"
    read_csv(ops, f"{path}?format=csv&min_fit=70&sort=name&page=2")
    read_csv(ops, f"/ops/insights/waiting.csv?pause={planned.pause_id}")
    ops.get(path)
    assert list_downloads(session) == [
        (
            "The ops_manager",
            "proposals",
            {"path": path, "filter": {"min_fit": "70"}, "num_rows": 1},
        ),
        (
            "The ops_manager",
            "waiting",
            {
                "path": "/ops/insights/waiting.csv",
                "filter": {"pause": str(planned.pause_id)},
                "num_rows": 2,
            },
        ),
    ]


def test_file_that_has_its_own_line_gets_no_second(ops: Browser, session: Session) -> None:
    read_csv(ops, "/ops/exposure/clients/K1?format=csv")
    assert list_downloads(session) == []
    read_csv(ops, "/ops/exposure?format=csv")
    assert [name for _, name, _ in list_downloads(session)] == ["exposure-clients"]


def list_downloads(session: Session) -> list[tuple[str, str, dict[str, Any]]]:
    """Return who took which list, and what of it, in order."""
    session.rollback()
    rows = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "list.downloaded").order_by(AuditEvent.id)
    )
    return [(row.actor, row.subject_id, row.after or {}) for row in rows]


def test_file_holds_no_formula(ops: Browser, session: Session) -> None:
    session.execute(update(Project).where(Project.project_id == "P2").values(codename="=1+2"))
    session.commit()
    _head, *rows = read_csv(ops, "/ops/projects?format=csv&sort=codename")
    assert "'=1+2" in {row[1] for row in rows}


def test_file_of_too_many_rows_is_refused(ops: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_files, "MAX_CSV_ROWS", 2)
    page = ops.get("/ops/projects?format=csv")
    assert page.status == 409
    assert "3 rows match, and a file takes 2: narrow the filter." in page.text
    assert ops.get("/ops/projects?format=csv&text=umb").status == 200


def test_hidden_columns_are_remembered(ops: Browser) -> None:
    assert 'class="grid cards"' in ops.get("/ops/projects").body
    ops.remember("hidden.ops-projects", "priority.ends_on.codename.nonsense")
    body = ops.get("/ops/projects").body
    # The codename can't be hidden; the others are the third and the seventh column.
    assert 'class="grid cards hide-3 hide-7"' in body
    assert re.search(r'data-column="priority" data-place="3">', body)
    assert re.search(r'data-column="status" data-place="2" checked>', body)


def test_print_view_starts_at_the_first_row_and_says_the_filter(ops: Browser) -> None:
    page = ops.get("/ops/projects?print=1&page=9&status=open")
    assert " data-print" in page.body
    assert "Status: open." in page.text
    assert "Larkspur" in page.text


def test_money_in_a_file_is_a_number(payroll: Browser, session: Session) -> None:
    work(session, 1, "7.5")
    add_period(session, MONDAY, SUNDAY)
    head, row = read_csv(payroll, f"{PERIOD}?format=csv")
    cells = dict(zip(head, row, strict=True))
    assert (cells["Rate"], cells["Amount"], cells["Currency"]) == ("40.00", "300.00", "USD")
    assert (cells["Of"], cells["State"]) == ("2026-03-02", "approved")


def test_amount_in_cents_becomes_a_number() -> None:
    assert str(to_units(123450)) == "1234.50"
    assert str(to_units(-5)) == "-0.05"
    assert to_units(None) is None


def test_pauses_are_filtered_and_the_open_ones_come_first(ops: Browser, planned: Vendor) -> None:
    ops.post(f"/ops/pauses/{planned.pause_id}/resume", {})
    order = ORDER | {"project_id": "P2"}
    ops.post("/ops/pauses", order | confirm(ops.post("/ops/pauses/impact", order)))
    rows = [row for row in ops.get("/ops/pauses").rows if "UTC" in row]
    assert [row.split()[0] for row in rows] == ["Larkspur", "Chordus"]
    (row,) = [row for row in ops.get("/ops/pauses?status=resumed").rows if "UTC" in row]
    assert row.startswith("Chordus")
    (row,) = [row for row in ops.get("/ops/pauses?text=lark").rows if "UTC" in row]
    assert row.startswith("Larkspur")
    assert "No pause matches" in ops.get("/ops/pauses?text=nothing").text


def test_page_beyond_the_last_is_the_last(ops: Browser, paused: Vendor) -> None:
    page = ops.get("/ops/projects?page=9")
    assert "Chordus" in page.text
    assert "3 projects" in page.text
