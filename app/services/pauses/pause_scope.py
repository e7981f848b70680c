"""What a pause stops: projects or all of a client's, for everybody or part of the people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import PEOPLE_KINDS, Assignment, Client, Contractor, PauseProject, Project
from app.services.access.client_scopes import ClientIds, build_is_visible_project
from app.services.keys import is_among

MAX_PEOPLE_VALUES = 20_000
"""How many countries, skills or contractor ids a pause may name."""

_IDS_SHOWN = 5


@dataclass(frozen=True)
class PeopleScope:
    """Whose work stops.

    kind    one of `app.models.PEOPLE_KINDS`
    values  countries, skills (one is enough) or contractor ids; empty for everybody
    """

    kind: str = "everyone"
    values: tuple[str, ...] = ()

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return self.kind == "everyone"


EVERYBODY = PeopleScope()


@dataclass(frozen=True)
class PauseScope:
    """The projects of a pause, in the order of their ids.

    held  ids of projects that another open pause holds: a client's pause stops those too,
          and takes them over when that one is resumed
    """

    projects: tuple[Project, ...]
    held: frozenset[str]

    @property
    def project_ids(self) -> tuple[str, ...]:
        """The ids of all of them."""
        return tuple(project.project_id for project in self.projects)

    @property
    def stopped(self) -> tuple[str, ...]:
        """The ids of those that only this pause stops."""
        return tuple(
            project.project_id
            for project in self.projects
            if project.status != "closed" and project.project_id not in self.held
        )


def build_match(kind: str, values: str) -> str:
    """Return the SQL condition that contractor `c` is one of the people of a scope.

    kind, values  SQL of the kind and of the text[] of values
    """
    return f"""(
        {kind} = 'country' AND c.country = ANY({values})
        OR {kind} = 'list' AND c.contractor_id = ANY({values})
        OR {kind} = 'skill' AND EXISTS (
            SELECT FROM contractor_skills k
            WHERE k.contractor_id = c.contractor_id AND k.skill = ANY({values})))"""


_FIND_PEOPLE = f"""
    SELECT DISTINCT c.contractor_id
    FROM assignments a JOIN contractors c ON c.contractor_id = a.contractor_id
    WHERE a.project_id = ANY(:project_ids) AND a.status <> 'ended'
      AND coalesce(a.ends_on, 'infinity') >= :pause_date
      AND {build_match("CAST(:kind AS text)", "CAST(:values AS text[])")}
"""  # noqa: S608 - our own texts


def check_people(people: PeopleScope) -> None:
    """Raise InvalidValue unless the people are named as their kind asks."""
    if people.kind not in PEOPLE_KINDS:
        raise InvalidValue("people_kind", people.kind, "one of " + ", ".join(PEOPLE_KINDS))
    if people.is_everybody == bool(people.values):
        raise InvalidValue("people_values", len(people.values), "values for part of the people")
    if len(people.values) > MAX_PEOPLE_VALUES:
        expected = f"at most {MAX_PEOPLE_VALUES:,} values"
        raise InvalidValue("people_values", len(people.values), expected)


def find_people(
    session: Session,
    people: PeopleScope,
    project_ids: Sequence[str],
    pause_date: date,
    client_ids: ClientIds = None,
) -> list[str] | None:
    """Return the ids of those whose work on the projects stops; None = everybody's.

    client_ids  the clients that the caller is limited to

    Raises NotFound for a contractor id that does not exist, and Refused (`nobody`).
    """
    if people.is_everybody:
        return None
    if people.kind == "list":
        refuse_unknown_people(session, people.values, client_ids)
    keys = {
        "project_ids": list(project_ids),
        "pause_date": pause_date,
        "kind": people.kind,
        "values": list(people.values),
    }
    found = sorted(session.scalars(text(_FIND_PEOPLE), keys))
    if not found:
        raise Refused("nobody", "None of these people works on what you chose.")
    return found


def refuse_unknown_people(
    session: Session, contractor_ids: Sequence[str], client_ids: ClientIds = None
) -> None:
    """Raise NotFound naming the first of those that do not exist.

    client_ids  the clients that the caller is limited to: who never worked for one is not there
    """
    known = select(Contractor.contractor_id).where(
        is_among(Contractor.contractor_id, contractor_ids)
    )
    if client_ids is not None:
        works = (
            select(Assignment.contractor_id)
            .join(Project, Project.project_id == Assignment.project_id)
            .where(build_is_visible_project(client_ids))
        )
        known = known.where(Contractor.contractor_id.in_(works))
    missing = sorted(set(contractor_ids) - set(session.scalars(known)))
    if missing:
        more = f" and {len(missing) - _IDS_SHOWN:,} more" if len(missing) > _IDS_SHOWN else ""
        raise NotFound("contractor", ", ".join(missing[:_IDS_SHOWN]) + more)


def read_scope(
    session: Session, project_ids: Sequence[str], client_id: str | None, *, lock: bool
) -> PauseScope:
    """Return the projects to pause, locked in the order of their ids if wanted.

    Raises NotFound, or Refused (`closed`, `already_paused`, `nothing_to_pause`).
    """
    inside = (
        is_among(Project.project_id, project_ids)
        if client_id is None
        else Project.client_id == client_id
    )
    statement = (
        select(Project)
        .where(inside)
        .order_by(Project.project_id)
        .execution_options(populate_existing=True)
    )
    if lock:
        statement = statement.with_for_update(key_share=True)
    projects = tuple(session.scalars(statement))
    held = frozenset(
        session.scalars(select(PauseProject.project_id).where(PauseProject.open.is_(True)))
    )
    scope = PauseScope(projects, held)
    if client_id is None:
        _refuse_unpausable(scope, project_ids)
        return scope
    if not projects and session.get(Client, client_id) is None:
        raise NotFound("client", client_id)
    if not scope.stopped:
        raise Refused("nothing_to_pause", "This client has no project that could be paused.")
    return scope


def _refuse_unpausable(scope: PauseScope, project_ids: Sequence[str]) -> None:
    missing = sorted(set(project_ids) - set(scope.project_ids))
    if missing:
        raise NotFound("project", ", ".join(missing))
    for project in scope.projects:
        if project.status == "closed":
            raise Refused("closed", f"{project.codename} is closed: there is no work to pause.")
        if project.project_id in scope.held:
            raise Refused("already_paused", f"{project.codename} is paused already.")
