"""docs/insights.md says what the code does: times, spans, states, shares."""

from __future__ import annotations

from pathlib import Path

from app.jobs import NIGHTLY
from app.services.access.access import Permission
from app.services.desk.redeployment_rates import RATE_DAYS
from app.services.drills import drill_child
from app.web.ops.exposure import STATES
from app.web.ops.insights import PICTURES, WEEKS
from app.web.ops.timeline_picture import WEEKS as TIMELINE_WEEKS
from app.web.ops.timeline_picture import WEEKS_BEFORE
from solver.explanation.bottlenecks import STEP_HOURS

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "insights.md").read_text("utf-8").split())
NUMBERS = {4: "four", 12: "twelve"}


def test_drill_is_told_as_it_runs() -> None:
    minute, hour, *rest = NIGHTLY.split()
    assert rest == ["*", "*", "*"]
    assert f"at {int(hour):02d}:{int(minute):02d} UTC" in PAGE
    assert f"for up to {drill_child.LIMITS.time_limit_s:.0f} seconds" in PAGE
    assert drill_child.LIMITS.workers == 1


def test_spans_are_those_of_the_pictures() -> None:
    first, second, last = RATE_DAYS
    assert f"within {first}, {second} or {last} days" in PAGE
    assert f"for {WEEKS} weeks" in PAGE
    before, after = NUMBERS[WEEKS_BEFORE], NUMBERS[TIMELINE_WEEKS - WEEKS_BEFORE]
    assert f"{before} weeks before it and {after} from its week on" in PAGE
    assert f"what {STEP_HOURS} hours, one seat" in PAGE


def test_states_and_permission_have_their_words() -> None:
    for word, _tone in STATES.values():
        assert f"| {word.lower()} |" in PAGE
    assert f"*{Permission.VIEW_EXPOSURE}*" in PAGE


def test_every_picture_is_described() -> None:
    titles = ("Restored share", "Redeployment rate", "Who waits", "Demand and supply", "Load per")
    assert len(titles) == len(PICTURES)
    for title in titles:
        assert f"**{title}" in PAGE
