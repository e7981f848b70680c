"""docs/command-line.md names every command, argument and option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app.cli import COMMANDS, main

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text("utf-8")


def list_commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", inner) for sub, inner in command.commands.items())
        else:
            yield name, command


def read_options(name: str) -> list[set[str]]:
    found = re.search(rf"^## redeploy {name}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"no section on redeploy {name}"
    rows = [line.split("|")[1] for line in found.group(1).splitlines() if line.startswith("| `")]
    return [set(re.findall(r"`([^`]+)`", cell)) for cell in rows]


@pytest.mark.parametrize(
    ("name", "command"), [pytest.param(*entry, id=entry[0]) for entry in list_commands()]
)
def test_command_is_documented_option_by_option(name: str, command: click.Command) -> None:
    expected = [
        {param.human_readable_name} if isinstance(param, click.Argument) else set(param.opts)
        for param in command.params
    ]
    assert read_options(name) == expected


@pytest.mark.parametrize("name", list(COMMANDS))
def test_summary_in_the_table_of_commands_is_one_sentence(name: str) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", COMMANDS[name].summary)


@pytest.mark.parametrize("name", ["plan", "solve", "check", "sample"])
def test_help_has_an_example(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert re.search(rf"Example:\s+redeploy {name} ", command.help or "")
