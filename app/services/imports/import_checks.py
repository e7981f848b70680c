"""What an import may not contradict: open pauses, logged hours, and who an assignment is for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import WallBreach, WallBreached
from app.importing import CellProblem, FolderRejected


@dataclass(frozen=True)
class _LiveCheck:
    """A query of (id, value found, expectation) rows: each is a problem of `column`."""

    file: str
    column: str
    query: str


def _build_uniqueness_check(table: str, key: str, column: str) -> _LiveCheck:
    """Return: no row that the folder leaves out has the value already; blanks are free."""
    return _LiveCheck(
        f"{table}.csv",
        column,
        f"""
        SELECT i.{key}, i.{column}, format('a value that %s does not have,', t.{key})
        FROM incoming_{table} i JOIN {table} t ON lower(t.{column}) = lower(i.{column})
        WHERE i.{column} <> '' AND t.{key} <> i.{key}
          AND NOT EXISTS (SELECT FROM incoming_{table} o WHERE o.{key} = t.{key})
        """,  # noqa: S608 - names of our own tables
    )


_CHECKS = (
    _build_uniqueness_check("projects", "project_id", "codename"),
    _build_uniqueness_check("contractors", "contractor_id", "email"),
    _build_uniqueness_check("contractors", "contractor_id", "payroll_id"),
    _LiveCheck(
        "contractors.csv",
        "currency",
        # A rate of an assignment is in the contractor's currency: one that the folder does not
        # give anew, as that of an approved place, would be read in another one.
        """
        SELECT i.contractor_id, i.currency,
               format('%s as before, which the rate of assignment %s is in,',
                      c.currency, min(a.assignment_id COLLATE "C"))
        FROM incoming_contractors i
        JOIN contractors c USING (contractor_id)
        JOIN assignments a USING (contractor_id)
        WHERE i.currency <> c.currency AND a.pay_rate_cents IS NOT NULL AND a.status <> 'ended'
          AND NOT EXISTS (
            SELECT FROM incoming_assignments n WHERE n.assignment_id = a.assignment_id
        )
        GROUP BY i.contractor_id, i.currency, c.currency
        """,
    ),
    _LiveCheck(
        "projects.csv",
        "status",
        """
        SELECT i.project_id, i.status, format('paused while pause %s is open', s.pause_id)
        FROM incoming_projects i JOIN pause_projects s USING (project_id)
        WHERE s.open AND i.status <> 'paused'
        """,
    ),
    _LiveCheck(
        "projects.csv",
        "client_id",
        """
        SELECT i.project_id, i.client_id,
               format('no project outside pause %s, which stops all of this client,', c.id)
        FROM incoming_projects i JOIN pauses c ON c.client_id = i.client_id
        WHERE c.status = 'open' AND c.people_kind = 'everyone' AND i.status <> 'closed'
          AND NOT EXISTS (
            SELECT FROM pause_projects s WHERE s.project_id = i.project_id AND s.open
        )
        """,
    ),
    _LiveCheck(
        "assignments.csv",
        "project_id",
        """
        SELECT i.assignment_id, i.project_id, format('%s as before', a.project_id)
        FROM incoming_assignments i JOIN assignments a USING (assignment_id)
        WHERE i.project_id <> a.project_id
        """,
    ),
    _LiveCheck(
        "assignments.csv",
        "contractor_id",
        """
        SELECT i.assignment_id, i.contractor_id, format('%s as before', a.contractor_id)
        FROM incoming_assignments i JOIN assignments a USING (assignment_id)
        WHERE i.contractor_id <> a.contractor_id
        """,
    ),
    _LiveCheck(
        "assignments.csv",
        "status",
        """
        SELECT i.assignment_id, i.status,
               format('no new active assignment on a project of the open pause %s', s.pause_id)
        FROM incoming_assignments i
        JOIN pause_projects s ON s.project_id = i.project_id AND s.open
        LEFT JOIN assignments a USING (assignment_id)
        WHERE i.status = 'active' AND a.status IS DISTINCT FROM 'suspended'
          AND coalesce(i.ends_on, 'infinity') >= (
              SELECT (p.effective_at AT TIME ZONE 'UTC')::date FROM pauses p WHERE p.id = s.pause_id
          )
        """,
    ),
    _LiveCheck(
        "assignments.csv",
        "status",
        """
        SELECT DISTINCT i.assignment_id, i.status,
               format('no new active assignment of somebody whom the open pause %s stops', c.id)
        FROM incoming_assignments i
        JOIN pause_projects s ON s.project_id = i.project_id
        JOIN pauses c ON c.id = s.pause_id AND c.status = 'open'
        JOIN pause_people m ON m.pause_id = c.id AND m.contractor_id = i.contractor_id
        LEFT JOIN assignments a USING (assignment_id)
        WHERE i.status = 'active' AND a.status IS DISTINCT FROM 'suspended'
          AND coalesce(i.ends_on, 'infinity') >= (c.effective_at AT TIME ZONE 'UTC')::date
        """,
    ),
    _LiveCheck(
        "assignments.csv",
        "starts_on",
        """
        SELECT i.assignment_id, i.starts_on::text,
               format('%s or earlier, the first day with hours,', min(h.work_date))
        FROM incoming_assignments i JOIN hours_entries h USING (assignment_id)
        GROUP BY i.assignment_id, i.starts_on HAVING min(h.work_date) < i.starts_on
        """,
    ),
    _LiveCheck(
        "assignments.csv",
        "ends_on",
        """
        SELECT i.assignment_id, i.ends_on::text,
               format('%s or later, the last day with hours,', max(h.work_date))
        FROM incoming_assignments i JOIN hours_entries h USING (assignment_id)
        GROUP BY i.assignment_id, i.ends_on HAVING max(h.work_date) > i.ends_on
        """,
    ),
)


@dataclass(frozen=True)
class Clash:
    """A row of the files that contradicts the live state: its key, and the cell at fault."""

    file: str
    row_id: str
    column: str
    value: str
    expected: str

    @property
    def problem(self) -> CellProblem:
        """The clash as a fault of the file, whose line the database does not know."""
        expected = f"for {self.row_id} {self.expected}"
        return CellProblem(self.file, None, self.column, self.value, expected)


def list_clashes(session: Session) -> list[Clash]:
    """Compare the incoming tables with the live ones; return every contradiction."""
    return [
        Clash(check.file, row_id, check.column, value, expected)
        for check in _CHECKS
        for row_id, value, expected in session.execute(text(check.query))
    ]


def check_against_live_state(session: Session) -> None:
    """Raise FolderRejected with every contradiction of the incoming tables to the live ones."""
    clashes = list_clashes(session)
    if clashes:
        raise FolderRejected(tuple(clash.problem for clash in clashes))


@contextmanager
def naming_walled_rows() -> Iterator[None]:
    """Turn the database's refusal of work across a wall into faults of the rows that bring it.

    Raises FolderRejected.
    """
    try:
        yield
    except WallBreached as error:
        # The database names them in an order of its own.
        breaches = sorted(error.breaches, key=lambda one: (one.assignment_id, one.other_id))
        raise FolderRejected(tuple(map(_build_breach_problem, breaches))) from error


def _build_breach_problem(breach: WallBreach) -> CellProblem:
    day, expected = breach.first_day.isoformat(), describe_breach(breach)
    return Clash("assignments.csv", breach.assignment_id, "starts_on", day, expected).problem


def describe_breach(breach: WallBreach) -> str:
    """Return what the days of the work should be, as the end of "... expected"."""
    free = "" if breach.free_after is None else f" until {breach.free_after}"
    return (
        f"no day within the cooling-off of assignment {breach.other_id}, "
        f"which is behind a wall{free},"
    )
