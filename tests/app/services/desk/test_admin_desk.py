"""What the admin desk reads of the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime

from app.services.desk.admin_desk import AuditRow


def test_changes_write_out_only_the_first_of_a_long_list() -> None:
    row = AuditRow(
        event_id=1,
        at=datetime(2026, 3, 2, tzinfo=UTC),
        actor="a test",
        action="pause.opened",
        subject_kind="pause",
        subject_id="1",
        before={"hours_entries": list(range(5000))},
        after={"project_ids": ["P1"]},
    )
    (_, before, after), (_, _, project_ids) = row.changes
    assert before.startswith("0, 1, 2, ")
    assert before.endswith(" 19 and 4980 more")
    assert (after, project_ids) == (None, ["P1"])
