"""The command palette: pages, acts and objects that the actor may reach, found by a few letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.services.access.access import Actor, Permission
from app.services.palette import ContractorTarget, Targets, find_targets
from app.web.formatting import format_moment, get_status_word
from app.web.guard import Audience, get_actor, may_open, permit
from app.web.navigation import build_navigation
from app.web.sessions import get_session

blueprint = Blueprint("palette", __name__)

_LONGEST = 80
_ACTS = (("Pause work", "pause", "ops.new_pause", Permission.PAUSE),)
"""(text, icon, view, permission) of what can be begun from anywhere."""


@dataclass(frozen=True)
class Entry:
    """One line of the palette; `hint` tells it from others of the same text."""

    text: str
    icon: str
    url: str
    hint: str = ""


@dataclass(frozen=True)
class Group:
    """Lines of one kind."""

    title: str
    entries: Sequence[Entry]


@blueprint.get("/palette")
@permit(Audience.SIGNED_IN)
def palette() -> ResponseReturnValue:
    """Return what the text in the address leads to, as a part of a page."""
    text = request.args.get("text", "").strip()[:_LONGEST]
    actor = get_actor()
    found = find_targets(get_session(), actor, text)
    groups = [Group("Go to", list(_find_pages(actor, text))), *_build_groups(actor, found)]
    return render_template(
        "parts/palette_results.html",
        groups=[group for group in groups if group.entries],
        text=text,
        finds_objects=actor.may(Permission.VIEW_OPS),
    )


def _find_pages(actor: Actor, text: str) -> Iterator[Entry]:
    wanted = text.casefold()
    for words, icon, view, permission in _ACTS:
        if wanted in words.casefold() and actor.may(permission):
            yield Entry(words, icon, url_for(view))
    for desk in build_navigation():
        for link in desk.links:
            if wanted in f"{link.text} {desk.title}".casefold():
                yield Entry(link.text, link.icon, link.url, desk.title)


def _build_groups(actor: Actor, found: Targets) -> Iterator[Group]:
    yield Group(
        "Projects",
        [
            Entry(
                one.codename,
                "projects",
                url_for("ops.project", project_id=one.project_id),
                get_status_word(one.status),
            )
            for one in found.projects
        ],
    )
    yield Group(
        "Pauses",
        [
            Entry(
                f"Pause of {one.title}",
                "pause",
                url_for("ops.pause", pause_id=one.pause_id),
                f"{get_status_word(one.status)}, from {format_moment(one.effective_at)}",
            )
            for one in found.pauses
        ],
    )
    yield Group(
        "Plans",
        [
            Entry(
                f"Plan for {one.title}",
                "plan",
                url_for("ops.plan", run_id=one.run_id),
                f"{get_status_word(one.status)}, {format_moment(one.requested_at)}",
            )
            for one in found.plans
        ],
    )
    yield Group("Contractors", list(_list_contractors(actor, found.contractors)))


def _list_contractors(actor: Actor, found: Sequence[ContractorTarget]) -> Iterator[Entry]:
    """Yield where each contractor is seen best; whoever has no place yet has a ledger at least."""
    for one in found:
        if one.proposal_id is not None:
            url, hint = url_for("ops.proposal", proposal_id=one.proposal_id), "latest proposal"
        elif one.project_id is not None:
            url, hint = url_for("ops.project", project_id=one.project_id), "their project"
        elif may_open(actor, "ops.exposure_person"):
            url = url_for("ops.exposure_person", contractor_id=one.contractor_id)
            hint = "exposure ledger"
        else:
            continue
        yield Entry(one.contractor_id, "people", url, f"{one.name}, {hint}")
