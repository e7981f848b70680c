"""Policies: the list, and the editor with what each setting does in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.desk.policies import PolicyRow, get_policy, list_policies, list_project_names
from app.services.plans.policies import (
    archive_policy,
    change_policy,
    create_policy,
    set_default_policy,
)
from app.services.plans.policy_settings import (
    POLICY_NAMES,
    PolicySettings,
    get_named_settings,
)
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.ops.blueprint import blueprint
from app.web.ops.policy_form import FIELDS, PolicyForm, fill_form, read_policy_form
from app.web.ops.policy_sentences import (
    describe_goals,
    describe_limits,
    describe_order,
    list_differences,
)
from app.web.ops.policy_words import POLICY_CHOICES, TIER_TITLES
from app.web.sessions import get_session


@blueprint.get("/policies")
@permit(Permission.VIEW_OPS)
def policies() -> ResponseReturnValue:
    """List the policies that plans may be asked for with."""
    session = get_session()
    codenames = dict(list_project_names(session))
    rows = [
        (row, describe_order(row.settings), list_differences(row.settings, codenames))
        for row in list_policies(session)
    ]
    return render_template("ops/policies.html", rows=rows, named=POLICY_CHOICES)


@blueprint.get("/policies/new")
@permit(Permission.PLAN)
def policy_new() -> ResponseReturnValue:
    """Open the editor, filled in from the policy that the address names."""
    name, settings = _find_model(request.args.get("like", ""))
    form = fill_form(settings, list_project_names(get_session()), name=name)
    return _render_editor(form, None)


@blueprint.post("/policies")
@permit(Permission.PLAN)
def policy_create() -> ResponseReturnValue:
    """Save a new policy."""
    form = _read()
    if form.settings is None:
        return _render_editor(form, None), 400
    name = form.values["name"]
    try:
        create_policy(
            get_session(),
            actor=get_actor(),
            name=name,
            note=form.values["note"],
            settings=form.settings,
        )
    except Refused as refused:
        return _render_editor(replace(form, errors={"name": refused.sentence}), None), 409
    flash(f"Saved: plans can be asked for with {name} now.", "good")
    return redirect(url_for("ops.policies"))


@blueprint.post("/policies/words")
@permit(Permission.PLAN)
def policy_words() -> ResponseReturnValue:
    """Say what the settings in the editor do; changes nothing."""
    return render_template("ops/policy_words.html", **_build_words(_read(usual_name="A policy")))


@blueprint.get("/policies/<int:policy_id>")
@permit(Permission.VIEW_OPS)
def policy(policy_id: int) -> ResponseReturnValue:
    """Open the editor on a saved policy."""
    session = get_session()
    row = get_policy(session, policy_id)
    form = fill_form(
        row.settings,
        list_project_names(session),
        name=row.name,
        note=row.note,
        version=row.version,
    )
    return _render_editor(form, row)


@blueprint.post("/policies/<int:policy_id>")
@permit(Permission.PLAN)
def policy_change(policy_id: int) -> ResponseReturnValue:
    """Save what the editor changed; plans asked for before keep what they had."""
    row = get_policy(get_session(), policy_id)
    form = _read()
    if form.settings is None:
        return _render_editor(form, row), 400
    version = read_whole(form.values["version"], MAX_KEY)
    if version is None:
        raise InvalidValue("version", form.values["version"], "the version that the page shows")
    try:
        change_policy(
            get_session(),
            actor=get_actor(),
            policy_id=policy_id,
            version=version,
            name=form.values["name"],
            note=form.values["note"],
            settings=form.settings,
        )
    except Refused as refused:
        return _render_editor(replace(form, errors={"name": refused.sentence}), row), 409
    flash(f"Saved {form.values['name']}. Plans asked for before keep what they had.", "good")
    return redirect(url_for("ops.policies"))


@blueprint.post("/policies/<int:policy_id>/archive")
@permit(Permission.PLAN)
def policy_archive(policy_id: int) -> ResponseReturnValue:
    """Put a policy away."""
    read_form()
    name = archive_policy(get_session(), actor=get_actor(), policy_id=policy_id)
    flash(f"{name} is put away: it is not offered any more. Its plans stay.", "good")
    return redirect(url_for("ops.policies"))


@blueprint.post("/policies/<int:policy_id>/default")
@permit(Permission.PLAN)
def policy_default(policy_id: int) -> ResponseReturnValue:
    """Take a policy where nobody chooses one, or no longer."""
    is_default = read_form("is_default").get("is_default") == "1"
    name = set_default_policy(
        get_session(), actor=get_actor(), policy_id=policy_id, is_default=is_default
    )
    words = "is the default now" if is_default else "is not the default any more"
    flash(f"{name} {words}: new pauses, drills and scenarios start from it.", "good")
    return redirect(url_for("ops.policy", policy_id=policy_id))


def _find_model(like: str) -> tuple[str, PolicySettings]:
    """Return name and settings that a new policy starts from."""
    policy_id = read_whole(like, MAX_KEY)
    if policy_id is not None:
        row = get_policy(get_session(), policy_id)
        return f"{row.name} (copy)", row.settings
    return "", get_named_settings(like if like in POLICY_NAMES else POLICY_NAMES[0])


def _read(usual_name: str = "") -> PolicyForm:
    """Return what the editor holds; a blank name counts as `usual_name`."""
    settings: Settings = current_app.extensions["redeploy.settings"]
    form = read_form(*FIELDS)
    return read_policy_form(
        {**form, "name": form.get("name") or usual_name},
        list_project_names(get_session()),
        most_seconds=settings.solve_time_limit_s,
    )


def _build_words(form: PolicyForm) -> Mapping[str, object]:
    settings = form.settings
    if settings is None:
        return {"goals": [], "limits": [], "problems": form.errors}
    codenames = dict(list_project_names(get_session()))
    return {
        "goals": describe_goals(settings),
        "limits": describe_limits(settings, codenames),
        "problems": {},
    }


def _render_editor(form: PolicyForm, row: PolicyRow | None) -> str:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return render_template(
        "ops/policy.html",
        form=form,
        row=row,
        tier_titles=TIER_TITLES,
        projects=list_project_names(get_session()),
        server_seconds=settings.solve_time_limit_s,
        **_build_words(form),
    )
