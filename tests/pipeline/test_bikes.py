"""The models that learn from polls: what they must beat, and what the engine may not know."""

import csv
import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from house import REPOSITORY, House
from ruamel.yaml import YAML

from pipeline.config import load_params

BLOCKS: dict[str, Any] = YAML(typ="safe").load((REPOSITORY / "params.yaml").read_text("utf-8"))[
    "models"
]
MODELS = ("bikes", "bikes-count")


def sample(model: str) -> ModuleType:
    place = REPOSITORY / "data" / model / "sample.py"
    spec = importlib.util.spec_from_file_location("sample_of_bikes", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(model: str) -> list[dict[str, str]]:
    with (REPOSITORY / "data" / model / "table.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The sample


@pytest.mark.parametrize("model", MODELS)
def test_the_committed_table_is_what_the_generator_writes(model: str, tmp_path: Path) -> None:
    sample(model).write(tmp_path / "table.csv")
    committed = REPOSITORY / "data" / model / "table.csv"

    assert (tmp_path / "table.csv").read_bytes() == committed.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"], "a draft is left"
    assert committed.stat().st_size < 1_500_000


def test_the_sample_has_the_quirks_of_real_polls() -> None:
    table = rows("bikes")
    by_station: dict[str, list[dict[str, str]]] = {}
    for row in table:
        by_station.setdefault(row["station"], []).append(row)

    assert len(by_station) == 10
    assert {row["status"] for row in table} == {"open", "closed", "unknown"}
    assert all(row["free_bikes"] == "" for row in table if row["status"] == "unknown"), (
        "a count that is not told is missing"
    )
    moments = {row["timestamp"] for row in table}
    assert len({moment[:10] for moment in moments}) == 35
    assert not moments & {"2026-09-30T09:00:00Z", "2026-09-30T10:00:00Z", "2026-09-30T11:00:00Z"}
    assert all(0 <= int(row["free_bikes_in_60"]) <= 40 for row in table)
    closed = [row for row in by_station["s03"] if row["timestamp"][:10] == "2026-10-06"]
    assert [row["timestamp"][11:13] for row in closed] == ["23"], "no target while out of order"


# What they must beat


@pytest.fixture
def shipped(house: House) -> House:
    """The repository's own blocks and tables."""
    for model in MODELS:
        (house.root / "data" / model).mkdir(parents=True)
        table = Path("data") / model / "table.csv"
        shutil.copy(REPOSITORY / table, house.root / table)
        pointer = house.root / "models" / model / "production"
        pointer.parent.mkdir(parents=True)
        pointer.touch()
    return house


def judged(house: House, model: str, block: dict[str, Any]) -> tuple[str, dict[str, bool]]:
    house.write_params({model: block})
    house.stages(model)
    gate = json.loads(house.artifact(model, "gate.json").read_text("utf-8"))
    return gate["verdict"], {rule["id"]: rule["passed"] for rule in gate["rules"]}


@pytest.mark.parametrize("model", MODELS)
def test_a_shipped_model_beats_persistence_and_the_last_day(shipped: House, model: str) -> None:
    verdict, rules = judged(shipped, model, BLOCKS[model])

    assert verdict == "accepted"
    assert rules["baseline:persistence"]
    assert rules["baseline:seasonal_naive"]


@pytest.mark.parametrize("model", MODELS)
def test_a_candidate_that_loses_to_persistence_is_rejected(shipped: House, model: str) -> None:
    """It knows hour, station and weather, and not how many bikes stand there."""
    known = ("station", "hour", "weekday", "temperature", "precipitation", "wind")
    features = {name: BLOCKS[model]["features"][name] for name in known}
    series = {"series": BLOCKS[model]["evaluate"]["series"]}
    gate = {k: BLOCKS[model]["gate"][k] for k in ("metric", "promote_on", "beats_baseline")}
    changed = {"features": features, "evaluate": series, "gate": gate}
    verdict, rules = judged(shipped, model, BLOCKS[model] | changed)

    assert verdict == "rejected"
    failed = {rule for rule, passed in rules.items() if not passed}
    assert "baseline:persistence" in failed
    assert failed <= {"baseline:persistence", "baseline:seasonal_naive"}


# What the engine may not know


def test_no_network_place_or_model_is_named_in_the_engine() -> None:
    words = {"bikes-count", "dublin", "53.35", "-6.26", '"bikes"', "'bikes'"}
    for file in sorted((REPOSITORY / "pipeline").rglob("*.py")):
        text = file.read_text("utf-8").lower()
        assert not [word for word in words if word in text], file


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"polls": {}}, "0 sources are networks of stations, 0 are weather"),
        ({"polls": {"timezone": "Mars/Base"}}, "there is no time zone `Mars/Base`"),
        (
            {"sources": {"a": {"connector": "citybike", "network": "x"}}},
            "there is no connector or format `citybike`",
        ),
        ({"sources": {"a": {"connector": "citybikes"}}}, "it is missing"),
        ({"sources": {"a": {"connector": "citybikes", "network": "a/b"}}}, "pattern"),
        (
            {"sources": {"a": {"connector": "citybikes", "network": "x", "encoding": "utf-8"}}},
            "unknown key `encoding`",
        ),
        ({"sources": {"a": {"format": "xlsx", "shet": "x"}}}, "unknown key `shet`"),
        ({"sources": {"a": {"format": "xlsm"}}}, "there is no connector or format `xlsm`"),
    ],
)
def test_a_source_that_cannot_be_is_refused_by_its_key(
    house: House, data: dict[str, Any], message: str
) -> None:
    house.write_params({"m": BLOCKS["bikes-count"] | {"data": data}})
    faults = load_params(house.root).faults["m"]

    assert any(message in fault.message for fault in faults)
    if "shet" in message:
        assert faults[0].hint == "did you mean `sheet`?"
