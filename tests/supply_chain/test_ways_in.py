"""Nothing is installed but by the lock, and uv refuses what does not have the lock's hash."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import pytest

from tests.supply_chain.poison import ROOT, build_wheel, run_uv

WHEEL = "sealed-1.0-py3-none-any.whl"

OTHER_WAY = re.compile(r"\buv (?:add|run|tool)\b|\b(?:uvx|pipx|easy_install|npm)\b|\| (?:ba)?sh\b")

PROJECT = """
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["sealed"]
[tool.uv]
package = false
[[tool.uv.index]]
url = "{address}/simple"
default = true
"""


class Index(ThreadingHTTPServer):
    """A package index on this machine with one wheel, which can be swapped for another."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = content
        self.listed = sha256(content).hexdigest()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """The list of files of every package, and the one file that there is."""

    server: Index

    def do_GET(self) -> None:
        if self.path.startswith("/simple/"):
            link = f'<a href="/{WHEEL}#sha256={self.server.listed}">{WHEEL}</a>'
            self.answer("text/html", f"<!DOCTYPE html><html><body>{link}</body></html>".encode())
        else:
            self.answer("application/octet-stream", self.server.content)

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the library
        """Keep standard error for failures."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    content = build_wheel(folder, "sealed", {"sealed/__init__.py": ""}).read_bytes()
    with Index(content) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def locked(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose lock the real uv wrote."""
    folder = tmp_path_factory.mktemp("locked")
    (folder / "pyproject.toml").write_text(PROJECT.format(address=index.address))
    cache = tmp_path_factory.mktemp("cache of the lock")
    result = run_uv("lock", "--project", folder, cache=cache)
    assert result.returncode == 0, result.stderr
    assert f'hash = "sha256:{index.listed}"' in (folder / "uv.lock").read_text()
    return folder


@pytest.fixture
def shop(locked: Path, tmp_path: Path) -> Path:
    """A copy of that project, with nothing installed."""
    return Path(shutil.copytree(locked, tmp_path / "shop"))


def sync(shop: Path) -> subprocess.CompletedProcess[str]:
    """Install as `make` does, on a machine that has never seen the wheel."""
    return run_uv("sync", "--quiet", "--locked", "--project", shop, cache=shop / "fresh cache")


def was_installed(shop: Path) -> bool:
    return any(shop.glob(".venv/lib/python3.*/site-packages/sealed/__init__.py"))


def test_wheel_of_the_lock_is_installed(shop: Path) -> None:
    result = sync(shop)
    assert (result.returncode, was_installed(shop)) == (0, True), result.stderr


def test_wheel_that_was_swapped_at_the_index_is_refused(
    shop: Path, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check 42: the index serves other bytes under the same name, and says so of them."""
    content = build_wheel(tmp_path, "sealed", {"sealed/__init__.py": "import os"}).read_bytes()
    monkeypatch.setattr(index, "content", content)
    monkeypatch.setattr(index, "listed", sha256(content).hexdigest())
    result = sync(shop)
    assert (result.returncode != 0, was_installed(shop)) == (True, False)
    assert "Hash mismatch" in result.stderr


def test_hash_changed_in_the_lock_is_refused(shop: Path, index: Index) -> None:
    """Check 42: somebody edits the lock."""
    lock = shop / "uv.lock"
    lock.write_text(lock.read_text().replace(index.listed, "0" * 64))
    result = sync(shop)
    assert (result.returncode != 0, was_installed(shop)) == (True, False)


def test_lock_that_lags_behind_the_project_is_refused(shop: Path) -> None:
    """Check 42: `--locked` resolves nothing anew."""
    project = shop / "pyproject.toml"
    project.write_text(project.read_text().replace('["sealed"]', '["sealed", "another"]'))
    assert sync(shop).returncode != 0
    assert not was_installed(shop)


def list_command_lines() -> Iterator[tuple[str, str]]:
    """Yield every line that people or machines run or copy, with the name of its file."""
    for path in (
        *(ROOT / name for name in ("Makefile", "README.md", "SECURITY.md")),
        *sorted((ROOT / ".ci").iterdir()),
        *sorted(path for path in (ROOT / "docs").rglob("*") if path.suffix not in {".png", ""}),
        *sorted((ROOT / "docs" / "deploy").iterdir()),
    ):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path.name, line


def test_every_command_installs_from_the_lock_or_by_hash() -> None:
    """Check 42: Makefile, CI and docs know no other way."""
    synced = 0
    for name, line in list_command_lines():
        if re.search(r"\bsync --", line):
            synced += 1
            assert "--locked" in line, (name, line)
            assert "$(BUILD)" in line or "--require-build-hashes" in line, (name, line)
        if "pip install" in line:
            assert "--require-hashes --only-binary :all:" in line, (name, line)
        assert not OTHER_WAY.search(line), (name, line)
    assert synced >= 3


def test_make_checks_the_lock_before_and_the_wheels_after_it_installs() -> None:
    """Check 41: the wheels are looked at before any of them runs."""
    told = subprocess.run(
        ["make", "--dry-run", "--always-make", "setup-test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    places = [
        told.index(words)
        for words in ("supply_chain lock", "uv sync", "supply_chain installed .venv")
    ]
    assert places == sorted(places)
    assert ".venv/bin/" not in told[places[1] :].replace(".venv-uv/bin/", "")


def test_project_names_no_index_and_no_address_of_its_own() -> None:
    """Check 42: all comes from the index of the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["uv"]) == {
        *("default-groups", "exclude-newer", "build-constraint-dependencies", "build-backend"),
    }
    # By uv itself, which is installed by hash: nothing is fetched to build our own wheel.
    assert project["build-system"]["build-backend"] == "uv_build"
    asked = [
        *project["project"]["dependencies"],
        *chain.from_iterable(project["project"]["optional-dependencies"].values()),
        *chain.from_iterable(project["dependency-groups"].values()),
    ]
    assert [one for one in asked if "@" in one or "://" in one] == []
    assert [name for name in ("uv.toml", "pip.conf", ".pypirc") if (ROOT / name).exists()] == []
