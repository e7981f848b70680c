"""Commands on the audit trail: its head, the verifier, and evidence for a client."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.lazy_group import BadInput
from app.cli.opening import open_database
from app.cli.output_option import check_output, output_option
from app.config import Settings
from app.errors import NotFound, Refused
from app.exports.output_folder import replacing_folder


@click.group()
def audit() -> None:
    """Anchor, verify and show the audit trail."""


@audit.command()
def head() -> None:
    """Print the head of the chain as one line, to be kept off this host.

    \b
    Example:
      redeploy audit head >> /mnt/elsewhere/heads.jsonl
    """
    from app.services.auditing.audit_chain import read_head  # noqa: PLC0415 - keeps --help fast

    with open_database(Settings.from_environment()) as database, database.session() as session:
        click.echo(read_head(session).as_line())


@audit.command()
@click.option(
    "--against",
    "head_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="HEAD_FILE",
    help="Heads that were kept elsewhere, a line each.",
)
def verify(head_file: Path | None) -> None:
    """Check every event against its link, every link against the one before, and the heads.

    Without heads a superuser who computed the chain anew, or cut its end off, is not found.
    Exit code 1 when anything is wrong.

    \b
    Example:
      redeploy audit verify --against /mnt/elsewhere/heads.jsonl
    """
    from app.services.auditing.audit_chain import read_heads  # noqa: PLC0415 - keeps --help fast
    from app.services.auditing.audit_verifying import verify_chain  # noqa: PLC0415

    heads = read_heads(head_file) if head_file is not None else []
    with open_database(Settings.from_environment()) as database, database.session() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        report = verify_chain(session, heads)
    for fault in report.faults:
        click.echo(f"{fault.code}: {fault.sentence}")
    if report.num_faults:
        more = report.num_faults - len(report.faults)
        others = f", {more} of them not shown" if more else ""
        raise click.ClickException(f"faults in the audit trail: {report.num_faults}{others}")
    anchored = f"; {report.num_heads} of {len(heads)} heads agree" if heads else ""
    click.echo(f"The chain of {report.num_links} holds{anchored}. Last hash: {report.last_hash}")


@audit.command()
@click.argument("client_id", metavar="CLIENT")
@output_option("Folder for the evidence; an earlier one there is replaced.")
def evidence(client_id: str, out: Path) -> None:
    """Write what the security team of the client with the id CLIENT may be given.

    Who had access to its data and when, what pauses took from whom, who read this ledger, and a
    manifest with the SHA-256 of each file and the head of the audit trail.

    \b
    Example:
      redeploy audit evidence K1 -o evidence
    """
    from app.services.access.access import Actor  # noqa: PLC0415 - keeps --help fast
    from app.services.auditing.evidence import FILES, build_evidence  # noqa: PLC0415

    check_output(out, frozenset(FILES))
    with open_database(Settings.from_environment()) as database, database.session() as session:
        try:
            files = build_evidence(
                session,
                actor=Actor.of_system("redeploy audit evidence"),
                client_id=client_id,
                today=datetime.now(UTC).date(),
            )
        except (NotFound, Refused) as error:
            raise BadInput(str(error)) from error
    with replacing_folder(out, frozenset(FILES)) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
    click.echo(f"{out}: {', '.join(FILES)}")
