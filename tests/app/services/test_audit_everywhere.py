"""Every transaction of every service leads to an audit event, read from the source itself.

A service commits in a `transaction(...)` block and nowhere else, which is tested as well. From
each block the calls are followed through the modules of `app.services`; one that reaches neither
`record` nor `record_all` must stand in UNAUDITED with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import app.services

ROOT = Path(app.services.__file__).parent
AUDIT = {"app.services.auditing.audit.record", "app.services.auditing.audit.record_all"}
_TRANSACTION = "app.services.transaction.transaction"

UNAUDITED = {
    "app.services.access.api_calls": "keeps an answer for the same call; its verb has an event",
    "app.services.access.api_callers.open_token": "when a token was used last",
    "app.services.imports.import_jobs": "how far an upload is; writing the roster is an event",
    "app.services.imports.import_reading": "what was read of an upload, for its preview",
    "app.services.messages.inbox": "that a message was read",
    "app.services.job_queue.close_dead_jobs": "jobs of a dead worker, whose rows have their events",
    "app.services.payroll.kept_readiness._keep": "a report kept beside what it was worked out of",
    "app.services.messages.mail_grouping": "what became of mail",
    "app.services.messages.mail_server": "whether the mail server answers",
    "app.services.messages.mailing": "what became of mail",
    "app.services.offers.offer_endings._settle_some": "its callers hand in what writes the events",
    "app.services.plans.plan_watch": "how far a solve is; its end is an event",
    "app.services.plans.side_jobs": "how far a job beside the plans is",
    "app.services.access.sign_in_tries": "counts that are forgotten in minutes",
    "app.services.access.sign_ins.end_sign_in": "that somebody signed out",
    "app.services.webhooks.webhook_sending": "what became of a delivery",
}
"""Module, or function, with a block that leads to no event -> what it writes instead."""

COMMITTING = {
    "app.services.transaction.transaction": "the one way",
}


@dataclass
class Unit:
    """A function at `place`: what it calls, by full name, and what its transactions call."""

    place: str
    calls: set[str] = field(default_factory=set)
    blocks: list[set[str]] = field(default_factory=list)
    commits: bool = False


def list_modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(("app.services", *parts)), ast.parse(path.read_text("utf-8"))


def list_imports(tree: ast.Module) -> dict[str, str]:
    """Return local name -> full name of what a module imports."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def list_calls(node: ast.AST, names: dict[str, str]) -> set[str]:
    """Return the full names of what is called, or handed on to be called, inside a node.

    A method is known by its name alone, as `.name`.
    """
    found = {
        names[one.id]
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and one.id in names and isinstance(one.ctx, ast.Load)
    }
    methods = {
        f".{one.func.attr}"
        for one in ast.walk(node)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
    }
    return found | methods


@cache
def read_units() -> dict[str, list[Unit]]:
    """Return every function of the services by its full name; methods by `.name`, all of them."""
    units: dict[str, list[Unit]] = {}
    for module, tree in list_modules():
        own = {
            node.name: f"{module}.{node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        names = list_imports(tree) | own
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                unit = _read_unit(node, names, f"{module}.{node.name}")
                units.setdefault(own.get(node.name, f".{node.name}"), []).append(unit)
    return units


def _read_unit(node: ast.FunctionDef, names: dict[str, str], place: str) -> Unit:
    calls = list_calls(node, names)
    blocks = [
        list_calls(inner, names)
        for inner in ast.walk(node)
        if isinstance(inner, ast.With)
        and any(_TRANSACTION in list_calls(item.context_expr, names) for item in inner.items)
    ]
    return Unit(place, calls, blocks, commits=".commit" in calls)


def list_units() -> Iterator[Unit]:
    for units in read_units().values():
        yield from units


def reaches_the_trail(calls: set[str]) -> bool:
    """Tell whether following the calls leads to an audit event."""
    seen: set[str] = set()
    ahead = set(calls)
    while ahead:
        if ahead & AUDIT:
            return True
        seen |= ahead
        called = (unit.calls for name in ahead for unit in read_units().get(name, []))
        ahead = set().union(*called) - seen
    return False


def find_reason(place: str) -> str | None:
    """Return the key of UNAUDITED under which a function stands: its own, or its module's."""
    return next((key for key in (place, place.rpartition(".")[0]) if key in UNAUDITED), None)


def test_every_transaction_of_a_service_leads_to_an_event() -> None:
    """Check 40: a verb that is added writes its event, or says here why it has none."""
    silent = {
        unit.place
        for unit in list_units()
        if any(not reaches_the_trail(block) for block in unit.blocks)
    }
    assert {place for place in silent if find_reason(place) is None} == set()
    # Nor does the list excuse what is gone.
    assert {find_reason(place) for place in silent} == UNAUDITED.keys()


def test_services_commit_in_transactions_alone() -> None:
    """Check 40: no commit goes past what the test above looks at."""
    assert {unit.place for unit in list_units() if unit.commits} == COMMITTING.keys()


def test_there_is_much_to_look_at() -> None:
    units = read_units()
    assert sum(len(unit.blocks) for unit in list_units()) > 100
    (pausing,) = units["app.services.pauses.pausing.open_pause"]
    assert reaches_the_trail(pausing.calls)
    (adding,) = units["app.services.bulk.add_rows"]
    assert not reaches_the_trail(adding.calls)
