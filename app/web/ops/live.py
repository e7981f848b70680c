"""The live part of a solve's page: charts, time, and how to end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from app.errors import InvalidValue
from app.services.desk.plans import ProgressPoint
from app.services.plans.policy_settings import PolicySettings
from app.web.form_fields import read_form
from app.web.ops.progress_chart import TierChart, build_charts

_TITLES = {
    "queued": "Waiting for a worker",
    "succeeded": "Ready",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
_STOPS = {"keep": True, "cancel": False}
_ENDING_TITLES = {"keep": "Stopping with the best plan so far", "cancel": "Cancelling"}


class Solve(Protocol):
    """What a plan run, a recall and a scenario have in common, as their pages see it."""

    @property
    def status(self) -> str:
        """State of the solve, `queued` to `cancelled`."""

    @property
    def stop_requested(self) -> str:
        """How somebody wants it to end: none, keep or cancel."""

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker has it, or will."""

    @property
    def time_limit_s(self) -> float:
        """Seconds that it may take."""

    @property
    def started_at(self) -> datetime | None:
        """When a worker took it up."""

    @property
    def finished_at(self) -> datetime | None:
        """When it ended."""

    @property
    def settings(self) -> PolicySettings:
        """What its policy held when it was asked for."""


@dataclass(frozen=True)
class LiveUrls:
    """Where the live part asks, and where its buttons send."""

    page: str
    progress: str
    table: str
    stop: str


@dataclass(frozen=True)
class Live:
    """One look at a solve.

    state  changes when the buttons must: a poll that has seen it leaves them alone
    """

    title: str
    state: str
    charts: Sequence[TierChart]
    elapsed_s: float
    time_limit_s: float
    is_queued: bool
    is_unfinished: bool
    may_keep: bool
    may_cancel: bool
    is_asked_to_end: bool
    urls: LiveUrls


def build_live(solve: Solve, points: Sequence[ProgressPoint], urls: LiveUrls) -> Live:
    """Return what the live part shows of a solve now."""
    elapsed_s = get_elapsed_s(solve)
    charts = build_charts([tier.value for tier in solve.settings.aims.tiers], points, elapsed_s)
    is_asked = solve.stop_requested != "none"
    has_plan = any(chart.value for chart in charts)
    may_end = solve.is_unfinished and not is_asked
    title = _TITLES.get(solve.status, "Solving")
    if solve.is_unfinished and is_asked:
        title = _ENDING_TITLES[solve.stop_requested]
    return Live(
        title=title,
        state=f"{solve.status}-{solve.stop_requested}-{int(has_plan)}",
        charts=charts,
        elapsed_s=elapsed_s,
        time_limit_s=solve.time_limit_s,
        is_queued=solve.status == "queued",
        is_unfinished=solve.is_unfinished,
        may_keep=may_end and solve.status == "running" and has_plan,
        may_cancel=may_end,
        is_asked_to_end=is_asked,
        urls=urls,
    )


def read_stop() -> bool:
    """Return whether the form of the buttons wants the best plan so far kept."""
    how = read_form("how").get("how", "")
    if how not in _STOPS:
        raise InvalidValue("how", how, "keep or cancel")
    return _STOPS[how]


def get_elapsed_s(solve: Solve) -> float:
    """Return the seconds since a worker took it up, to its end or to now."""
    if solve.started_at is None:
        return 0.0
    end = solve.finished_at or datetime.now(UTC)
    return max(0.0, (end - solve.started_at).total_seconds())
