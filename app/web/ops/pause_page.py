"""One pause: its page with the history, and the verbs that plan it again or end it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.desk.access_items import count_access
from app.services.desk.pause_history import list_pause_history
from app.services.desk.pauses import PauseRow, count_late_hours, get_pause, list_scope
from app.services.desk.plans import list_runs
from app.services.pauses.extending import extend_pause
from app.services.pauses.resuming import ResumedPause, resume_pause
from app.services.pauses.terminating import terminate_pause
from app.services.plans.planning import request_plan
from app.web.clock import get_today
from app.web.form_fields import read_day, read_form, read_text
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.ops.blueprint import blueprint
from app.web.ops.pause_form import read_cut_off
from app.web.ops.pause_history_words import describe_history
from app.web.ops.pauses import build_options
from app.web.ops.policy_choices import list_policy_choices
from app.web.ops.zones import format_clock, name_zone
from app.web.sessions import get_session

_MAX_COMMENT = 500


@blueprint.get("/pauses/<int:pause_id>")
@permit(Permission.VIEW_OPS)
def pause(pause_id: int) -> ResponseReturnValue:
    """Show a pause, its plans, its history, and how to extend or end it."""
    session = get_session()
    row = get_pause(session, pause_id)
    return render_template(
        "ops/pause.html",
        pause=row,
        projects=list_scope(session, pause_id),
        access=count_access(session, pause_id),
        late_hours=count_late_hours(session, pause_id),
        late_clock=format_clock(row.late_hours_until, row.zone) if row.late_hours_until else "",
        zone_name=name_zone(row.zone),
        runs=list_runs(session, pause_id),
        history=describe_history(list_pause_history(session, pause_id)),
        policies=list_policy_choices(session),
        today=get_today(),
    )


@blueprint.post("/pauses/<int:pause_id>/plans")
@permit(Permission.PLAN)
def replan(pause_id: int) -> ResponseReturnValue:
    """Queue another plan of the pause; what is approved stays, what was rejected stays out."""
    form = read_form("policy")
    try:
        run_id = request_plan(
            get_session(),
            actor=get_actor(),
            pause_id=pause_id,
            options=build_options(form.get("policy", "")),
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
        return _return_to(pause_id)
    return redirect(url_for("ops.plan", run_id=run_id))


@blueprint.post("/pauses/<int:pause_id>/extend")
@permit(Permission.PAUSE)
def extend(pause_id: int) -> ResponseReturnValue:
    """Set a new day for the review, and the cut-off for late hours."""
    form = read_form("review_by", "late_hours_until", "comment")
    session, errors = get_session(), dict[str, str]()
    row = get_pause(session, pause_id)
    session.rollback()
    review_by = read_day(form, "review_by", errors)
    if review_by is None:
        errors.setdefault("review_by", "Give the day of the next review.")
    until = read_cut_off(form, row.zone, row.effective_at, errors)
    comment = read_text(form, "comment", errors, longest=_MAX_COMMENT)
    if errors or review_by is None:
        flash("Nothing changed. " + " ".join(errors.values()), "bad")
        return _return_to(pause_id)
    try:
        changed = extend_pause(
            session,
            actor=get_actor(),
            pause_id=pause_id,
            review_by=review_by,
            today=get_today(),
            comment=comment,
            late_hours_until=until,
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
    except InvalidValue as invalid:
        flash(f"Nothing changed: give {invalid.expected}.", "bad")
    else:
        flash("Extended." if changed else "Nothing changed: it is as you ask already.", "good")
    return _return_to(pause_id)


@blueprint.post("/pauses/<int:pause_id>/terminate")
@permit(Permission.PAUSE)
def terminate(pause_id: int) -> ResponseReturnValue:
    """End the pause for good: the work does not come back."""
    errors: dict[str, str] = {}
    comment = read_text(read_form("comment"), "comment", errors, longest=_MAX_COMMENT)
    try:
        ended = terminate_pause(
            get_session(), actor=get_actor(), pause_id=pause_id, comment=comment
        )
    except InvalidValue:
        flash("Nothing changed: say in a few words why the work does not come back.", "bad")
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        over = pluralise(ended.num_ended, "assignment has", "assignments have")
        flash(f"Terminated: {over} ended. Its people can still be planned and placed.", "good")
    return _return_to(pause_id)


@blueprint.post("/pauses/<int:pause_id>/resume")
@permit(Permission.PAUSE)
def resume(pause_id: int) -> ResponseReturnValue:
    """End the pause, by its recall plan if the form names one: work goes on where it can."""
    recall_id = read_whole(read_form("recall_id").get("recall_id", ""), MAX_KEY)
    try:
        resumed = resume_pause(
            get_session(),
            actor=get_actor(),
            pause_id=pause_id,
            today=get_today(),
            recall_id=recall_id,
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
        return _return_to(pause_id)
    flash(describe_resumed(resumed), "good")
    return _return_to(pause_id)


def describe_resumed(resumed: ResumedPause) -> str:
    """Return what a resume did, in a sentence or three."""
    restored = pluralise(resumed.num_restored, "assignment is", "assignments are")
    sentences = [f"Resumed: {restored} active again."]
    if resumed.num_ended:
        sentences.append(f"{pluralise(resumed.num_ended, 'has', 'have')} ended.")
    if resumed.num_left:
        left = pluralise(resumed.num_left, "place elsewhere", "places elsewhere")
        sentences.append(f"{left} ended for that.")
    if resumed.num_not_recalled:
        away = pluralise(resumed.num_not_recalled, "does", "do")
        sentences.append(f"{away} not come back.")
    if resumed.num_handed_over:
        waiting = pluralise(resumed.num_handed_over, "stays", "stay")
        sentences.append(f"{waiting} suspended: another pause that stops them is open.")
    return " ".join(sentences)


@blueprint.app_template_filter("people_of")
def describe_people(pause: PauseRow) -> str:
    """Return whose work a pause stops."""
    values = pause.people_values
    shown = ", ".join(values[:12]) + (f" and {len(values) - 12} more" if len(values) > 12 else "")
    return {
        "everyone": "Everybody",
        "country": f"Those in {shown}",
        "skill": f"Those with {shown}",
        "list": f"A list of {pluralise(len(values), 'contractor')}",
    }[pause.people_kind]


def _return_to(pause_id: int) -> ResponseReturnValue:
    return redirect(url_for("ops.pause", pause_id=pause_id))
