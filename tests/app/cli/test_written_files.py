"""Files that commands write for people: no text of somebody else runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from click.testing import CliRunner, Result

from app.cli import main
from app.database import Database
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from tests.app.cli.test_recall import FILES
from tests.app.web.worlds import FORMULAS
from tests.app.world import SYSTEM
from tests.factories import make_roster
from tests.formulas import list_formulas

RECALL = ("--on", "2026-11-23", "--workers", "1")

NOT_FOR_PEOPLE = {
    "solve": "writes JSON for programs",
    "backup": "writes an archive for `redeploy restore`",
    "sample": "draws every text itself",
}
"""Commands whose file no spreadsheet opens, or that no text of anybody comes into."""


def write_roster(folder: Path) -> Path:
    """Write the roster of the recall, with a formula wherever a text can stand."""
    folder.mkdir()
    for name, content in FILES.items():
        text = content.replace("Larkspur", "@SUM(A1)").replace("Ada Berg", '"=1+1;=2+2"')
        text = text.replace("C1,", "=C1,").replace("C2,", "+C2,").replace("P1,", "@P1,")
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def run_plan(_database: Database, folder: Path, out: Path) -> Result:
    return run("plan", folder, "--pause", "@SUM(A1)", *RECALL, "-o", out)


def run_recall(_database: Database, folder: Path, out: Path) -> Result:
    arguments = ("--resume", "Chordus", "--paused-since", "2026-09-14", *RECALL, "-o", out)
    return run("recall", folder, *arguments)


def run_evidence(database: Database, _folder: Path, out: Path) -> Result:
    add_hostile_world(database)
    return run("audit", "evidence", "K1", "-o", out, database=database)


WRITERS: Mapping[str, Callable[[Database, Path, Path], Result]] = {
    "plan": run_plan,
    "recall": run_recall,
    "audit evidence": run_evidence,
}


def run(*arguments: object, database: Database | None = None) -> Result:
    environment = {} if database is None else {"DATABASE_URL": database.conninfo}
    return CliRunner().invoke(main, [str(one) for one in arguments], env=environment)


def add_hostile_world(database: Database) -> None:
    """Add a paused project and its people, whose every text begins a formula."""
    texts = [text for text in FORMULAS if text.isprintable()]
    people = [{"contractor_id": f"C{number}", "name": text} for number, text in enumerate(texts)]
    roster = make_roster(
        clients=[{"client_id": "K1", "name": "=1+1"}],
        projects=[{"project_id": "P1", "codename": "=HYPERLINK(1)", "client_id": "K1"}],
        contractors=people,
        assignments=[
            {"assignment_id": f"A{number}", "contractor_id": f"C{number}", "project_id": "P1"}
            for number in range(len(texts))
        ],
    )
    with database.session() as session:
        import_roster(session, roster, actor=SYSTEM, source="a test")
        open_pause(
            session,
            actor=SYSTEM,
            project_ids=["P1"],
            effective_at=datetime.now(UTC),
            reason_class="funding",
            options=PlanOptions(),
        )


def list_commands(
    group: click.Group, context: click.Context, name: str = ""
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its full name."""
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        assert command is not None
        full = f"{name} {part}".strip()
        if isinstance(command, click.Group):
            yield from list_commands(command, click.Context(command, parent=context), full)
        else:
            yield full, command


def is_writer(command: click.Command) -> bool:
    """Tell whether a command takes a place to write to."""
    return any(isinstance(one.type, click.Path) and not one.type.exists for one in command.params)


def test_no_text_becomes_a_formula_in_any_file_of_a_command(
    database: Database, tmp_path: Path
) -> None:
    """Check 13. Every command that writes, whatever stands in the names and ids that it reads."""
    writers = {name for name, one in list_commands(main, click.Context(main)) if is_writer(one)}
    assert writers == {*WRITERS, *NOT_FOR_PEOPLE}
    folder = write_roster(tmp_path / "roster")
    for number, (name, write) in enumerate(WRITERS.items()):
        out = tmp_path / str(number)
        result = write(database, folder, out)
        assert result.exit_code == 0, (name, result.output)
        content = {path.name: path.read_text("utf-8") for path in out.glob("*.csv")}
        assert content, name
        for file, text in content.items():
            assert list_formulas(text) == [], (name, file)
        disarmed = [cell for text in content.values() for row in read(text) for cell in row]
        assert any(cell.startswith("'") for cell in disarmed), name


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))
