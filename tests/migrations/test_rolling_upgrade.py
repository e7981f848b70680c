"""The code of before goes on with the schema of after: a revision only adds.

Machines are upgraded one by one, migrations first (docs/many-machines.md). What goes away or
changes its name goes in a later release, when no running code asks for it any more.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"

BEFORE_THE_RULE = 25
"""Up to this revision nothing had been released that could still be running."""

_LEDGER = "No release has had the payroll ledger of 0025 yet."

CONTRACTING: dict[str, str] = {"0031": _LEDGER, "0032": _LEDGER}
"""Revisions that may take something away: the reason why no running code misses it."""

_TAKES_AWAY = frozenset({"drop_table", "drop_column", "rename_table"})
_SQL = re.compile(
    r"\bDROP\s+(?:TABLE|COLUMN|VIEW|SCHEMA)\b|\bRENAME\s+(?:TO|COLUMN|CONSTRAINT)\b"
    r"|\bSET\s+NOT\s+NULL\b|\bALTER\s+COLUMN\s+\S+\s+(?:SET\s+DATA\s+)?TYPE\b",
    re.IGNORECASE,
)


def list_upgrade_nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what `upgrade` reaches in its module: itself, functions and texts that it uses."""
    named: dict[str, ast.stmt] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            named[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            named |= {one.id: statement for one in statement.targets if isinstance(one, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            named[statement.target.id] = statement
    waiting = ["upgrade"]
    while waiting:
        statement = named.pop(waiting.pop(), ast.Pass())
        for node in ast.walk(statement):
            yield node
            if isinstance(node, ast.Name):
                waiting.append(node.id)


def find_narrowing(node: ast.AST) -> str | None:
    """Return what a call or a text takes away from running code; None = nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = _SQL.search(node.value)
        return found and found[0]
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    name = node.func.attr
    options = {option.arg: option.value for option in node.keywords}
    if name in _TAKES_AWAY:
        return name
    if name == "alter_column":
        narrowing = {"new_column_name", "type_"} & set(options)
        if is_false(options.get("nullable")):
            narrowing.add("nullable")
        return f"alter_column {sorted(narrowing)[0]}" if narrowing else None
    return "add_column without a default" if name == "add_column" and needs_value(node) else None


def needs_value(call: ast.Call) -> bool:
    """Tell whether an added column refuses the rows that code without it writes."""
    for column in (one for one in ast.walk(call) if isinstance(one, ast.Call)):
        named = {one.attr for one in ast.walk(column.func) if isinstance(one, ast.Attribute)}
        options = {option.arg: option.value for option in column.keywords}
        if "Column" in named and is_false(options.get("nullable")):
            inside = {one.attr for one in ast.walk(column) if isinstance(one, ast.Attribute)}
            return "server_default" not in options and not {"Identity", "Computed"} & inside
    return False


def is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def list_narrowing(source: str) -> list[str]:
    """Return what a revision takes away from code that runs on."""
    nodes = list_upgrade_nodes(ast.parse(source))
    return sorted({found for node in nodes if (found := find_narrowing(node)) is not None})


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('op.drop_table("mails")', ["drop_table"]),
        ('op.drop_column("mails", "error")', ["drop_column"]),
        ('op.rename_table("mails", "letters")', ["rename_table"]),
        (
            'op.alter_column("mails", "error", new_column_name="said")',
            ["alter_column new_column_name"],
        ),
        ('op.alter_column("mails", "error", type_=sa.Integer())', ["alter_column type_"]),
        ('op.alter_column("mails", "error", nullable=False)', ["alter_column nullable"]),
        ('op.alter_column("mails", "error", nullable=True)', []),
        ('op.alter_column("mails", "error", server_default="")', []),
        (
            'op.add_column("mails", sa.Column("a", sa.Text(), nullable=False))',
            ["add_column without a default"],
        ),
        (
            'op.add_column("mails", sa.Column("a", sa.Text(), nullable=False, server_default=""))',
            [],
        ),
        ('op.add_column("mails", sa.Column("a", sa.Integer(), sa.Identity(), nullable=False))', []),
        ('op.add_column("mails", sa.Column("a", sa.Text(), nullable=True))', []),
        ('op.execute("ALTER TABLE mails DROP COLUMN error")', ["DROP COLUMN"]),
        ('op.execute("ALTER TABLE mails RENAME TO letters")', ["RENAME TO"]),
        ('op.execute("ALTER TABLE mails ALTER COLUMN error SET NOT NULL")', ["SET NOT NULL"]),
        (
            'op.execute("ALTER TABLE mails ALTER COLUMN error TYPE int")',
            ["ALTER COLUMN error TYPE"],
        ),
        ("op.execute(TEXT)", ["DROP TABLE"]),
        ("helper()", ["drop_table"]),
        ('op.drop_constraint("ck", "mails")', []),
        ('op.execute("DROP TRIGGER t ON mails")', []),
    ],
)
def test_what_running_code_would_miss_is_found(body: str, found: list[str]) -> None:
    source = (
        'TEXT = "DROP TABLE mails"\n'
        'def helper():\n    op.drop_table("mails")\n'
        f"def upgrade():\n    {body}\n"
        'def downgrade():\n    op.drop_table("other")\n    op.execute("DROP TABLE x")\n'
    )
    assert list_narrowing(source) == found


def test_revisions_take_nothing_away_from_running_code() -> None:
    found = {}
    for path in sorted(VERSIONS.glob("[0-9]*.py")):
        revision = path.name.partition("_")[0]
        if int(revision) > BEFORE_THE_RULE and (taken := list_narrowing(path.read_text())):
            found[revision] = taken
    assert set(found) == set(CONTRACTING), found
    assert all(CONTRACTING.values())
