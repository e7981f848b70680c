"""The hash chain of the audit trail: it never forks, and whatever was tampered with is named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from app.models import AuditEvent, AuditLink
from app.services.auditing.audit import Event, record, record_all
from app.services.auditing.audit_chain import NO_HASH, ChainHead, read_head
from app.services.auditing.audit_verifying import MAX_FAULTS, ChainReport, verify_chain
from app.services.transaction import transaction
from tests.app.world import SYSTEM, add_account

NUM_EVENTS = 12

RECHAIN = """
    CREATE TEMPORARY TABLE kept AS SELECT event_id FROM audit_links ORDER BY seq;
    DELETE FROM audit_links;
    SELECT link_audit_event(e) FROM kept JOIN audit_events e ON e.id = kept.event_id ORDER BY e.id
"""
"""What a superuser would do after a change: compute every link anew."""


def write(session: Session, subject_id: object, note: str = "") -> None:
    with transaction(session):
        record(
            session,
            actor=SYSTEM,
            action="thing.done",
            subject=("thing", subject_id),
            after={"note": note, "hours": 1.5, "who": "Zoë \u202e ☃", "none": None},
        )


def tamper(session: Session, statements: str) -> None:
    """Run statements as a superuser whom no trigger stops."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(statements))
    session.commit()


@pytest.fixture
def head(session: Session) -> ChainHead:
    """The head of a chain of NUM_EVENTS events, kept outside."""
    for number in range(NUM_EVENTS):
        write(session, number)
    kept = read_head(session)
    session.rollback()
    return kept


def verify(session: Session, *heads: ChainHead) -> ChainReport:
    report = verify_chain(session, heads)
    session.rollback()
    return report


def test_untouched_chain_holds_against_its_head(session: Session, head: ChainHead) -> None:
    assert head.sequence == NUM_EVENTS
    write(session, "later")
    report = verify(session, ChainHead(0, NO_HASH.hex(), head.at), head)
    assert (report.num_links, report.num_heads, report.faults) == (NUM_EVENTS + 1, 2, ())
    assert report.last_hash != head.hash


def test_every_kind_of_field_is_hashed_as_the_database_does(session: Session) -> None:
    """The trigger writes in SQL what the verifier computes in Python."""
    user = add_account(session, "payroll")
    with transaction(session):
        record(session, actor=user, action="a", subject=("b", "c"), before={"x": [1, "y"]})
        record(session, actor=user, action="", subject=("", "5:-"), after={})
    assert verify(session).faults == ()


TAMPERED = {
    "edited": (
        "UPDATE audit_events SET actor = 'Somebody else' WHERE subject_id = '5'",
        ["edited: sequence 6: event 6 was edited"],
    ),
    "edited by a microsecond": (
        "UPDATE audit_events SET at = at + interval '1 microsecond' WHERE subject_id = '5'",
        ["edited: sequence 6: event 6 was edited"],
    ),
    "edited in its values": (
        """UPDATE audit_events SET after = jsonb_set(after, '{hours}', '1') WHERE id = 6""",
        ["edited: sequence 6: event 6 was edited"],
    ),
    "edited with its link": (
        """
        UPDATE audit_events SET actor = 'Somebody else' WHERE id = 6;
        UPDATE audit_links SET content_sha256 =
            (SELECT audit_content_sha256(e) FROM audit_events e WHERE id = 6) WHERE seq = 6
        """,
        ["relinked: sequence 6: the link does not follow the one before it"],
    ),
    "event removed": (
        "DELETE FROM audit_events WHERE id = 6",
        ["removed: sequence 6: event 6 is gone"],
    ),
    "event and link removed": (
        "DELETE FROM audit_events WHERE id = 6; DELETE FROM audit_links WHERE event_id = 6",
        ["cut out: sequence 6 is gone"],
    ),
    "several removed": (
        """
        DELETE FROM audit_events WHERE id BETWEEN 6 AND 8;
        DELETE FROM audit_links WHERE seq BETWEEN 6 AND 8
        """,
        ["cut out: sequences 6 to 8 are gone"],
    ),
    "removed and closed up": (
        """
        DELETE FROM audit_events WHERE id = 6; DELETE FROM audit_links WHERE event_id = 6;
        UPDATE audit_links SET seq = -seq WHERE seq > 6;
        UPDATE audit_links SET seq = -seq - 1 WHERE seq < 0
        """,
        [
            *(
                f"relinked: sequence {seq}: the link does not follow the one before it"
                for seq in range(6, NUM_EVENTS)
            ),
            f"tail cut: the chain ends at {NUM_EVENTS - 1}",
        ],
    ),
    "events reordered": (
        """
        UPDATE audit_events SET id = -6 WHERE id = 6; UPDATE audit_events SET id = 6 WHERE id = 7;
        UPDATE audit_events SET id = 7 WHERE id = -6
        """,
        [
            "moved: sequence 6: event 6 says what belongs to sequence 7: the order was changed",
            "moved: sequence 7: event 7 says what belongs to sequence 6: the order was changed",
        ],
    ),
    "links reordered": (
        """
        UPDATE audit_links SET seq = -6 WHERE seq = 6; UPDATE audit_links SET seq = 6 WHERE seq = 7;
        UPDATE audit_links SET seq = 7 WHERE seq = -6
        """,
        [
            "relinked: sequence 6: the link does not follow the one before it",
            "relinked: sequence 7: the link does not follow the one before it",
            "relinked: sequence 8: the link does not follow the one before it",
        ],
    ),
    "tail cut": (
        "DELETE FROM audit_events WHERE id > 9; DELETE FROM audit_links WHERE seq > 9",
        ["tail cut: the chain ends at 9"],
    ),
    "everything gone": (
        "DELETE FROM audit_events; DELETE FROM audit_links",
        ["tail cut: the chain ends at 0"],
    ),
    "edited, every link anew": (
        f"UPDATE audit_events SET actor = 'Somebody else' WHERE id = 6; {RECHAIN}",
        [f"rewritten: sequence {NUM_EVENTS} has another hash than the head of"],
    ),
    "slipped in": (
        """
        INSERT INTO audit_events (actor, action, subject_kind, subject_id)
        VALUES ('Nobody', 'thing.done', 'thing', '99')
        """,
        [f"unlinked: events without a link: 1, the first is {NUM_EVENTS + 1}"],
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_tampering_is_named_against_an_external_head(
    session: Session, head: ChainHead, case: str
) -> None:
    """Check 38: row edited, removed, reordered, tail cut, each by a superuser."""
    statements, sentences = TAMPERED[case]
    tamper(session, statements)
    found = [f"{fault.code}: {fault.sentence}" for fault in verify(session, head).faults]
    assert len(found) == len(sentences), found
    for told, sentence in zip(found, sentences, strict=True):
        assert told.startswith(sentence)


def test_only_a_head_shows_a_chain_made_anew(session: Session, head: ChainHead) -> None:
    """Check 38: without a head kept outside, nobody could tell."""
    tamper(session, TAMPERED["edited, every link anew"][0])
    assert verify(session).faults == ()


def test_several_heads_say_between_which_days_it_happened(
    session: Session, head: ChainHead
) -> None:
    write(session, "later")
    later = read_head(session)
    session.rollback()
    tamper(session, f"UPDATE audit_events SET actor = 'x' WHERE subject_id = 'later'; {RECHAIN}")
    report = verify(session, head, later)
    assert (report.num_heads, [fault.code for fault in report.faults]) == (1, ["rewritten"])


def test_report_of_a_ruined_trail_stays_small(session: Session) -> None:
    with transaction(session):
        events = [Event(("thing", number), None, None) for number in range(MAX_FAULTS + 5)]
        record_all(session, actor=SYSTEM, action="thing.done", events=events)
    tamper(session, "UPDATE audit_events SET actor = 'x'")
    report = verify(session)
    assert (len(report.faults), report.num_faults) == (MAX_FAULTS, MAX_FAULTS + 5)


def test_events_written_together_are_linked_in_their_order(session: Session) -> None:
    with transaction(session):
        events = [Event(("thing", number), None, {"n": number}) for number in range(50)]
        record_all(session, actor=SYSTEM, action="thing.done", events=events)
    order = select(AuditEvent.subject_id).join(AuditLink, AuditLink.event_id == AuditEvent.id)
    assert session.scalars(order.order_by(AuditLink.seq)).all() == [str(n) for n in range(50)]


def test_events_of_a_rolled_back_transaction_leave_no_gap(session: Session) -> None:
    write(session, "kept")
    record(session, actor=SYSTEM, action="thing.done", subject=("thing", "lost"))
    session.flush()
    session.rollback()
    write(session, "kept too")
    assert session.scalars(select(AuditLink.seq).order_by(AuditLink.seq)).all() == [1, 2]
    assert verify(session).faults == ()


def test_concurrent_appends_never_fork(database: Database) -> None:
    """Check 39: sixteen at once, one event or many each, in one chain without a gap."""

    def append(writer: int) -> None:
        with database.session() as session:
            for turn in range(6):
                with transaction(session):
                    events = [
                        Event(("thing", f"{writer}.{turn}.{number}"), None, None)
                        for number in range(1 + 20 * (writer % 2))
                    ]
                    record_all(session, actor=SYSTEM, action="thing.done", events=events)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(append, range(16)))
    with database.session() as session:
        report = verify_chain(session)
        assert (report.num_links, report.faults) == (8 * 6 + 8 * 6 * 21, ())


def test_writers_wait_for_each_other_at_commit_alone(database: Database) -> None:
    """Check 39: a long transaction that has written its event holds up nobody."""
    with database.session() as slow, database.session() as quick:
        record(slow, actor=SYSTEM, action="thing.done", subject=("thing", "slow"))
        slow.flush()
        quick.execute(text("SET lock_timeout = '5s'"))
        write(quick, "quick")
        slow.commit()
        order = select(AuditEvent.subject_id).join(AuditLink, AuditLink.event_id == AuditEvent.id)
        assert quick.scalars(order.order_by(AuditLink.seq)).all() == ["quick", "slow"]


@pytest.mark.parametrize("table", ["audit_events", "audit_links"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO audit_links {}"],
)
def test_trail_refuses_every_change(
    session: Session, head: ChainHead, table: str, statement: str
) -> None:
    """Check 38: not even the owner of the tables edits, removes, empties or slips in."""
    column = "actor" if table == "audit_events" else "hash"
    link = f"SELECT {NUM_EVENTS + 1}, 1000, content_sha256, hash FROM audit_links LIMIT 1"
    if statement.startswith("INSERT"):
        statement = statement.format(link)
    elif statement.startswith("UPDATE"):
        statement = statement.format(table, column, column)
    else:
        statement = statement.format(table)
    with pytest.raises(IntegrityError, match="refused"):
        session.execute(text(statement))
    session.rollback()
    assert verify(session, head).faults == ()


def test_change_rolls_back_when_its_event_cannot_be_linked(session: Session) -> None:
    """Check 40: the link is made at the commit; without it nothing is committed."""
    session.execute(text("ALTER TABLE audit_links ADD CONSTRAINT broken CHECK (false) NOT VALID"))
    session.commit()
    with pytest.raises(DBAPIError, match="broken"):
        add_account(session, "payroll")
    assert session.scalar(text("SELECT count(*) FROM users")) == 0
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0
