"""What installed wheels bring: the environment of this run, and one that was poisoned."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from supply_chain.installed import ALLOWED, Hook, list_hooks, list_problems, read_allowed
from supply_chain.wheels import find_site
from tests.supply_chain.poison import ROOT, build_wheel, run_uv

OF_PYTHON_ITSELF = {"pip", "setuptools"}
"""Wheels that `python -m venv` puts there; uv makes environments without them."""

RUN = "import pathlib; pathlib.Path({marker!r}).touch()\n"

POISON = {
    "starts": {"starts/__init__.py": "", "starts_init.pth": RUN},
    "plain_path": {"plain_path/__init__.py": "", "plain_path.pth": "/tmp\n"},
    "by_data": {"by_data/__init__.py": "", "{data}/purelib/by_data.pth": RUN},
    "custom": {"sitecustomize.py": RUN},
    "custom_of_user": {"usercustomize/__init__.py": RUN},
    "deep": {"deep/vendored/sitecustomize.py": RUN},
    "shadow": {"app/wsgi.py": RUN},
    "loose": {"loose/__init__.py": "", "payload.bin": RUN},
    "commands": {
        "commands/__init__.py": "def main() -> None: ...\n",
        "{info}/entry_points.txt": "[console_scripts]\ngit = commands:main\n",
    },
    "scripts": {"scripts/__init__.py": "", "{data}/scripts/make": "#!/bin/sh\n"},
    "plugin": {
        "plugin/__init__.py": "",
        "{info}/entry_points.txt": "[pytest11]\nplugin = plugin\n",
    },
    "outside": {"outside/__init__.py": "", "{data}/data/etc/profile.d/x.sh": "true\n"},
    "harmless": {"harmless/__init__.py": "", "{data}/data/share/man/man1/harmless.1": ""},
}
"""One fake release for each way in; the last one brings nothing that matters."""

FOUND = {
    "starts brings the pth starts_init.pth, which is not allowed",
    "plain-path brings the pth plain_path.pth, which is not allowed",
    "by-data brings the pth by_data.pth, which is not allowed",
    "custom brings sitecustomize.py, which starts by itself",
    "custom-of-user brings usercustomize/__init__.py, which starts by itself",
    "deep brings deep/vendored/sitecustomize.py, which starts by itself",
    "app in site-packages hides a package of ours",
    "payload.bin in site-packages is no module",
    "commands brings the command git, which is not allowed",
    "scripts brings the command make, which is not allowed",
    "plugin brings the plugin pytest11, which is not allowed",
    "outside brings ../../../etc/profile.d/x.sh, outside of site-packages",
}


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment into which the real uv installed every poisoned wheel."""
    folder = tmp_path_factory.mktemp("poisoned")
    marker = str(folder / "it ran")
    wheels = [
        build_wheel(folder, name, {path: text.format(marker=marker) for path, text in held.items()})
        for name, held in POISON.items()
    ]
    cache, venv = folder / "cache", folder / "venv"
    options = ("--offline", "--no-index", "--python", str(venv))
    for result in (
        run_uv("venv", venv, cache=cache),
        run_uv("pip", "install", *options, *wheels, cache=cache),
    ):
        assert result.returncode == 0, result.stderr
    return folder


def list_found(environment: Path) -> set[str]:
    return set(list_problems(find_site(environment), read_allowed(), ROOT))


def test_installed_wheels_bring_nothing_that_is_not_allowed() -> None:
    """Check 41: the environment that the suite runs in."""
    assert list_found(Path(sys.prefix)) == set()


def test_allowed_hooks_are_all_there_and_have_a_reason() -> None:
    with ALLOWED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] for row in rows)
    assert rows == sorted(rows, key=lambda row: (row["kind"], row["distribution"], row["name"]))
    gone = read_allowed() - list_hooks(find_site(Path(sys.prefix)), ROOT)
    assert {hook.distribution for hook in gone} <= OF_PYTHON_ITSELF | {"nobody"}


def test_poisoned_wheels_are_found_each_by_its_way_in(poisoned: Path) -> None:
    """Check 41: `.pth`, sitecustomize, commands, plugins, files elsewhere; by the real uv."""
    assert list_found(poisoned / "venv") == FOUND


def test_check_runs_nothing_of_what_it_checks(poisoned: Path) -> None:
    """Check 41: by the command that `make` calls."""
    command = (*("-E", "-s", "-S", "-m", "supply_chain"), "installed", str(poisoned / "venv"))
    checked = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 1
    assert set(checked.stderr.splitlines()) == FOUND
    assert not (poisoned / "it ran").exists()
    # The poison is real: any Python of that environment would have run it.
    subprocess.run([poisoned / "venv" / "bin" / "python", "-c", ""], check=True)
    assert (poisoned / "it ran").exists()


def test_file_of_no_wheel_is_found(poisoned: Path) -> None:
    site = find_site(poisoned / "venv")
    (site / "left_behind.py").touch()
    (poisoned / "venv" / "bin" / "sudo").touch()
    found = list_found(poisoned / "venv") - FOUND
    (site / "left_behind.py").unlink()
    (poisoned / "venv" / "bin" / "sudo").unlink()
    assert found == {
        "nobody brings the file left_behind.py, which is not allowed",
        "the command sudo belongs to no wheel",
    }


def test_file_of_two_wheels_is_found(tmp_path: Path) -> None:
    site = make_site(tmp_path, one={"shared.py": ""}, two={"shared.py": ""})
    assert list_problems(site, (), ROOT) == ["one and two both bring shared.py"]


def test_editable_install_may_lead_to_the_project_and_nowhere_else(tmp_path: Path) -> None:
    site = make_site(tmp_path, redeploy={"_redeploy.pth": f"{ROOT}\n{ROOT}/\n"})
    assert list_problems(site, (), ROOT) == []
    (site / "_redeploy.pth").write_text(f"{ROOT}\n/tmp\n")
    sentence = "redeploy brings the pth _redeploy.pth, which is not allowed"
    assert list_problems(site, (), ROOT) == [sentence]


def test_allowed_pth_is_allowed_in_these_bytes_only(tmp_path: Path) -> None:
    site = make_site(tmp_path, known={"known.pth": "import known"})
    (hook,) = list_hooks(site, ROOT)
    assert hook[:3] == ("pth", "known", "known.pth")
    assert list_problems(site, {hook}, ROOT) == []
    assert list_problems(site, {Hook(*hook[:3], sha256="0" * 64)}, ROOT) != []


def make_site(folder: Path, **wheels: dict[str, str]) -> Path:
    """Return a folder site-packages with wheels laid out by hand."""
    site = folder / "lib" / "python3.11" / "site-packages"
    (folder / "bin").mkdir()
    for name, files in wheels.items():
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        held = [*files, f"{info.name}/METADATA", f"{info.name}/RECORD"]
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in held))
        for file, text in files.items():
            (site / file).write_text(text)
    return site
