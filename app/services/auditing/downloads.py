"""Files that people take out of the pages: a line in the audit trail for each."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.transaction import transaction


def record_download(
    session: Session,
    *,
    actor: Actor,
    list_name: str,
    path: str,
    narrowed: Mapping[str, str],
    num_rows: int,
) -> None:
    """Note who took which list as a file, and how much of it; whoever reads it may.

    path      of the page, which tells whose list it is: `/ops/plans/7/review`
    narrowed  the filter: name -> text, without what takes all
    """
    with transaction(session):
        record(
            session,
            actor=actor,
            action="list.downloaded",
            subject=("list", list_name),
            after={"path": path, "filter": dict(narrowed), "num_rows": num_rows},
        )


def record_file_download(session: Session, *, actor: Actor, file_name: str, path: str) -> None:
    """Note who took a kept file, such as one of payroll; whoever reads it may."""
    with transaction(session):
        record(
            session,
            actor=actor,
            action="file.downloaded",
            subject=("file", file_name),
            after={"path": path},
        )
