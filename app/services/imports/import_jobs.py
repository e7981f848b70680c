"""What a worker does with an upload: have it read by a child, and write it once confirmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Busy, Forbidden
from app.importing import FolderRejected
from app.importing.problems import MAX_PROBLEMS_OF_A_COLUMN
from app.models import ImportFile, ImportProblem, ImportUpload, User
from app.services.access.access import Actor
from app.services.bulk import add_rows
from app.services.copy_text import Pieces
from app.services.imports.import_checks import check_against_live_state, naming_walled_rows
from app.services.imports.import_child import SECONDS, read_in_child
from app.services.imports.import_differences import build_fingerprint, compare_incoming
from app.services.imports.import_files import ROWS, end_upload, list_files, read_chunks
from app.services.imports.import_findings import build_problem
from app.services.imports.import_tables import fill_incoming
from app.services.imports.import_uploads import describe_files, read_again, require_import
from app.services.imports.importing import lock_roster, write_incoming
from app.services.job_queue import enqueue_import_reading
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.side_jobs import SideJob, recover_side_jobs, run_side_job
from app.services.transaction import retried, transaction

_MEGABYTE = 1024 * 1024


class _Outdated(Exception):
    """The live state changed since the preview, in a row that the import would change."""


def run_reading(
    database: Database,
    upload_id: int,
    *,
    limits: ChildLimits,
    should_end: Callable[[], bool] = lambda: False,
) -> None:
    """Have a child read a queued upload; does nothing when it is not queued."""
    job = SideJob(
        "reading of the files",
        ImportUpload,
        enqueue_import_reading,
        partial(read_in_child, limits.import_unpacked_mb * _MEGABYTE),
        SECONDS,
    )
    child = replace(limits, memory_mb=limits.import_memory_mb)
    run_side_job(database, job, upload_id, limits=child, should_end=should_end)


def recover_imports(database: Database) -> int:
    """Close what dead workers had begun; return how much there was. Nothing of it was written."""
    return recover_side_jobs(database, ImportUpload)


def run_writing(database: Database, upload_id: int) -> None:
    """Write a confirmed upload in one transaction; does nothing when it is not queued."""
    if not _begin(database, upload_id):
        return
    try:
        _write(database, upload_id)
    except FolderRejected as rejected:
        _reject(database, upload_id, rejected)
    except _Outdated:
        _read_anew(database, upload_id)
    except Forbidden:
        _fail(database, upload_id, "The account that confirmed it may not import any more.")
    except Busy as busy:
        _fail(database, upload_id, busy.sentence)


@retried
def _begin(database: Database, upload_id: int) -> bool:
    with database.session() as session, transaction(session):
        upload = _lock(session, upload_id)
        if (upload.phase, upload.status) != ("writing", "queued"):
            return False
        upload.status = "running"
        return True


@retried
def _write(database: Database, upload_id: int) -> None:
    """Compare once more under the locks, and write what the preview showed."""
    with (
        database.session() as session,
        database.session() as other,
        naming_walled_rows(),
        transaction(session),
    ):
        upload = _lock(session, upload_id)
        if (upload.phase, upload.status) != ("writing", "running"):
            return
        actor = _get_actor(session, upload)
        files = [one for one in list_files(session, upload_id) if one.table_name]
        lock_roster(session)
        fill_incoming(session, _open_pieces(other, files))
        check_against_live_state(session)
        present = frozenset(one.table_name for one in files if one.table_name)
        differences = compare_incoming(session, present, with_examples=False)
        if build_fingerprint(differences) != upload.fingerprint:
            raise _Outdated
        counts = write_incoming(
            session,
            actor=actor,
            source=f"import {upload_id}",
            present_tables=present,
            details={"files": describe_files(list_files(session, upload_id))},
        )
        upload.counts = {count.table: count.as_dict() for count in counts}
        end_upload(session, upload, "imported")


def _open_pieces(session: Session, files: Sequence[ImportFile]) -> Pieces:
    """Return the rows of the files by table, read as they are needed, on another connection."""
    return {one.table_name: read_chunks(session, one.id, ROWS) for one in files if one.table_name}


def _get_actor(session: Session, upload: ImportUpload) -> Actor:
    """Return whoever confirmed the upload, with the roles that they have by now.

    Raises Forbidden.
    """
    user = session.get_one(User, upload.uploaded_by, populate_existing=True)
    actor = Actor.of_user(user)
    if not user.active:
        raise Forbidden("to sign in")
    require_import(actor)
    return actor


@retried
def _reject(database: Database, upload_id: int, rejected: FolderRejected) -> None:
    """Show what contradicts the live state by now; nothing was written."""
    with database.session() as session, transaction(session):
        upload = _lock(session, upload_id)
        shown = rejected.problems[:MAX_PROBLEMS_OF_A_COLUMN]
        session.execute(delete(ImportProblem).where(ImportProblem.upload_id == upload_id))
        rows = [build_problem(upload_id, seq, one) for seq, one in enumerate(shown, start=1)]
        add_rows(session, ImportProblem, rows)
        upload.phase, upload.status, upload.verdict = "reading", "done", "rejected"
        upload.num_problems = len(shown)
        upload.num_omitted = len(rejected.problems) - len(shown) + rejected.omitted
        upload.finished_at = datetime.now(UTC)


@retried
def _read_anew(database: Database, upload_id: int) -> None:
    with database.session() as session, transaction(session):
        upload = _lock(session, upload_id)
        upload.is_outdated = True
        read_again(session, upload)


@retried
def _fail(database: Database, upload_id: int, sentence: str) -> None:
    with database.session() as session, transaction(session):
        upload = _lock(session, upload_id)
        upload.status, upload.error = "failed", sentence


def _lock(session: Session, upload_id: int) -> ImportUpload:
    return session.get_one(
        ImportUpload, upload_id, with_for_update={"key_share": True}, populate_existing=True
    )
