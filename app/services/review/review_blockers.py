"""What stands between one contractor and the projects that they are not on, as of now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import PlanRun, Proposal
from app.services.plans.plan_loading import load_pairs_roster
from solver.build import build_instance
from solver.explain import list_blockers

MOST = 8
_HOPELESS = frozenset({"not_open", "same_project"})


@dataclass(frozen=True)
class BlockedProject:
    """A project and what stands in the way; without blockers it is eligible.

    blockers  a sentence each, without the name of a client
    unlocks   what would remove them
    """

    project_id: str
    codename: str
    fit: int
    blockers: tuple[str, ...]
    unlocks: tuple[str, ...]


def list_blocked_projects(session: Session, proposal_id: int) -> tuple[BlockedProject, ...]:
    """Return the nearest projects that refuse a proposal's contractor, fewest blockers first.

    Raises NotFound.
    """
    proposal = session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound("proposal", proposal_id)
    run = session.get_one(PlanRun, proposal.plan_run_id)
    pair = (proposal.contractor_id, proposal.project_id)
    problem = build_instance(*load_pairs_roster(session, run, [pair]))
    if proposal.contractor_id not in problem.affected.contractor_ids:
        return ()
    sentences = problem.eligibility.sentences
    found = [
        BlockedProject(
            one.project_id,
            one.codename,
            one.fit,
            tuple(
                # A wall's details name clients, which not every reviewer may know.
                sentences["wall"] if refusal.code == "wall" else refusal.reason
                for refusal in one.refusals
            ),
            tuple(
                dict.fromkeys(refusal.unlock for refusal in one.refusals if refusal.code != "wall")
            ),
        )
        for one in list_blockers(problem, proposal.contractor_id)
        if one.refusals and _HOPELESS.isdisjoint(refusal.code for refusal in one.refusals)
    ]
    return tuple(found[:MOST])
