"""Heads of the audit chain: where they are written, and how a file of them is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.database import Database
from app.jobs import build_worker_app
from app.services.auditing.audit import record
from app.services.auditing.audit_chain import ChainHead, read_head, read_heads
from app.services.auditing.audit_verifying import verify_chain
from app.services.plans.plan_watch import ChildLimits
from app.services.transaction import transaction
from solver.errors import InvalidInput
from tests.app.world import SYSTEM


@pytest.fixture
def head(session: Session) -> ChainHead:
    """The head after one event."""
    return add_event(session)


def add_event(session: Session) -> ChainHead:
    with transaction(session):
        record(session, actor=SYSTEM, action="thing.done", subject=("thing", 1))
    kept = read_head(session)
    session.rollback()
    return kept


def test_worker_logs_the_head_every_night(database: Database, head: ChainHead) -> None:
    queue = build_worker_app(database, ChildLimits())
    with capture_logs() as lines:
        queue.tasks["audit_head"](timestamp=1_772_409_600)
    assert [(line["event"], line["sequence"], line["hash"]) for line in lines] == [
        ("audit head", 1, head.hash)
    ]


def test_head_file_keeps_a_head_a_line(session: Session, head: ChainHead, tmp_path: Path) -> None:
    later = add_event(session)
    file = tmp_path / "heads.jsonl"
    file.write_text(f"{later.as_line()}\n\n{head.as_line()}")
    heads = read_heads(file)
    assert [one.sequence for one in heads] == [1, 2]
    assert verify_chain(session, heads).num_heads == 2


GOOD_LINE = ChainHead(3, "ab" * 32, datetime(2026, 3, 2, tzinfo=UTC)).as_line()


BAD_LINES = [
    "no JSON",
    "[]",
    "7",
    '{"sequence": 3}',
    GOOD_LINE.replace("3", "-3", 1),
    GOOD_LINE.replace("3", "true", 1),
    GOOD_LINE.replace("ab", "zz", 1),
    GOOD_LINE.replace("+00:00", ""),
    GOOD_LINE.replace('"2026', '"last 2026'),
]


@pytest.mark.parametrize("line", BAD_LINES)
def test_head_file_with_a_bad_line_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_text(f"{GOOD_LINE}\n{line}\n")
    with pytest.raises(InvalidInput, match=r"heads.jsonl line 2: .* a head such as"):
        read_heads(file)


def test_empty_head_file_anchors_nothing(tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_text("\n")
    with pytest.raises(InvalidInput, match="a line a head"):
        read_heads(file)
