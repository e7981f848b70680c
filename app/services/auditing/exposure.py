"""Reading the exposure ledger: who may, and a line in the audit trail for each reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound
from app.models import Client, Contractor
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.desk.exposure import (
    STATES,
    ClosedProject,
    ExposureRow,
    list_closed_projects,
    list_exposures,
)
from app.services.paging import Page, PageRequest
from app.services.transaction import transaction

Kind = Literal["client", "contractor"]


@dataclass(frozen=True)
class LedgerFilter:
    """Part of a ledger: rows whose names hold `text`, in one of STATES; blank = all."""

    text: str = ""
    state: str = ""


def read_ledger(
    session: Session,
    *,
    actor: Actor,
    kind: Kind,
    subject_id: str,
    wanted: LedgerFilter,
    today: date,
    page: PageRequest,
    is_export: bool = False,
) -> Page[ExposureRow]:
    """Return the ledger of a client or a contractor, and note in the audit trail who read it.

    Raises Forbidden, NotFound, or InvalidValue for an unknown state.
    """
    with transaction(session):
        _check_reading(session, actor, kind, subject_id)
        if wanted.state and wanted.state not in STATES:
            raise InvalidValue("state", wanted.state, "one of " + ", ".join(STATES))
        found = list_exposures(
            session,
            kind=kind,
            subject_id=subject_id,
            text=wanted.text,
            state=wanted.state,
            today=today,
            page=page,
        )
        record(
            session,
            actor=actor,
            action="exposure.exported" if is_export else "exposure.read",
            subject=(kind, subject_id),
            after={
                "num_rows": len(found.rows),
                "offset": page.offset,
                "text": wanted.text,
                "state": wanted.state,
            },
        )
    return found


def read_closed_projects(
    session: Session, *, actor: Actor, contractor_id: str, today: date
) -> list[ClosedProject]:
    """Return the projects that walls keep a contractor off, and note who took that.

    Raises Forbidden, or NotFound.
    """
    with transaction(session):
        _check_reading(session, actor, "contractor", contractor_id)
        found = list_closed_projects(session, contractor_id, today=today)
        record(
            session,
            actor=actor,
            action="exposure.exported",
            subject=("contractor", contractor_id),
            after={"num_rows": len(found), "part": "closed projects"},
        )
    return found


def _check_reading(session: Session, actor: Actor, kind: Kind, subject_id: str) -> None:
    """Return when the actor may read a ledger that there is; raise Forbidden or NotFound."""
    require(actor, Permission.VIEW_EXPOSURE)
    if session.get(Client if kind == "client" else Contractor, subject_id) is None:
        raise NotFound(kind, subject_id)
