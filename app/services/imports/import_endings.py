"""Uploads that end without an import: thrown away, or nobody decided on them within a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import ImportUpload
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.imports.import_files import end_upload
from app.services.imports.import_uploads import lock_upload, require_import
from app.services.transaction import retried, transaction

KEPT_FOR = timedelta(hours=24)
"""How long an upload waits for somebody to decide on it."""


@retried
def cancel_upload(session: Session, *, actor: Actor, upload_id: int) -> None:
    """End an upload without importing it, and delete its bytes.

    Raises NotFound, or Refused (`busy`, `ended`).
    """
    require_import(actor)
    with transaction(session):
        upload = lock_upload(session, actor, upload_id)
        if upload.ending == "cancelled":
            return
        if upload.phase == "ended":
            raise Refused("ended", "This upload has ended already.")
        if upload.status == "running" or (upload.phase, upload.status) == ("writing", "queued"):
            raise Refused("busy", "A worker has it at the moment: try again in some seconds.")
        end_upload(session, upload, "cancelled")
        record(session, actor=actor, action="import.cancelled", subject=("import", upload_id))


def expire_uploads(session: Session, *, actor: Actor, now: datetime) -> int:
    """End what nobody decided on within a day; return how many uploads there were."""
    with transaction(session):
        old = session.scalars(
            select(ImportUpload)
            .where(
                ImportUpload.phase != "ended",
                ImportUpload.status != "running",
                ImportUpload.uploaded_at < now - KEPT_FOR,
            )
            .order_by(ImportUpload.id)
            .with_for_update(skip_locked=True)
        ).all()
        for upload in old:
            end_upload(session, upload, "expired")
            record(session, actor=actor, action="import.expired", subject=("import", upload.id))
        return len(old)
