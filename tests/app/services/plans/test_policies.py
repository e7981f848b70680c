"""Saved policies: kept whole, offered by name, changed by one person at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, InvalidValue, NotFound, Refused, Stale
from app.models import AuditEvent, PlanRun, Proposal, SavedPolicy, UnplacedContractor
from app.services.access.access import Actor
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions, request_plan, settle_options
from app.services.plans.policies import (
    archive_policy,
    change_policy,
    create_policy,
    find_policy_settings,
    get_default_policy,
    set_default_policy,
    settle_policy,
)
from app.services.plans.policy_settings import (
    PolicySettings,
    get_named_settings,
    read_settings,
    write_settings,
)
from app.services.plans.solving import run_plan
from solver.errors import InvalidInput
from solver.policy import PEOPLE_FIRST, FitWeights, Policy, Tier
from tests.app.world import SYSTEM, add_world, pause_p1

GENTLE = PolicySettings(
    Policy("Gentle", PEOPLE_FIRST.tiers, {Tier.COVERAGE: 0.02}, max_pay_cut=0.05),
    weeks=4,
    time_limit_s=5,
    gap=0.01,
)


def save(session: Session, settings: PolicySettings = GENTLE, name: str = "Gentle") -> int:
    return create_policy(session, actor=SYSTEM, name=name, settings=settings)


shares = st.integers(0, 99).map(lambda percent: percent / 100)


policies = st.builds(
    Policy,
    name=st.just("Any"),
    tiers=st.permutations(list(Tier)).map(tuple),
    tolerances=st.dictionaries(st.sampled_from(list(Tier)), shares),
    max_pay_cut=shares,
    switch_cost=st.integers(0, 5_000_000),
    fit_weights=st.integers(0, 100).map(lambda part: FitWeights(part, 100 - part, 0, 0)),
)


@given(
    policies,
    st.none() | st.integers(0, 168),
    st.none() | st.integers(1, 86_400).map(float),
    st.integers(1, 104),
)
def test_settings_survive_being_kept(
    aims: Policy, floor: int | None, seconds: float | None, weeks: int
) -> None:
    settings = PolicySettings(aims, floor, ("P1",), weeks, seconds, 0.02)
    back = read_settings("Any", write_settings(settings))
    assert [back.aims.tolerance_of(tier) for tier in Tier] == [
        aims.tolerance_of(tier) for tier in Tier
    ]
    assert replace(back, aims=replace(back.aims, tolerances=aims.tolerances)) == settings


def test_settings_name_every_number_out_of_range() -> None:
    with pytest.raises(InvalidInput) as caught:
        PolicySettings(PEOPLE_FIRST, floor_hours=169, weeks=0, time_limit_s=0, gap=1)
    assert [problem.place for problem in caught.value.problems] == [
        "policy floor_hours",
        "policy weeks",
        "policy time_limit_s",
        "policy gap",
    ]


def test_run_from_before_saved_policies_has_the_named_one() -> None:
    assert read_settings("best-fit", None) == get_named_settings("best-fit")


def test_create_policy_is_found_by_its_name_and_recorded(session: Session) -> None:
    policy_id = save(session)
    found = find_policy_settings(session, "Gentle")
    assert found is not None
    assert write_settings(found) == write_settings(GENTLE)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "policy.created")).one()
    assert (event.subject_id, event.after and event.after["name"]) == (str(policy_id), "Gentle")


@pytest.mark.parametrize("name", ["gentle", "GENTLE", "People first", "best-fit"])
def test_create_policy_refuses_a_name_that_is_used(session: Session, name: str) -> None:
    save(session)
    with pytest.raises(Refused, match="already"):
        save(session, name=name)


def test_create_policy_refuses_what_no_page_would_send(session: Session) -> None:
    for name in ("", " x", "x" * 61):
        with pytest.raises(InvalidValue, match="name"):
            save(session, name=name)
    with pytest.raises(InvalidValue, match="P404"):
        save(session, replace(GENTLE, excluded_project_ids=("P404",)))
    with pytest.raises(Forbidden):
        create_policy(
            session, actor=Actor(None, "x", frozenset({"payroll"})), name="a", settings=GENTLE
        )


def test_change_policy_asks_for_the_version_seen(session: Session) -> None:
    policy_id = save(session)
    changed = replace(GENTLE, weeks=6)
    change_policy(
        session, actor=SYSTEM, policy_id=policy_id, version=1, name="Gentler", settings=changed
    )
    row = session.get_one(SavedPolicy, policy_id)
    assert (row.name, row.version, row.settings["weeks"]) == ("Gentler", 2, 6)
    with pytest.raises(Stale, match="Gentler was changed"):
        change_policy(
            session, actor=SYSTEM, policy_id=policy_id, version=1, name="x", settings=GENTLE
        )
    with pytest.raises(NotFound):
        change_policy(session, actor=SYSTEM, policy_id=99, version=1, name="x", settings=GENTLE)


def test_change_policy_without_a_change_leaves_it_alone(session: Session) -> None:
    policy_id = save(session)
    change_policy(
        session, actor=SYSTEM, policy_id=policy_id, version=1, name="Gentle", settings=GENTLE
    )
    assert session.get_one(SavedPolicy, policy_id).version == 1


def test_archived_policy_is_not_found_and_frees_its_name(session: Session) -> None:
    policy_id = save(session)
    assert archive_policy(session, actor=SYSTEM, policy_id=policy_id) == "Gentle"
    assert archive_policy(session, actor=SYSTEM, policy_id=policy_id) == "Gentle"
    actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("policy.archived") == 1
    assert find_policy_settings(session, "Gentle") is None
    with pytest.raises(Refused, match="put away"):
        change_policy(
            session, actor=SYSTEM, policy_id=policy_id, version=1, name="Gentle", settings=GENTLE
        )
    assert save(session) != policy_id


def test_options_of_a_saved_policy_take_its_limits_but_no_more_time(session: Session) -> None:
    save(session)
    options, kept = settle_options(session, PlanOptions("Gentle", time_limit_s=60), 1)
    assert (options.weeks, options.gap, options.time_limit_s) == (4, 0.01, 5)
    assert kept.time_limit_s == 5
    options, _ = settle_options(session, PlanOptions("Gentle", time_limit_s=3), 1)
    assert options.time_limit_s == 3
    with pytest.raises(InvalidValue, match="a saved policy"):
        settle_options(session, PlanOptions("Unknown"), 1)


def test_run_keeps_the_policy_as_it_was_when_asked_for(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    session.get_one(PlanRun, opened.plan_run_id).status = "cancelled"
    session.commit()
    policy_id = save(session)
    run_id = request_plan(
        session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions("Gentle")
    )
    archive_policy(session, actor=SYSTEM, policy_id=policy_id)
    run = session.get_one(PlanRun, run_id)
    kept = read_settings(run.policy, run.policy_settings)
    assert (run.policy, run.weeks, kept.aims.max_pay_cut) == ("Gentle", 4, 0.05)


def solve_with(database: Database, settings: PolicySettings) -> tuple[list[Proposal], list[int]]:
    """Return the proposals of P1's pause under a policy, and the floors of the unplaced."""
    with database.session() as session:
        add_world(session, target={"seats": 2})
        opened = pause_p1(session)
        session.get_one(PlanRun, opened.plan_run_id).status = "cancelled"
        session.commit()
        save(session, settings)
        run_id = request_plan(
            session,
            actor=SYSTEM,
            pause_id=opened.pause_id,
            options=PlanOptions("Gentle", time_limit_s=10, workers=1),
        )
    run_plan(database, run_id, limits=ChildLimits())
    with database.session() as session:
        assert session.get_one(PlanRun, run_id).error is None
        floors = session.scalars(select(UnplacedContractor.floor_hours)).all()
        return list(session.scalars(select(Proposal)).all()), list(floors)


def test_excluded_project_gets_nobody(database: Database) -> None:
    proposals, _ = solve_with(database, replace(GENTLE, excluded_project_ids=("P3",)))
    assert {row.project_id for row in proposals} == {"P2"}


def test_policy_s_floor_counts_for_those_without_their_own(database: Database) -> None:
    settings = replace(GENTLE, floor_hours=17, excluded_project_ids=("P2", "P3"))
    proposals, floors = solve_with(database, settings)
    assert (proposals, floors) == ([], [17, 17, 17])


def test_one_policy_at_most_is_the_default_and_an_archived_one_never(session: Session) -> None:
    assert get_default_policy(session) == "people-first"
    first = save(session)
    second = create_policy(session, actor=SYSTEM, name="Firm", settings=GENTLE)
    for policy_id in (first, first, second):
        set_default_policy(session, actor=SYSTEM, policy_id=policy_id, is_default=True)
    assert get_default_policy(session) == "Firm"
    actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("policy.default_set") == 2
    set_default_policy(session, actor=SYSTEM, policy_id=first, is_default=False)
    assert get_default_policy(session) == "Firm"
    archive_policy(session, actor=SYSTEM, policy_id=second)
    assert get_default_policy(session) == "people-first"
    with pytest.raises(Refused, match="put away"):
        set_default_policy(session, actor=SYSTEM, policy_id=second, is_default=True)
    with pytest.raises(InvalidValue):
        settle_policy(session, "Firm")
