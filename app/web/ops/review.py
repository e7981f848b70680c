"""The list of the review desk: its filter, its rows, and what can be done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.services.access.access import Actor
from app.services.desk.batches import BatchView, list_last_batches, list_open_batches
from app.services.desk.plans import RunPage
from app.services.desk.proposal_filter import (
    COVERAGES,
    PAY_CHANGES,
    SINCE_LAST,
    ProposalFilter,
)
from app.services.desk.proposals import list_proposals
from app.services.desk.review_projects import (
    FilterChoices,
    has_earlier_plan,
    list_filter_choices,
)
from app.services.review.saved_views import View, list_views
from app.web.input_limits import MAX_KEY, read_whole
from app.web.listing import Listing, Sorting, build_listing, read_list_query
from app.web.ops.proposal_columns import PROPOSAL_COLUMNS, list_proposal_columns
from app.web.ops.review_words import PRESETS
from app.web.skill_words import name_skills

LIST_NAME = "proposals"
FILTER_NAMES = (
    "text",
    "status",
    "project",
    "country",
    "skill",
    "min_fit",
    "max_fit",
    "pay",
    "coverage",
    "since",
    "batch",
)
STATUSES = ("proposed", "approved", "published", "rejected", "superseded")
MOVED = "moved"
"""What is new or changed, in one word of the address."""
SORTING = Sorting.of_columns(PROPOSAL_COLUMNS, "fit", descending=True)
_MAX_FIT = 100
_LAST_BATCHES = 3


@dataclass(frozen=True)
class Review:
    """All that the list shows.

    verbs        what may be done with rows of this state
    num_matching rows that a verb on all would take; 0 where there is no verb
    is_replan    whether an earlier plan had proposals, so that rows can be compared
    shows_status whether the rows differ in it, or it comes with a note
    problem      why a decision could not be read, "" when there is nothing to say
    """

    listing: Listing
    choices: FilterChoices
    num_by_status: Mapping[str, int]
    verbs: Sequence[str]
    num_matching: int
    is_replan: bool
    shows_status: bool
    problem: str

    @property
    def countries(self) -> list[tuple[str, str]]:
        """Choices of the country's field: value and text."""
        return [(country, country) for country in self.choices.countries]

    @property
    def skills(self) -> list[tuple[str, str]]:
        """Choices of the skill's field: value and text."""
        return [(skill, name_skills(skill)) for skill in self.choices.skills]

    @property
    def codename(self) -> str:
        """Codename of the project that the list is narrowed to, "" when it is not."""
        wanted = self.listing.query.filters["project"]
        return next((name for key, name in self.choices.projects if key == wanted), "")


@dataclass(frozen=True)
class Desk:
    """What stands around the list: batches that wait or run, the last ones, and views.

    views  name, address, and the id of one's own (None for everybody's)
    """

    open_batches: Sequence[BatchView]
    last_batches: Sequence[BatchView]
    views: Sequence[tuple[str, str, int | None]]


def read_filter(args: Mapping[str, str]) -> ProposalFilter:
    """Return the filter that stands in an address or a form; unusable parts take all."""
    status = args.get("status", "") or "proposed"
    since = args.get("since", "")
    return ProposalFilter(
        text=args.get("text", "").strip(),
        status=status if status in STATUSES else "",
        project_id=args.get("project", ""),
        country=args.get("country", ""),
        skill=args.get("skill", ""),
        min_fit=read_whole(args.get("min_fit", ""), _MAX_FIT),
        max_fit=read_whole(args.get("max_fit", ""), _MAX_FIT),
        pay_change=_read_choice(args, "pay", PAY_CHANGES),
        coverage=_read_choice(args, "coverage", COVERAGES),
        since_last=("new", "changed") if since == MOVED else _read_since(since),
        batch_id=read_whole(args.get("batch", ""), MAX_KEY),
    )


def build_review(
    session: Session, run: RunPage, args: MultiDict[str, str], *, problem: str = ""
) -> Review:
    """Return the list of a run as `args` filter, sort and page it."""
    query = read_list_query(args, FILTER_NAMES, SORTING)
    narrowed = read_filter(query.filters)
    is_replan = has_earlier_plan(session, run.run_id)
    shows_status = narrowed.status in {"", "rejected", "superseded"}
    listing = build_listing(
        query,
        lambda page: list_proposals(session, run.run_id, narrowed, page),
        list_proposal_columns(is_replan=is_replan, shows_status=shows_status),
        "ops.review",
        run_id=run.run_id,
    )
    verbs = {"proposed": ("reject", "approve"), "approved": ("publish",)}.get(narrowed.status, ())
    return Review(
        listing=listing,
        choices=list_filter_choices(session, run.run_id),
        num_by_status=run.num_by_status,
        verbs=verbs,
        num_matching=listing.total if verbs else 0,
        is_replan=is_replan,
        shows_status=shows_status,
        problem=problem,
    )


def build_desk(session: Session, run: RunPage, actor: Actor) -> Desk:
    """Return the batches of a run and the views that the actor may choose from."""
    address = url_for("ops.review", run_id=run.run_id)
    own = list_views(session, actor, LIST_NAME)
    is_replan = has_earlier_plan(session, run.run_id)
    views: list[tuple[str, str, int | None]] = [
        (name, f"{address}?{query}", None)
        for name, query in PRESETS
        if is_replan or MOVED not in query
    ]
    views += [(view.name, _build_address(address, view), view.view_id) for view in own]
    return Desk(
        list_open_batches(session, run.run_id),
        list_last_batches(session, run.run_id, _LAST_BATCHES),
        views,
    )


def _build_address(address: str, view: View) -> str:
    return f"{address}?{view.query}" if view.query else address


def _read_choice(args: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    found = args.get(name, "")
    return found if found in choices else ""


def _read_since(text: str) -> tuple[str, ...]:
    return (text,) if text in SINCE_LAST else ()
