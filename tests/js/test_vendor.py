"""onnxruntime-web is laid beside the site's assets, whole, from the locked package."""

import subprocess
import sys
from pathlib import Path

import pytest
from edge import ASSETS, BUNDLE, WASM, WEB

SCRIPT = ASSETS.parent / "vendor.py"

pytestmark = pytest.mark.usefixtures("_packages")


def lay(docs: Path) -> dict[str, Path]:
    subprocess.run([sys.executable, SCRIPT, docs], check=True)
    return {x.name: x for x in docs.rglob("*") if x.is_file()}


def test_two_files_are_laid_where_the_runtime_looks(tmp_path: Path) -> None:
    found = lay(tmp_path)

    assert {name: x.read_bytes() for name, x in found.items()} == {
        name: (WEB / name).read_bytes() for name in (BUNDLE, WASM)
    }
    words = (ASSETS / "runtime" / "onnxruntime.js").read_text("utf-8")
    assert f"../vendor/onnxruntime-web/{BUNDLE}" in words
    assert found[BUNDLE].parent == tmp_path / "assets" / "vendor" / "onnxruntime-web"


def test_what_is_there_stays_and_what_is_damaged_is_laid_anew(tmp_path: Path) -> None:
    found = lay(tmp_path)
    before = found[WASM].stat()
    found[BUNDLE].write_bytes(b"half of it")
    lay(tmp_path)

    assert found[WASM].stat().st_ino == before.st_ino
    assert found[BUNDLE].read_bytes() == (WEB / BUNDLE).read_bytes()


def test_it_is_never_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.wasm", "*onnxruntime-web*"],
        cwd=SCRIPT.parent.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout == ""
