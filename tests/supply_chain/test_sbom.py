"""`make sbom`: all that a production install can hold, with the hashes of the lock, and no more."""

from __future__ import annotations

import json
import subprocess
from itertools import chain
from typing import Any

import pytest

from supply_chain.lock import read_lock
from tests.supply_chain.poison import ROOT


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("sbom") / "sbom.json"
    subprocess.run(["make", "--silent", "sbom", f"SBOM={path}"], cwd=ROOT, check=True)
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def list_shipped() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the packages of the lock that the project and its extras lead to.

    A package stands in it twice where Pythons differ in the version that they can have.
    """
    packages = read_lock(ROOT / "uv.lock")["package"]
    (us,) = (one for one in packages if one["name"] == "redeploy")
    waiting = [*us["dependencies"], *chain.from_iterable(us["optional-dependencies"].values())]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    while waiting:
        asked = waiting.pop()
        for package in (one for one in packages if one["name"] == asked["name"]):
            key = package["name"], package["version"]
            waiting += [] if key in found else package.get("dependencies", [])
            for extra in asked.get("extra", ()):
                waiting += package["optional-dependencies"][extra]
            found[key] = package
    return found


def test_bill_is_cyclonedx_of_this_project(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["component"]["name"] == "redeploy"


def test_bill_holds_what_is_shipped_and_no_tool(bill: dict[str, Any]) -> None:
    listed = {(one["name"], one["version"]) for one in bill["components"]}
    assert listed == set(list_shipped())
    assert not {"pytest", "mypy"} & {name for name, _version in listed}


def test_bill_has_the_hashes_of_the_lock(bill: dict[str, Any]) -> None:
    shipped = list_shipped()
    for component in bill["components"]:
        package = shipped[component["name"], component["version"]]
        files = [*package.get("wheels", ()), package.get("sdist")]
        assert {
            found["content"]
            for reference in component["externalReferences"]
            for found in reference["hashes"]
        } == {file["hash"].removeprefix("sha256:") for file in files if file}
