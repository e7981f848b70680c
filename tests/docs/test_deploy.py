"""docs/deploy and docs/many-machines.md name commands, settings and metrics that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.config import SETTINGS

DOCS = Path(__file__).parents[2] / "docs"
DEPLOY = DOCS / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
PAGE = (DOCS / "many-machines.md").read_text(encoding="utf-8")

OURS = {setting.name for setting in SETTINGS}
OF_IMAGES = {"POSTGRES_USER", "POSTGRES_PASSWORD"}

CONFINED = """
    User=redeploy NoNewPrivileges=true CapabilityBoundingSet= UMask=0077
    ProtectSystem=strict ProtectHome=true ProtectProc=invisible ProtectKernelModules=true
    PrivateTmp=true PrivateDevices=true PrivateUsers=true
    RestrictNamespaces=true RestrictSUIDSGID=true IPAddressDeny=any
"""
"""What each unit says of the rights that it gives away."""


def is_a_command(words: str) -> bool:
    """Tell whether `redeploy` takes these words; nothing is run."""
    return CliRunner().invoke(main, [*words.split(), "--help"]).exit_code == 0


def test_words_that_are_no_command_are_found() -> None:
    assert is_a_command("db upgrade")
    assert not is_a_command("db migrate")
    assert not is_a_command("web --port 8000")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_unit_runs_a_command_that_exists_as_somebody_without_rights(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=/opt/redeploy/\.venv/bin/redeploy (.+)$", text, re.MULTILINE)
    assert command is not None
    assert is_a_command(command[1])
    assert set(CONFINED.split()) <= set(text.splitlines())
    assert set(re.findall(r"^Environment=(\w+)=", text, re.MULTILINE)) <= OURS


def test_environment_file_names_settings_and_no_secret() -> None:
    text = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert set(rows) <= OURS
    assert rows["SECRET_KEY"] == ""


def test_compose_file_names_commands_and_settings_that_exist() -> None:
    commands = re.findall(r"^ +command: \[redeploy, (.+)\]$", COMPOSE, re.MULTILINE)
    assert set(commands) == {"db, upgrade", "web", "worker"}
    assert all(is_a_command(words.replace(",", "")) for words in commands)
    settings = re.findall(r"^ +([A-Z_]+): ", COMPOSE, re.MULTILINE)
    assert {"DATABASE_URL", "SECRET_KEY"} <= set(settings)
    assert set(settings) <= OURS | OF_IMAGES | {"PYTHON_IMAGE"}


def test_compose_file_holds_no_secret_and_no_image_that_can_move() -> None:
    for line in COMPOSE.splitlines():
        name, _colon, value = line.strip().partition(": ")
        if name.endswith(("PASSWORD", "KEY", "TOKEN", "_IMAGE")):
            assert value.startswith("${"), line
        if name == "image":
            assert value == "redeploy" or value.startswith("${"), line
    first = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (.*)$", first, re.MULTILINE) == ["${PYTHON_IMAGE}"]


def test_worker_and_database_have_no_way_out() -> None:
    """In the compose file as in the tests: only web processes are reached from the outside."""
    services = dict(re.findall(r"^  ([\w-]+):\n((?:    .*\n)+)", COMPOSE, re.MULTILINE))
    ways_out = ("outside", "ports:", "*web")
    reached = {name for name, text in services.items() if any(way in text for way in ways_out)}
    assert reached == {"web-1", "web-2"}
    assert "  inside:\n    internal: true\n" in COMPOSE


def join_lines(text: str) -> str:
    """Return commands of a shell that go on in the next line as one line each."""
    return re.sub(r"\s*\\\n\s*", " ", text)


def test_image_and_machine_are_built_as_everywhere_else() -> None:
    """Hashes of what builds included (check 42); each path of the Dockerfile is there."""
    root = DOCS.parent
    build = re.search(r"^BUILD := (.+)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert build is not None
    dockerfile = join_lines((DEPLOY / "Dockerfile").read_text())
    assert f"uv sync --locked {build[1]} --no-default-groups" in dockerfile
    assert f"uv sync --locked {build[1]} --no-default-groups" in join_lines(PAGE)
    assert "-r .ci/uv.txt" in dockerfile
    assert (root / ".ci" / "uv.txt").is_file()
    modules = set(re.findall(r"-m (supply_chain \w+)", dockerfile))
    assert modules == {"supply_chain lock", "supply_chain installed"}


def test_page_names_every_metric_and_no_other() -> None:
    source = (DOCS.parent / "app" / "web" / "metrics.py").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(redeploy_\w+)`", PAGE, re.MULTILINE)) == set(
        re.findall(r'"(redeploy_\w+)"', source)
    )
