"""What people ask for on the day of a large pause, and how often."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from benchmarks.open_loop import Request
from benchmarks.storm_vendor import PASSWORD, Storm
from benchmarks.web_processes import SignedIn

CHUNK = 25
"""Proposals that a manager approves at once."""


@dataclass(frozen=True)
class People:
    """The browsers of everybody, in the order of the storm's accounts.

    visitor  somebody who has not signed in
    """

    offered: tuple[SignedIn, ...]
    working: tuple[SignedIn, ...]
    managers: tuple[SignedIn, ...]
    clerks: tuple[SignedIn, ...]
    visitor: SignedIn


class Mix:
    """Draws one request after the other; the same seed draws the same ones."""

    def __init__(
        self, storm: Storm, people: People, solving_run_id: int, today: date, seed: int
    ) -> None:
        self._storm = storm
        self._people = people
        self._solving = solving_run_id
        self._today = today
        self._chance = random.Random(seed)
        # Everybody answers their offer once.
        self._unanswered = list(
            zip(people.offered, (offer for _, offer in storm.offered), strict=True)
        )
        self._chance.shuffle(self._unanswered)
        self._undecided = list(storm.proposals)
        weights = self._list_weights()
        self._makers = [maker for maker, _ in weights]
        self._shares = [share for _, share in weights]

    def draw(self) -> Request:
        """Return the next request."""
        (maker,) = self._chance.choices(self._makers, self._shares)
        return maker()

    def _list_weights(self) -> list[tuple[Callable[[], Request], int]]:
        """Return what makes each kind of request, and its share in thousandths."""
        run, period = self._storm.run_id, self._storm.period_id
        own, ops, pay = self._own, self._ops, self._pay
        return [
            (own("own work", "/my/work"), 240),
            (own("own offers", "/my/offers"), 130),
            (self._look_at_offer, 110),
            (self._accept, 60),
            (self._decline, 10),
            (own("messages", "/messages/"), 90),
            (own("own week of hours", "/my/hours"), 60),
            (self._log_hours, 20),
            (own("own availability", "/my/availability"), 20),
            (lambda: Request("sign-in page", "/login"), 20),
            (self._sign_in, 10),
            (ops("ops home", "/ops/"), 25),
            (ops("plan being solved", f"/ops/plans/{self._solving}/progress", is_part=True), 60),
            (
                ops("review list", f"/ops/plans/{run}/review?sort=fit&descending=1", is_part=True),
                30,
            ),
            (ops("review list", f"/ops/plans/{run}/review?pay=no_cut&page=3", is_part=True), 20),
            (self._open_drawer, 25),
            (ops("pauses", "/ops/pauses"), 10),
            (ops("projects", "/ops/projects?text=a", is_part=True), 10),
            (ops("offers of everybody", "/ops/offers", is_part=True), 15),
            (self._approve, 8),
            (pay("pay periods", "/payroll/"), 8),
            (pay("period and what is due", f"/payroll/periods/{period}"), 5),
            (pay("timesheets", "/timesheets/"), 8),
            (pay("exports", "/payroll/exports"), 4),
            (lambda: Request("health", "/healthz"), 10),
        ]

    def _own(self, kind: str, path: str) -> Callable[[], Request]:
        everybody = self._people.offered + self._people.working
        return lambda: Request(kind, path, self._chance.choice(everybody))

    def _ops(self, kind: str, path: str, *, is_part: bool = False) -> Callable[[], Request]:
        people = self._people.managers
        return lambda: Request(kind, path, self._chance.choice(people), is_part=is_part)

    def _pay(self, kind: str, path: str) -> Callable[[], Request]:
        return lambda: Request(kind, path, self._chance.choice(self._people.clerks))

    def _look_at_offer(self) -> Request:
        place = self._chance.randrange(len(self._people.offered))
        offer_id = self._storm.offered[place][1]
        return Request("one offer", f"/my/offers/{offer_id}", self._people.offered[place])

    def _accept(self) -> Request:
        return self._answer("accept", {})

    def _decline(self) -> Request:
        return self._answer("decline", {"reason": "", "note": ""})

    def _answer(self, verb: str, form: dict[str, object]) -> Request:
        if not self._unanswered:
            return self._look_at_offer()
        who, offer_id = self._unanswered.pop()
        return Request(f"{verb} an offer", f"/my/offers/{offer_id}/{verb}", who, form)

    def _log_hours(self) -> Request:
        place = self._chance.randrange(len(self._people.working))
        assignment_id = self._storm.working[place][1]
        form = {
            "week": "",
            "do": "save",
            f"hours:{self._today}:{assignment_id}": self._chance.choice(("6", "7.5", "8")),
        }
        return Request("save hours", "/my/hours", self._people.working[place], form)

    def _sign_in(self) -> Request:
        """Sign in by a password, whose hash is slow on purpose."""
        form = {"email": self._chance.choice(self._storm.emails), "password": PASSWORD}
        return Request("sign in", "/login", self._people.visitor, form)

    def _open_drawer(self) -> Request:
        one = self._chance.choice(self._storm.proposals)
        path = f"/ops/proposals/{one.proposal_id}"
        return Request("a proposal", path, self._chance.choice(self._people.managers), is_part=True)

    def _approve(self) -> Request:
        """Approve some of what nobody has decided; once all is, of what somebody has."""
        source = self._undecided if len(self._undecided) >= CHUNK else self._storm.proposals
        some = [source.pop() for _ in range(CHUNK)] if source is self._undecided else source[:CHUNK]
        form = {
            "row": [f"{one.proposal_id}:{one.version}" for one in some],
            "decision": "approve",
        }
        path = f"/ops/plans/{self._storm.run_id}/decisions"
        who = self._chance.choice(self._people.managers)
        return Request(f"approve {CHUNK}", path, who, form, is_part=True)
