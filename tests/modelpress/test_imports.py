"""What importing the runtime costs, seen from a fresh Python."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "modelpress"
MODULES = sorted(f"modelpress.{file.stem}" for file in PACKAGE.glob("[a-z]*.py"))
HEAVY = ("numpy", "onnxruntime")
# What a program that only uses the runtime does not have installed.
HOUSE = ("pipeline", "onnx", "sklearn", "pandas", "scipy", "pydantic", "ruamel", "skl2onnx", "dvc")


def imported_by(code: str, folder: Path) -> set[str]:
    """Run code in a Python of its own, away from the checkout, and name what it has imported."""
    program = f"{code}\nimport sys\nprint(*sorted(sys.modules))"
    # -I: no PYTHON* variables, no working directory; warnings are errors, as in every test.
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_importing_the_runtime_imports_nothing_heavy(tmp_path: Path) -> None:
    assert not imported_by("import modelpress", tmp_path) & {*HEAVY, *HOUSE}


def test_normalising_text_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import modelpress; modelpress.normalize_text('Hello'); modelpress.InputError"
    assert not imported_by(code, tmp_path) & {*HEAVY, *HOUSE}


def test_naming_load_imports_numpy(tmp_path: Path) -> None:
    assert "numpy" in imported_by("import modelpress; modelpress.load", tmp_path)


def test_loading_a_model_imports_numpy_and_onnxruntime_and_nothing_of_the_house(
    registry: Path, tmp_path: Path
) -> None:
    imported = imported_by(f"import modelpress; modelpress.load({str(registry)!r})", tmp_path)
    assert set(HEAVY) <= imported
    assert not imported & set(HOUSE)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_importable_first(module: str, tmp_path: Path) -> None:
    """No module leans on another having been imported before it."""
    assert module in imported_by(f"import {module}", tmp_path)


def test_all_that_is_announced_is_there(tmp_path: Path) -> None:
    code = "import modelpress\nfor name in modelpress.__all__: getattr(modelpress, name)"
    assert "modelpress.model" in imported_by(code, tmp_path)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    code = (
        "import modelpress\n"
        "try: modelpress.lode\n"
        "except AttributeError as error:\n"
        "    assert str(error) == 'module `modelpress` has no attribute `lode`', error\n"
        "else: raise AssertionError"
    )
    assert "modelpress" in imported_by(code, tmp_path)
