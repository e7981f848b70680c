"""The kinds of messages: each reads well from its facts, whatever is missing."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.messages.message_kinds import KINDS, write_message

FACTS: dict[str, Any] = {
    "answer_by": "2026-03-04T09:00:00+00:00",
    "batch_id": 7,
    "by": "Morgan Ade",
    "codename": "Larch",
    "codenames": ["Chordus", "Larch"],
    "contractor": "Ada",
    "effective_at": "2026-03-02T09:00:00+00:00",
    "endpoint_id": 6,
    "ended": ["Chordus", "Kestrel", "Larch", "Umbra"],
    "ends_on": "2026-05-29",
    "hours_per_week": 20,
    "hours_taken_back": "11.5",
    "late_hours_until": "2026-03-05T09:00:00+00:00",
    "num_rows": 1200,
    "offer_id": 5,
    "other_hours": ["Larch 10, before 20", "Umbra 5, before 8"],
    "pause_id": 3,
    "plan_run_id": 4,
    "returned": ["Chordus"],
    "review_by": "2026-03-16",
    "starts_on": "2026-03-09",
    "week": "2026-03-02",
}


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_reads_in_plain_sentences(code: str) -> None:
    written = write_message(code, {name: FACTS[name] for name in KINDS[code].facts})
    assert len(written.lines) == len(KINDS[code].lines)
    for line in (written.subject, *written.lines, written.path):
        assert line
        assert not set("{}[]\n") & set(line)
        assert "None" not in line
    assert all(line.endswith(".") for line in written.lines)
    assert len(written.subject) <= 120


@pytest.mark.parametrize("code", KINDS)
def test_message_from_before_a_fact_was_told_can_still_be_read(code: str) -> None:
    assert write_message(code, {}).subject


def test_sentence_whose_fact_is_missing_is_left_out() -> None:
    facts = {"codenames": ["Larch"], "effective_at": FACTS["effective_at"]}
    empty = {"late_hours_until": None, "hours_taken_back": None}
    assert write_message("work_paused", facts | empty).lines == (
        "From 2 Mar 2026, 09:00 UTC on, no hours can be worked on Larch.",
        "We are looking for other work for you and will tell you as soon as there is some.",
    )


def test_many_codenames_are_counted() -> None:
    written = write_message("work_ended", {"ended": FACTS["ended"], "other_hours": []})
    assert written.subject == "Your work has ended: Chordus, Kestrel, Larch and 1 more"


def test_address_holds_the_fact_as_it_is() -> None:
    assert (
        write_message("hours_rejected", {"week": "2026-03-02"}).path == "/my/hours?week=2026-03-02"
    )
