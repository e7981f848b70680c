"""The program as a whole: help, unknown commands, what is imported when."""

from __future__ import annotations

import subprocess
import sys

from click.testing import CliRunner

from app.cli import COMMANDS, main


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name, command in COMMANDS.items():
        assert name in result.stdout
        assert command.summary in result.stdout


def test_unknown_command_names_those_there_are() -> None:
    result = CliRunner().invoke(main, ["plam"])
    assert result.exit_code == 2
    assert f"no command 'plam'; there are {', '.join(COMMANDS)}" in result.stderr


def test_help_loads_no_heavy_package() -> None:
    script = (
        "import sys\n"
        "from app.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'pandas', 'numpy', 'ortools', 'sqlalchemy', 'flask'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout
