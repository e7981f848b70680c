"""Ending a scenario: stop it while it is solved, remove it afterwards."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import Scenario
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.plans.planning import UNFINISHED, ask_to_end
from app.services.transaction import retried, transaction


@retried
def stop_scenario(session: Session, *, actor: Actor, scenario_id: int, keep: bool) -> None:
    """End a scenario now: with the best plan so far (`keep`), or with nothing.

    Raises NotFound, or Refused (`finished`, `not_started`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        scenario = _lock(session, scenario_id)
        ask_to_end(session, scenario, ("scenario", "scenario"), actor=actor, keep=keep)


@retried
def remove_scenario(session: Session, *, actor: Actor, scenario_id: int) -> None:
    """Delete a scenario with all that it found.

    Raises NotFound, or Refused (`unfinished`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        scenario = _lock(session, scenario_id)
        if scenario.status in UNFINISHED:
            raise Refused("unfinished", f"Scenario {scenario.id} is still being solved.")
        record(
            session,
            actor=actor,
            action="scenario.removed",
            subject=("scenario", scenario.id),
            before={"status": scenario.status, "policy": scenario.policy},
        )
        session.delete(scenario)


def _lock(session: Session, scenario_id: int) -> Scenario:
    scenario = session.get(Scenario, scenario_id, with_for_update=True, populate_existing=True)
    if scenario is None:
        raise NotFound("scenario", scenario_id)
    return scenario
