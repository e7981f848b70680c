"""From when to when each pause of a project stopped whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.models import Pause, PausePerson, PauseProject


@dataclass(frozen=True)
class PauseInterval:
    """A pause of one project, from its effective time to its end; None = still open.

    resumed_at        when it was resumed or terminated
    late_hours_until  last moment at which hours of before it can be entered; None = no end
    """

    pause_id: int
    effective_at: datetime
    resumed_at: datetime | None
    late_hours_until: datetime | None = None


@dataclass(frozen=True)
class ProjectPauses:
    """Every pause that a project has been in: for everybody, and for some people.

    by_contractor  contractor id -> pauses of part of the people that name the person
    """

    for_everybody: tuple[PauseInterval, ...]
    by_contractor: Mapping[str, tuple[PauseInterval, ...]]

    def list_of(self, contractor_id: str) -> list[PauseInterval]:
        """Return the pauses that stop this person, the earliest first."""
        mine = [*self.for_everybody, *self.by_contractor.get(contractor_id, ())]
        return sorted(mine, key=lambda pause: (pause.effective_at, pause.pause_id))


def find_project_pauses(
    session: Session, project_id: str, contractor_id: str | None = None
) -> ProjectPauses:
    """Return every pause that the project has been in.

    contractor_id  the only one whose pauses of part of the people are wanted, None = all of them
    """
    is_wanted = (
        PausePerson.contractor_id.is_not(None)
        if contractor_id is None
        else PausePerson.contractor_id == contractor_id
    )
    rows = session.execute(
        select(
            PausePerson.contractor_id,
            Pause.id,
            Pause.effective_at,
            func.coalesce(Pause.resumed_at, Pause.terminated_at),
            case((Pause.status != "resumed", Pause.late_hours_until)),
        )
        .join(PauseProject, PauseProject.pause_id == Pause.id)
        .outerjoin(PausePerson, PausePerson.pause_id == Pause.id)
        .where(
            PauseProject.project_id == project_id, or_(Pause.people_kind == "everyone", is_wanted)
        )
    )
    by_contractor: dict[str | None, list[PauseInterval]] = {}
    for person, *interval in rows:
        by_contractor.setdefault(person, []).append(PauseInterval(*interval))
    for_everybody = tuple(by_contractor.pop(None, ()))
    return ProjectPauses(
        for_everybody,
        {str(person): tuple(pauses) for person, pauses in by_contractor.items()},
    )
