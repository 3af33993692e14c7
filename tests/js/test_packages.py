"""The site's packages: pinned, their bytes vouched for, from wherever npm is told to fetch."""

import json
from pathlib import Path
from typing import Any

SITE = Path(__file__).parent.parent.parent / "site"


def read(name: str) -> Any:
    return json.loads((SITE / name).read_text(encoding="utf-8"))


def locked() -> dict[str, dict[str, Any]]:
    """Give every locked package but the site itself."""
    return {name: entry for name, entry in read("package-lock.json")["packages"].items() if name}


def test_the_site_serves_one_package_and_is_packed_by_two() -> None:
    package = read("package.json")
    assert package["dependencies"] == {"onnxruntime-web": "1.30.0"}
    assert package["devDependencies"].keys() == {"esbuild", "terser"}
    assert all(version[0].isdigit() for version in package["devDependencies"].values())
    assert (package["private"], package["type"]) == (True, "module")
    assert not package.keys() & {"optionalDependencies", "scripts"}


def test_the_lock_is_of_this_package_file() -> None:
    root = read("package-lock.json")["packages"][""]
    assert root["dependencies"] == read("package.json")["dependencies"]
    assert locked()["node_modules/onnxruntime-web"]["version"] == "1.30.0"


def test_every_package_is_vouched_for() -> None:
    assert {
        name for name, entry in locked().items() if "sha512-" not in entry["integrity"]
    } == set()


def test_the_lock_names_no_address() -> None:
    assert {name for name, entry in locked().items() if "resolved" in entry} == set()
    assert "://" not in (SITE / "package-lock.json").read_text(encoding="utf-8")


def test_npm_leaves_addresses_out_and_runs_no_scripts() -> None:
    settings = (SITE / ".npmrc").read_text(encoding="utf-8").splitlines()
    assert settings == ["omit-lockfile-registry-resolved=true", "ignore-scripts=true"]
