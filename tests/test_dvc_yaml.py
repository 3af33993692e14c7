"""`dvc.yaml` keeps its promises: dependencies, and what they make run again."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import grimp
import pytest
from house import REPOSITORY, House, binary_rows, block
from ruamel.yaml import YAML

from pipeline.config import ModelBlock
from pipeline.dvc import environment
from pipeline.lockfile import STAGES

PIPELINE: dict[str, Any] = YAML(typ="safe").load((REPOSITORY / "dvc.yaml").read_text("utf-8"))

GRAPH = grimp.build_graph("pipeline", "modelpress", exclude_type_checking_imports=True)


def imported_files(stage: str) -> set[str]:
    """The sources that a stage's module imports, directly or not, with their packages."""
    own = {
        m for m in GRAPH.modules if m == f"pipeline.{stage}" or m.startswith(f"pipeline.{stage}.")
    }
    modules = own | {found for module in own for found in GRAPH.find_upstream_modules(module)}
    modules |= {module.rpartition(".")[0] for module in modules if "." in module}
    return {file_of(module) for module in modules}


def file_of(module: str) -> str:
    path = REPOSITORY / module.replace(".", "/")
    place = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return str(place.relative_to(REPOSITORY))


def declared_files(stage: str) -> set[str]:
    """The sources that dvc.yaml declares, folders opened."""
    places = [REPOSITORY / dep for dep in PIPELINE["stages"][stage]["do"]["deps"]]
    files = [p for place in places for p in (place.rglob("*.py") if place.is_dir() else [place])]
    return {str(file.relative_to(REPOSITORY)) for file in files if file.suffix == ".py"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_exactly_the_code_it_imports(stage: str) -> None:
    """Too few would leave models stale in silence, too many would retrain on a changed report."""
    assert of_pipeline(declared_files(stage)) == of_pipeline(imported_files(stage))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_runtime_as_a_whole(stage: str) -> None:
    """One entry of the lock instead of nine: DVC reads and writes the lock anew for every stage."""
    assert "modelpress" in PIPELINE["stages"][stage]["do"]["deps"]
    assert imported_files(stage) <= declared_files(stage)


def of_pipeline(files: set[str]) -> set[str]:
    return {file for file in files if file.startswith("pipeline/")}


@pytest.mark.parametrize("stage", ["train", "export"])
def test_what_fits_and_converts_depends_on_the_versions_of_its_libraries(stage: str) -> None:
    assert "requirements/pipeline.lock" in PIPELINE["stages"][stage]["do"]["deps"]


def test_the_stages_are_those_that_the_lock_file_is_ordered_by() -> None:
    assert tuple(PIPELINE["stages"]) == STAGES


def test_every_tracked_parameter_is_a_required_key_of_a_block() -> None:
    """DVC fails on a parameter that is not there; every one must be there in every block."""
    required = {name for name, field in ModelBlock.model_fields.items() if field.is_required()}
    tracked = {
        parameter.split(".")[2]
        for stage in PIPELINE["stages"].values()
        for parameter in stage["do"].get("params", [])
    }

    assert tracked <= required


def dvc(house: House, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words],
        cwd=house.root,
        env=environment(house.root),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def two_models(house: House) -> House:
    (house.root / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n", "utf-8")
    for name in ("a", "b"):
        house.add(name, block(), binary_rows(200))
    dvc(house, "repro")
    return house


def stale_after(house: House, model: str, **changes: Any) -> set[str]:
    house.write_params(house.params | {model: house.params[model] | changes})
    return set(json.loads(dvc(house, "status", "--json")))


def test_one_model_s_parameter_runs_that_model_s_later_stages_alone(two_models: House) -> None:
    """Plain `dvc repro` works, too."""
    gate = {"metric": "f1", "promote_on": "not_worse"}

    assert stale_after(two_models, "a", title="Another") == set()
    assert stale_after(two_models, "a", gate=gate) == {"gate@a"}
    assert stale_after(two_models, "a", estimator={"name": "extra_trees"}) == {
        "train@a", "export@a", "gate@a",
    }  # fmt: skip
    told = dvc(two_models, "repro")
    run = {line.split("'")[1] for line in told.splitlines() if line.startswith("Running stage")}
    assert run == {"train@a", "export@a", "evaluate@a", "gate@a"}


def test_a_new_block_and_a_table_run_with_no_other_edit(two_models: House) -> None:
    before = {
        path: path.read_bytes()
        for path in two_models.root.rglob("*")
        if path.is_file() and path.parts[-2] != "tmp" and "artifacts/c" not in str(path)
    }
    two_models.add("c", block(), binary_rows(200, seed=9))
    told = dvc(two_models, "repro")
    changed = {
        str(path.relative_to(two_models.root))
        for path, content in before.items()
        if path.exists() and path.read_bytes() != content and ".dvc" not in path.parts
    }

    assert "Running stage 'gate@c'" in told
    assert changed == {"params.yaml", "dvc.lock"}


@pytest.mark.parametrize("what", ["metrics", "plots"])
def test_dvc_shows_and_compares(two_models: House, what: str, tmp_path: Path) -> None:
    options = ["--out", str(tmp_path)] if what == "plots" else []
    shown = json.loads(dvc(two_models, what, "show", "--json", *options))

    assert shown
