"""A small Modelpress repository for tests: blocks, tables and stages."""

import copy
import csv
import io
import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parent.parent.parent

STAGES = ("prepare", "train", "export", "evaluate", "gate")

BLOCK: dict[str, Any] = {
    "title": "A model",
    "owner": "tests",
    "task": "binary",
    "data": {},
    "contract": {"min_rows_share": 0.8},
    "target": {"column": "answer", "positive": "yes"},
    "features": {"size": {"kind": "numeric"}, "colour": {"kind": "categorical"}},
    "split": {"method": "random", "validation": 0.2, "test": 0.2, "seed": 7},
    "estimator": {"name": "logistic_regression"},
    "tune": {"trials": 0},
    "threshold": {"policy": "none"},
    "evaluate": {},
    "gate": {"metric": "roc_auc", "promote_on": "not_worse"},
    "monitor": {},
    "card": {"summary": "A model for tests."},
}

Rows = Sequence[dict[str, object]]


def block(**changes: Any) -> dict[str, Any]:
    """Give the plain block with some keys replaced."""
    return copy.deepcopy(BLOCK) | changes


def binary_rows(count: int = 300, seed: int = 1) -> list[dict[str, object]]:
    """Rows whose answer depends on size and colour, with noise."""
    dice = random.Random(seed)
    rows = []
    for _ in range(count):
        size, colour = dice.gauss(0, 1), dice.choice(("red", "green", "blue"))
        score = size + (colour == "red") + dice.gauss(0, 0.8)
        rows.append(
            {"size": f"{size:.3f}", "colour": colour, "answer": "yes" if score > 0.5 else "no"}
        )
    return rows


@dataclass(frozen=True)
class House:
    """A repository in a folder."""

    root: Path

    @staticmethod
    def make(root: Path) -> "House":
        """Lay out everything but models."""
        (root / "requirements").mkdir(parents=True)
        shutil.copytree(REPOSITORY / ".dvc", root / ".dvc", ignore=_only_config)
        for name in (".dvcignore", ".gitignore", "dvc.yaml"):
            shutil.copy(REPOSITORY / name, root / name)
        for name in ("pipeline", "modelpress"):
            shutil.copytree(
                REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        shutil.copy(REPOSITORY / "requirements" / "pipeline.lock", root / "requirements")
        house = House(root)
        house.write_params({})
        return house

    @property
    def params(self) -> dict[str, Any]:
        """The models of params.yaml."""
        text = (self.root / "params.yaml").read_text(encoding="utf-8")
        models: dict[str, Any] = YAML(typ="safe").load(text)["models"]
        return models

    def write_params(self, models: dict[str, Any]) -> None:
        """Replace params.yaml."""
        text = io.StringIO()
        YAML(typ="safe").dump({"models": models}, text)
        (self.root / "params.yaml").write_text(text.getvalue(), encoding="utf-8")

    def add(self, name: str, model: dict[str, Any], rows: Rows) -> "House":
        """Add a block and a table."""
        self.write_params(self.params | {name: model})
        self.write_table(name, rows)
        pointer = self.root / "models" / name / "production"
        pointer.parent.mkdir(parents=True, exist_ok=True)
        pointer.touch()
        return self

    def write_table(self, name: str, rows: Rows) -> Path:
        """Replace a table."""
        path = self.root / "data" / name / "table.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def stages(self, name: str, until: str = "gate") -> "House":
        """Run a model's stages in this process, up to one of them."""
        for stage in STAGES[: STAGES.index(until) + 1]:
            import_module(f"pipeline.{stage}").run(self.root, name)
        return self

    def register(self, name: str, version: str, *, anchor: str = "", **card: Any) -> Path:
        """Make the candidate a version, and put it into production, as the registry lays it out."""
        record = json.loads(self.artifact(name, "export.json").read_text("utf-8"))
        made_of = dict(record["made_of"])
        written = {
            "version": version,
            "sha256": record["sha256"],
            "data": {"sha256": made_of.pop("data_sha256")},
            "golden": json.loads(self.artifact(name, "golden.json").read_text("utf-8")),
            "gate": {"anchor": anchor},
            **made_of,
            **card,
        }
        folder = self.root / "models" / name / version
        folder.mkdir(parents=True)
        shutil.copy(self.artifact(name, "model.onnx"), folder)
        (folder / "card.json").write_text(json.dumps(written), "utf-8")
        (folder.parent / "production").write_text(f"{version}\n", "utf-8")
        return folder

    def artifact(self, name: str, file: str) -> Path:
        """Name a file that the stages make."""
        return self.root / "artifacts" / name / file


def _only_config(folder: str, names: list[str]) -> set[str]:  # noqa: ARG001 - as copytree calls it
    return set(names) - {"config", ".gitignore", "plots", "confusion_counts.json"}
