"""The menu: the desks and links that the actor may use, and where each role starts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request, url_for

from app.services.access.access import Actor, Permission
from app.web.formatting import get_role_word
from app.web.guard import get_actor, may_open


@dataclass(frozen=True)
class _Entry:
    text: str
    icon: str
    endpoint: str
    permission: Permission
    family: str = ""


@dataclass(frozen=True)
class Link:
    """One line of the menu."""

    text: str
    icon: str
    url: str
    current: bool


@dataclass(frozen=True)
class Desk:
    """Lines of the menu under one title."""

    title: str
    links: tuple[Link, ...]


_DESKS: tuple[tuple[str, tuple[_Entry, ...]], ...] = (
    (
        "Ops",
        (
            _Entry("Home", "home", "ops.home", Permission.VIEW_OPS),
            _Entry("Insights", "chart", "ops.insights", Permission.VIEW_OPS, "insight"),
            _Entry("Pause drill", "drill", "ops.drills", Permission.VIEW_OPS, "drill"),
            _Entry("Projects", "projects", "ops.projects", Permission.VIEW_OPS, "project"),
            _Entry("Pauses", "pause", "ops.pauses", Permission.VIEW_OPS, "pause"),
            _Entry("Offers", "check", "ops.offers", Permission.VIEW_OPS, "offer"),
            _Entry("Claimed skills", "people", "ops.skill_claims", Permission.VIEW_OPS),
            _Entry("Exposure", "eye", "ops.exposure_clients", Permission.VIEW_EXPOSURE, "exposure"),
            _Entry("Policies", "plan", "ops.policies", Permission.VIEW_OPS, "polic"),
            _Entry("Scenarios", "columns", "ops.scenarios", Permission.VIEW_OPS, "scenario"),
        ),
    ),
    (
        "My work",
        (
            _Entry("Assignments", "projects", "contractor.work", Permission.LOG_OWN_HOURS),
            _Entry("Offers", "check", "offers.index", Permission.ANSWER_OWN_OFFERS, "offer"),
            _Entry(
                "Availability", "people", "availability.index", Permission.EDIT_OWN_AVAILABILITY
            ),
            _Entry("Hours", "clock", "my_hours.week", Permission.LOG_OWN_HOURS, "save_week"),
            _Entry("Calendar", "calendar", "my_calendar.page", Permission.LOG_OWN_HOURS, "make"),
        ),
    ),
    (
        "Payroll",
        (
            _Entry("Pay periods", "clock", "payroll.periods", Permission.VIEW_PAYROLL, "period"),
            _Entry("Exports", "file", "payroll.exports", Permission.VIEW_PAYROLL, "export"),
            _Entry(
                "Corrections", "money", "payroll.adjustments", Permission.VIEW_PAYROLL, "adjust"
            ),
            _Entry("Formats", "columns", "formats.formats", Permission.VIEW_PAYROLL, "format"),
        ),
    ),
    (
        "Hours",
        (
            _Entry("Timesheets", "clock", "timesheets.index", Permission.VIEW_TIMESHEETS, "sheet"),
            _Entry("Pay groups", "people", "pay_groups.index", Permission.SET_PAY_WEEKS),
        ),
    ),
    (
        "Administration",
        (
            _Entry("Users", "people", "admin.users", Permission.MANAGE_USERS, "user"),
            _Entry("Imports", "download", "imports.index", Permission.IMPORT, "up"),
            _Entry("Mail", "mail", "admin_mail.index", Permission.MANAGE_USERS),
            _Entry(
                "Webhooks", "out", "admin_webhooks.index", Permission.MANAGE_WEBHOOKS, "endpoint"
            ),
            _Entry("Audit trail", "list", "admin.audit_trail", Permission.VIEW_AUDIT),
            _Entry(
                "Payroll formats", "columns", "formats.formats", Permission.MANAGE_USERS, "format"
            ),
        ),
    ),
)
"""`family` marks the line for pages below it, whose endpoint starts with that word."""


def build_navigation() -> list[Desk]:
    """Return the desks of the actor, the line of this page marked."""
    actor = get_actor()
    desks = [Desk("", (_build_messages_link(),))]
    for title, entries in _DESKS:
        links = tuple(_build_link(entry) for entry in entries if _is_for(actor, entry))
        if links:
            desks.append(Desk(title, links))
    return desks


def find_first_page(actor: Actor) -> str | None:
    """Return the address where the actor's work begins; None without any role."""
    for _title, entries in _DESKS:
        for entry in entries:
            if _is_for(actor, entry):
                return url_for(entry.endpoint)
    return None


def describe_roles(actor: Actor) -> str:
    """Return the actor's roles as people say them."""
    return ", ".join(get_role_word(role) for role in sorted(actor.roles)) or "No role yet"


def init_navigation(app: Flask) -> None:
    """Give the menu to every template of `app`."""
    app.jinja_env.globals.update(navigation=build_navigation, role_words=describe_roles)


def _is_for(actor: Actor, entry: _Entry) -> bool:
    return actor.may(entry.permission) and may_open(actor, entry.endpoint)


def _build_messages_link() -> Link:
    is_current = (request.endpoint or "").startswith("messages.")
    return Link("Messages", "mail", url_for("messages.inbox"), is_current)


def _build_link(entry: _Entry) -> Link:
    endpoint = request.endpoint or ""
    blueprint, _dot, name = endpoint.partition(".")
    home, _dot, _name = entry.endpoint.partition(".")
    below = bool(entry.family) and (
        (blueprint == home and name.startswith(entry.family))
        or blueprint == f"{home}_{entry.family}"
    )
    return Link(
        entry.text, entry.icon, url_for(entry.endpoint), endpoint == entry.endpoint or below
    )
