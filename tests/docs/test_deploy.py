"""docs/deploy and docs/many-machines.md name commands, settings and metrics that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli import COMMANDS
from app.config import SETTINGS

DOCS = Path(__file__).parents[2] / "docs"
DEPLOY = DOCS / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
PAGE = (DOCS / "many-machines.md").read_text(encoding="utf-8")

OURS = {setting.name for setting in SETTINGS}
OF_IMAGES = {"POSTGRES_USER", "POSTGRES_PASSWORD"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_unit_runs_a_command_that_exists_as_somebody_without_rights(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=/opt/redeploy/\.venv/bin/redeploy (\w+)$", text, re.MULTILINE)
    assert command is not None
    assert command[1] in COMMANDS
    lines = set(text.splitlines())
    assert {"User=redeploy", "NoNewPrivileges=true", "ProtectSystem=strict"} <= lines
    assert {"CapabilityBoundingSet=", "IPAddressDeny=any"} <= lines
    assert set(re.findall(r"^Environment=(\w+)=", text, re.MULTILINE)) <= OURS


def test_environment_file_names_settings_and_no_secret() -> None:
    text = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert set(rows) <= OURS
    assert rows["SECRET_KEY"] == ""


def test_compose_file_names_commands_and_settings_that_exist() -> None:
    commands = re.findall(r"^    command: \[redeploy, (\w+)", COMPOSE, re.MULTILINE)
    assert {"db", "web", "worker"} <= set(commands) <= set(COMMANDS)
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
    reached = {name for name, text in services.items() if "outside" in text or "ports:" in text}
    assert reached == {"web-1", "web-2"}
    assert "  inside:\n    internal: true\n" in COMPOSE


def test_page_names_every_metric_and_no_other() -> None:
    source = (DOCS.parent / "app" / "web" / "metrics.py").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(redeploy_\w+)`", PAGE, re.MULTILINE)) == set(
        re.findall(r'"(redeploy_\w+)"', source)
    )
