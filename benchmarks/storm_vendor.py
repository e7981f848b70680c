"""The vendor on the day of the storm: one pause is decided and offered, a larger one is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import PlanRun, Proposal
from app.sampling import SampleSize, build_sample_roster
from app.services.access.passwords import hash_password
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.payroll.pay_periods import create_period
from app.services.plans.plan_loading import build_limits, load_planning_roster
from app.services.plans.plan_results import build_solved_plan, lock_run_to_save, save_plan
from app.services.plans.planning import PlanOptions
from app.services.review.reviewing import ProposalVersion, approve_proposals, publish_proposals
from app.services.transaction import transaction
from benchmarks.desk_vendor import SYSTEM, say
from benchmarks.storm_pauses import get_largest
from solver.planning import make_plan
from solver.result import Control

PASSWORD = "the password of everybody"  # noqa: S105 - of invented people in a passing database
PROJECTS, CLIENTS, SKILLS_EACH = 800, 120, 10
"""Those of the sample size L."""
_AFFECTED_SHARE = 0.15
_OFFERED_SHARE = 0.6
_STEP = 1000
NUM_MANAGERS, NUM_CLERKS, MOST_PEOPLE = 12, 3, 3_000

_ACCOUNTS = """
    INSERT INTO users (email, name, password, active, fs_uniquifier, contractor_id)
    SELECT who || '@storm.example', 'The ' || who, :password, true, 'unique ' || who, contractor
    FROM unnest(CAST(:names AS text[]), CAST(:contractors AS text[])) AS a (who, contractor)
    RETURNING id
"""
_ROLE = """
    INSERT INTO users_roles (user_id, role_id)
    SELECT u, r.id FROM unnest(CAST(:user_ids AS bigint[])) u, roles r WHERE r.name = :role
"""
_WEEK = """
    INSERT INTO timesheets (contractor_id, starts_on, ends_on, zone, status, approved_version)
    SELECT contractor_id, :monday, CAST(:monday AS date) + 6, 'UTC', 'approved', 1 FROM contractors;
    INSERT INTO approved_hours (timesheet_id, version, assignment_id, work_date, hours, rate_cents,
        currency)
    SELECT t.id, 1, a.assignment_id, CAST(:monday AS date) + d, 6.5, 0, ''
    FROM timesheets t JOIN assignments a USING (contractor_id), generate_series(0, 4) d
    WHERE t.starts_on = :monday AND a.starts_on <= :monday
      AND coalesce(a.ends_on, 'infinity') >= CAST(:monday AS date) + 6
"""
_OFFERED = """
    SELECT o.contractor_id, min(o.id) FROM offers o GROUP BY 1 ORDER BY 1 LIMIT :most
"""
_WORKING = """
    SELECT DISTINCT ON (a.contractor_id) a.contractor_id, a.assignment_id
    FROM assignments a
    WHERE a.status = 'active' AND a.proposal_id IS NULL AND a.starts_on < :monday
      AND a.ends_on IS NULL
      AND NOT EXISTS (SELECT FROM assignments b WHERE b.contractor_id = a.contractor_id
                      AND (b.status = 'suspended' OR b.project_id = :largest))
    ORDER BY a.contractor_id LIMIT :most
"""


@dataclass(frozen=True)
class Storm:
    """What the requests of the storm name.

    run_id       the plan under review; its proposals that are still to be decided, as ids and
                 versions
    offered      account, offer of each contractor who has one
    working      account, an assignment of contractors whose work goes on
    managers, clerks  accounts
    emails       of contractors who sign in by their password, PASSWORD
    """

    run_id: int
    proposals: tuple[ProposalVersion, ...]
    offered: tuple[tuple[int, int], ...]
    working: tuple[tuple[int, str], ...]
    managers: tuple[int, ...]
    clerks: tuple[int, ...]
    period_id: int
    emails: tuple[str, ...]


def build_storm(session: Session, *, num_contractors: int, solve_s: int) -> Storm:
    """Import the vendor, decide and publish most of a first plan, add everybody's account."""
    monday = get_monday(datetime.now(UTC).date())
    _import(session, num_contractors)
    say("imported", f"{num_contractors:,} contractors")
    run_id = _plan_first_pause(session, int(num_contractors * _AFFECTED_SHARE), solve_s)
    left = _publish(session, run_id)
    period_id = _add_hours(session, monday - timedelta(days=7))
    offered = _list(session, _OFFERED, most=MOST_PEOPLE)
    working = _list(
        session, _WORKING, monday=monday, largest=get_largest(session), most=MOST_PEOPLE
    )
    storm = Storm(
        run_id=run_id,
        proposals=left,
        offered=tuple(
            zip(
                _add_accounts(session, "contractor", [who for who, _ in offered]),
                [int(offer) for _, offer in offered],
                strict=True,
            )
        ),
        working=tuple(
            zip(
                _add_accounts(session, "contractor", [who for who, _ in working]),
                [what for _, what in working],
                strict=True,
            )
        ),
        managers=tuple(_add_accounts(session, "ops_manager", [None] * NUM_MANAGERS)),
        clerks=tuple(_add_accounts(session, "payroll", [None] * NUM_CLERKS)),
        period_id=period_id,
        emails=tuple(f"contractor-{who}@storm.example".lower() for who, _ in offered),
    )
    session.execute(text("ANALYZE"))
    session.commit()
    return storm


def get_monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _import(session: Session, num_contractors: int) -> None:
    size = SampleSize(num_contractors, PROJECTS, CLIENTS, SKILLS_EACH)
    roster = build_sample_roster(size, seed=1, starting=datetime.now(UTC).date())
    projects = roster.projects.copy()
    projects["demand_hours"] *= 4
    projects["seats"] = None
    import_roster(session, replace(roster, projects=projects), actor=SYSTEM, source="the storm")
    session.execute(text("ANALYZE"))
    session.commit()


def _plan_first_pause(session: Session, num_affected: int, solve_s: int) -> int:
    rows = session.execute(
        text(
            "SELECT project_id, count(DISTINCT contractor_id) FROM assignments "
            "WHERE status = 'active' AND project_id <> :largest GROUP BY 1 ORDER BY 2 DESC, 1"
        ),
        {"largest": get_largest(session)},
    ).all()
    session.rollback()
    chosen, total = [], 0
    for project_id, count in rows:
        if total < num_affected:
            chosen.append(project_id)
            total += count
    run_id = open_pause(
        session,
        actor=SYSTEM,
        project_ids=chosen,
        effective_at=datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=1),
        reason_class="other",
        options=PlanOptions(time_limit_s=solve_s),
    ).plan_run_id
    # Solved here: no worker is up yet, and none is to find it queued.
    session.execute(text("DELETE FROM procrastinate_jobs"))
    session.commit()
    run = session.get_one(PlanRun, run_id)
    roster, request = load_planning_roster(session, run)
    limits = build_limits(run)
    session.rollback()
    solved = build_solved_plan(make_plan(roster, request, limits, Control()))
    with transaction(session):
        save_plan(session, lock_run_to_save(session, run_id), solved, actor=SYSTEM)
    say("planned", f"{len(solved.proposals):,} proposals, {len(solved.unplaced):,} below")
    return run_id


def _publish(session: Session, run_id: int) -> tuple[ProposalVersion, ...]:
    """Approve and publish most proposals, so that they are offers; return the others."""
    found = session.execute(
        select(Proposal.id, Proposal.version)
        .where(Proposal.plan_run_id == run_id, Proposal.status == "proposed")
        .order_by(Proposal.id)
    ).all()
    session.rollback()
    proposals = [ProposalVersion(*row) for row in found]
    cut = int(len(proposals) * _OFFERED_SHARE)
    num_offered = 0
    for start in range(0, cut, _STEP):
        some = proposals[start : min(start + _STEP, cut)]
        approved = {
            one.proposal_id
            for one in approve_proposals(session, actor=SYSTEM, proposals=some)
            if one.ok
        }
        wanted = [
            ProposalVersion(one.proposal_id, one.version + 1)
            for one in some
            if one.proposal_id in approved
        ]
        num_offered += sum(
            one.ok for one in publish_proposals(session, actor=SYSTEM, proposals=wanted)
        )
    say("published", f"{num_offered:,} offers; {len(proposals) - cut:,} proposals to decide")
    return tuple(proposals[cut:])


def _add_hours(session: Session, monday: date) -> int:
    for statement in _WEEK.split(";"):
        session.execute(text(statement), {"monday": monday})
    session.commit()
    return create_period(
        session, actor=SYSTEM, starts_on=monday, ends_on=monday + timedelta(days=6), zone="UTC"
    )


def _list(session: Session, statement: str, **keys: object) -> list[tuple[str, str]]:
    rows = session.execute(text(statement), keys).all()
    session.rollback()
    return [(str(row[0]), str(row[1])) for row in rows]


def _add_accounts(session: Session, role: str, contractor_ids: Sequence[str | None]) -> list[int]:
    names = [
        f"{role}-{contractor_id or number}".lower()
        for number, contractor_id in enumerate(contractor_ids)
    ]
    keys = {
        "names": names,
        "contractors": list(contractor_ids),
        "password": hash_password(PASSWORD),
    }
    user_ids = list(session.scalars(text(_ACCOUNTS), keys))
    session.execute(text(_ROLE), {"user_ids": user_ids, "role": role})
    session.commit()
    return user_ids
