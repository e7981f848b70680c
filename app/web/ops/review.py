"""The review part of a plan page: filters, the table, and what a decision came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Response
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.services.desk.plans import RunPage
from app.services.desk.proposals import (
    PAY_CHANGES,
    ProposalFilter,
    list_proposals,
    list_proposed_projects,
)
from app.web.formatting import pluralise
from app.web.input_limits import read_whole
from app.web.list_files import send_list
from app.web.listing import Listing, Sorting, build_listing, read_list_query
from app.web.ops.proposal_columns import PROPOSAL_COLUMNS, list_proposal_columns

FILTER_NAMES = ("text", "status", "project", "fit", "pay")
_SORTING = Sorting.of_columns(PROPOSAL_COLUMNS, "fit", descending=True)
_MAX_FIT = 100
STATUSES = ("proposed", "approved", "rejected", "superseded")


@dataclass(frozen=True)
class FailedRow:
    """A proposal that a decision could not be carried out on, and why.

    place  who on which project; None when there is no such proposal
    """

    proposal_id: int
    place: str | None
    sentence: str


@dataclass(frozen=True)
class Decision:
    """What a bulk decision came to; `failed` names the first few of those that failed."""

    verb: str
    num_done: int
    num_failed: int
    failed: Sequence[FailedRow]

    @property
    def sentence(self) -> str:
        """How many were decided, and how many were not."""
        rest = f", {self.num_failed:,} not" if self.num_failed else ""
        return f"{pluralise(self.num_done, 'proposal')} {self.verb}{rest}."


@dataclass(frozen=True)
class Review:
    """All that the review part shows.

    num_matching_open  proposals that pass the filter and wait for a decision
    problem            why a decision could not be read, "" when there is nothing to say
    """

    listing: Listing
    projects: Sequence[tuple[str, str]]
    num_by_status: Mapping[str, int]
    num_matching_open: int
    decision: Decision | None
    problem: str


def read_filter(args: Mapping[str, str]) -> ProposalFilter:
    """Return the filter that stands in an address or a form; unusable parts take all."""
    fit = args.get("fit", "")
    pay = args.get("pay", "")
    status = args.get("status", "") or "proposed"
    return ProposalFilter(
        text=args.get("text", "").strip(),
        status=status if status in STATUSES else "",
        project_id=args.get("project", ""),
        min_fit=read_whole(fit, _MAX_FIT),
        pay_change=pay if pay in PAY_CHANGES else "",
    )


def build_review(
    session: Session,
    run: RunPage,
    args: MultiDict[str, str],
    *,
    decision: Decision | None = None,
    problem: str = "",
) -> Review:
    """Return the review part of a run as `args` filter, sort and page it."""
    query = read_list_query(args, FILTER_NAMES, _SORTING)
    narrowed = read_filter(query.filters)
    listing = build_listing(
        query,
        partial(list_proposals, session, run.run_id, narrowed),
        list_proposal_columns(narrowed.status),
        "ops.plan",
        run_id=run.run_id,
    )
    return Review(
        listing=listing,
        projects=list_proposed_projects(session, run.run_id),
        num_by_status=run.num_by_status,
        num_matching_open=listing.total if narrowed.status == "proposed" else 0,
        decision=decision,
        problem=problem,
    )


def send_proposals(session: Session, run_id: int, args: MultiDict[str, str]) -> Response:
    """Return the proposals of a run that `args` leave, as a CSV file."""
    query = read_list_query(args, FILTER_NAMES, _SORTING)
    find_rows = partial(list_proposals, session, run_id, read_filter(query.filters))
    return send_list("proposals", PROPOSAL_COLUMNS, query, find_rows)
