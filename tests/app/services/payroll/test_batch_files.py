"""Files of a batch in several formats: the same bytes ever after, settings pinned."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg.errors
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, NotFound, Refused
from app.exports.payroll_formats.column_map import write_map
from app.models import AuditEvent, BatchFile, Contractor, PayRate
from app.services.access.access import Actor
from app.services.payroll.batch_files import get_made_file, list_batch_files, make_batch_file
from app.services.payroll.kept_files import StoredFile
from app.services.payroll.receiver_formats import archive_format, change_format, create_format
from tests.app.exports.payroll_formats.lines import read
from tests.app.exports.payroll_formats.test_adp import SETTINGS
from tests.app.exports.payroll_formats.test_column_map import make_map
from tests.app.pay_world import FIRST, add_period, approve_day, export
from tests.app.world import SYSTEM, add_world

NUM_CLERKS = 5
MAP = write_map(make_map("Id,Hours,Amount,Cur", "payroll_id", "hours", "amount", "currency"))


@pytest.fixture
def batch_id(session: Session) -> int:
    """A batch of two contractors with file numbers of ADP: 7.5 and 4 hours at 40."""
    add_world(session)
    for number, payroll_id in ((1, "000001"), (2, "000002")):
        session.get_one(Contractor, f"C{number}").payroll_id = payroll_id
    session.commit()
    return export_two(session)


def export_two(session: Session) -> int:
    """Approve 7.5 hours of C1 and 4 of C2, and export them."""
    approve_day(session, 1, FIRST, "7.5")
    approve_day(session, 2, FIRST, "4")
    return export(session, add_period(session))


def read_whole(file: StoredFile) -> bytes:
    """Return the bytes of a file, which are those of its checksum."""
    content = b"".join(file.parts)
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert len(content) == file.num_bytes
    return content


def create_adp(session: Session, **changes: str) -> int:
    return create_format(session, actor=SYSTEM, name="ADP", kind="adp", settings=SETTINGS | changes)


def test_batch_in_several_formats(session: Session, batch_id: int) -> None:
    adp = create_adp(session)
    own = create_format(session, actor=SYSTEM, name="Own", kind="columns", settings=MAP)
    first = make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=adp)
    second = make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=own)
    file = get_made_file(session, batch_id, first)
    assert file.file_name == "PRRDPEPI.csv"
    assert [(row["File #"], row["Reg Hours"]) for row in read(read_whole(file))] == [
        ("000001", "7.50"),
        ("000002", "4.00"),
    ]
    rows = list_batch_files(session, batch_id)
    assert [(row.format_name, row.format_version) for row in rows] == [("Own", 1), ("ADP", 1)]
    assert rows[1].sha256 == file.sha256
    assert [row.file_id for row in rows] == [second, first]


def test_file_stays_when_the_settings_change(session: Session, batch_id: int) -> None:
    format_id = create_adp(session)
    first = make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=format_id)
    before = read_whole(get_made_file(session, batch_id, first))
    assert make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=format_id) == first
    change_format(
        session,
        actor=SYSTEM,
        format_id=format_id,
        version=1,
        name="ADP",
        settings=SETTINGS | {"company_code": "NEW"},
    )
    second = make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=format_id)
    assert read_whole(get_made_file(session, batch_id, first)) == before
    assert get_made_file(session, batch_id, second).file_name == "PRNEWEPI.csv"
    versions = [row.format_version for row in list_batch_files(session, batch_id)]
    assert versions == [2, 1]


def test_file_refuses_change_in_the_database(session: Session, batch_id: int) -> None:
    make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=create_adp(session))
    for statement in ("UPDATE batch_files SET currency = ''", "DELETE FROM batch_files"):
        with pytest.raises(IntegrityError) as caught:
            session.execute(text(statement))
        assert isinstance(caught.value.orig, psycopg.errors.RestrictViolation)
        session.rollback()


def test_currencies_are_kept_apart_where_no_column_says_them(session: Session) -> None:
    add_world(session)
    for number in (1, 2):
        session.get_one(Contractor, f"C{number}").payroll_id = f"00000{number}"
    session.add(
        PayRate(
            subject_kind="contractor",
            subject_id="C2",
            starts_on=FIRST,
            rate_cents=4000,
            currency="EUR",
        )
    )
    session.commit()
    batch_id = export_two(session)
    adp = create_adp(session)
    with pytest.raises(Refused, match="choose one of EUR, USD") as caught:
        make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=adp)
    assert caught.value.code == "several_currencies"
    with pytest.raises(Refused, match="has no lines in GBP"):
        make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=adp, currency="GBP")
    for currency, file_number in (("USD", "000001"), ("EUR", "000002")):
        file_id = make_batch_file(
            session, actor=SYSTEM, batch_id=batch_id, format_id=adp, currency=currency
        )
        (row,) = read(read_whole(get_made_file(session, batch_id, file_id)))
        assert row["File #"] == file_number
    own = create_format(session, actor=SYSTEM, name="Own", kind="columns", settings=MAP)
    file_id = make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=own)
    rows = read(read_whole(get_made_file(session, batch_id, file_id)))
    assert [(row["Cur"], row["Amount"]) for row in rows] == [("USD", "300.00"), ("EUR", "160.00")]


def test_what_the_receiver_cannot_take_is_refused_and_nothing_is_written(
    session: Session,
) -> None:
    add_world(session)
    session.execute(text("UPDATE contractors SET name = '=Ada' WHERE contractor_id = 'C1'"))
    session.commit()
    batch_id = export_two(session)
    format_id = create_format(
        session,
        actor=SYSTEM,
        name="Gusto",
        kind="gusto",
        settings={"title": "rate", "cents": "refuse"},
    )
    with pytest.raises(Refused, match="Gusto takes no such file: row 2") as caught:
        make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=format_id)
    assert caught.value.code == "unusable_lines"
    assert list_batch_files(session, batch_id) == []


def test_format_that_was_put_away_makes_no_more_files(session: Session, batch_id: int) -> None:
    format_id = create_adp(session)
    archive_format(session, actor=SYSTEM, format_id=format_id)
    with pytest.raises(Refused, match="put away"):
        make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=format_id)


def test_unknown_batch_format_and_file_are_not_found(session: Session, batch_id: int) -> None:
    format_id = create_adp(session)
    file_id = make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=format_id)
    with pytest.raises(NotFound):
        make_batch_file(session, actor=SYSTEM, batch_id=batch_id + 1, format_id=format_id)
    with pytest.raises(NotFound):
        make_batch_file(session, actor=SYSTEM, batch_id=batch_id, format_id=format_id + 1)
    with pytest.raises(NotFound):
        get_made_file(session, batch_id + 1, file_id)


def test_admins_may_edit_formats_but_make_no_files(session: Session, batch_id: int) -> None:
    format_id = create_adp(session)
    admin = Actor(None, "x", frozenset({"admin"}))
    with pytest.raises(Forbidden):
        make_batch_file(session, actor=admin, batch_id=batch_id, format_id=format_id)


def test_clerks_at_once_make_one_file_and_one_event(
    database: Database, session: Session, batch_id: int
) -> None:
    format_id = create_adp(session)
    session.rollback()
    start = Barrier(NUM_CLERKS)

    def make() -> int:
        with database.session() as own:
            start.wait()
            return make_batch_file(own, actor=SYSTEM, batch_id=batch_id, format_id=format_id)

    with ThreadPoolExecutor(NUM_CLERKS) as pool:
        made = [pool.submit(make) for _ in range(NUM_CLERKS)]
        assert len({future.result() for future in made}) == 1
    assert session.scalar(select(func.count()).select_from(BatchFile)) == 1
    events = select(func.count()).where(AuditEvent.action == "payroll.file_made")
    assert session.scalar(events) == 1
