"""The access-removal list of a pause: who must lose which access, ticked off."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.models import ACCESS_KINDS
from app.services.access.access import Permission
from app.services.desk.access_items import (
    AccessRow,
    count_access,
    list_access,
    list_access_names,
)
from app.services.desk.pauses import get_pause
from app.services.pauses.access_items import STATES, AccessFilter, mark_access
from app.web.form_fields import read_form
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session

_FILTERS = ("text", "state", "access")
_KIND_WORDS = {"project": "Project", "compartment": "Compartment"}


def _describe_access(row: AccessRow) -> str:
    return f"{_KIND_WORDS[row.kind]} {row.access}"


_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("contractor", "Contractor", fixed=True),
    Column("email", "E-mail", csv_only=True, sorts=False),
    Column("country", "Country", csv_only=True, sorts=False),
    Column("access", "Access", _describe_access, fixed=True),
    Column("codename", "Because of"),
    Column("removed_at", "Removed at"),
    Column("removed_by", "Removed by"),
)
_SORTING = Sorting.of_columns(_COLUMNS, "contractor")


@blueprint.get("/pauses/<int:pause_id>/access")
@permit(Permission.VIEW_OPS)
def access_list(pause_id: int) -> ResponseReturnValue:
    """List what the people of a pause must lose."""
    session = get_session()
    pause = get_pause(session, pause_id)
    query = read_list_query(request.args, _FILTERS, _SORTING)
    find_rows = partial(list_access, session, pause_id, _read_filter(query.filters))
    if asks_for_csv():
        return send_list("access-to-remove", _COLUMNS, query, find_rows)
    template = "ops/access_table.html" if is_fragment() else "ops/access.html"
    return render_template(
        template,
        pause=pause,
        count=count_access(session, pause_id),
        names=list_access_names(session, pause_id),
        kind_words=_KIND_WORDS,
        listing=build_listing(query, find_rows, _COLUMNS, "ops.access_list", pause_id=pause_id),
    )


@blueprint.post("/pauses/<int:pause_id>/access")
@permit(Permission.PAUSE)
def mark_access_removed(pause_id: int) -> ResponseReturnValue:
    """Tick off what is chosen, or take the ticks back, and come back to the same list."""
    form = read_form(*_FILTERS, "sort", "descending", "size", "page", "verb", "row", "all_matching")
    removed = form.get("verb") != "keep"
    narrowed = _read_filter(form)
    chosen = [read_whole(text, MAX_KEY) for text in request.form.getlist("row")]
    num_changed = mark_access(
        get_session(),
        actor=get_actor(),
        pause_id=pause_id,
        removed=removed,
        item_ids=None if form.get("all_matching") else [key for key in chosen if key is not None],
        narrowed=narrowed,
    )
    verb = "removed" if removed else "still to be removed"
    flash(
        f"{pluralise(num_changed, 'access', 'accesses')} marked as {verb}."
        if num_changed
        else "Nothing changed: choose at least one that is not marked so already.",
        "good" if num_changed else "bad",
    )
    kept: dict[str, Any] = {
        name: form[name] for name in (*_FILTERS, "sort", "descending", "size") if form.get(name)
    }
    return redirect(url_for("ops.access_list", pause_id=pause_id, **kept))


def _read_filter(args: Mapping[str, str]) -> AccessFilter:
    """Return the filter that stands in an address or a form; `access` is `kind:name`."""
    kind, _colon, name = args.get("access", "").partition(":")
    state = args.get("state", "")
    return AccessFilter(
        text=args.get("text", ""),
        state=state if state in STATES else "",
        kind=kind if kind in ACCESS_KINDS else "",
        name=name,
    )
