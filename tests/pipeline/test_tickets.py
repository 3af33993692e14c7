"""The block of the tickets: two classes or three, and the exports that it reads."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from house import REPOSITORY, House

from modelpress import load
from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.decision import read_decision
from pipeline.metrics import value
from pipeline.rows import read_rows
from pipeline.scoring import outcome_of
from pipeline.table import read_table

HEAD = "    # Three classes instead of two: these keys"


def switched(text: str) -> str:
    """Do what the block's own comment says: its keys take the place of those below."""
    before, _, block = text.partition(HEAD)
    _, *lines = block.split("\n")
    count = next(i for i, line in enumerate(lines) if not line.startswith("    # "))
    fresh = [line.replace("# ", "", 1) for line in lines[:count]]
    rest, keys = [], {line.split(":")[0] for line in fresh if line[4] != " "}
    inside = False
    for line in lines[count:]:
        if line[:5].strip():
            inside = line.split(":")[0] in keys
        if not inside:
            rest.append(line)
    return before + "\n".join(fresh + rest)


@pytest.fixture
def shipped(house: House) -> House:
    shutil.copy(REPOSITORY / "params.yaml", house.root)
    pointer = house.root / "models/tickets/production"
    pointer.parent.mkdir(parents=True)
    pointer.touch()
    return house


def test_three_classes_by_the_switch_of_the_block_pass_its_gate(shipped: House) -> None:
    params = shipped.root / "params.yaml"
    params.write_text(switched(params.read_text("utf-8")), "utf-8")
    shutil.copytree(REPOSITORY / "data/tickets", shipped.root / "data/tickets")
    assert shipped.params["tickets"]["task"] == "multiclass"
    shipped.stages("tickets")

    decision = read_decision(Paths(shipped.root, "tickets"))
    assert decision.verdict == "accepted"
    assert {"floor:f1_macro", "floor:recall"} <= {rule.id for rule in decision.rules}
    model = load(shipped.root / "artifacts/tickets")
    assert model.signature.classes == ("low", "medium", "high")
    test = outcome_of(model, read_rows(shipped.artifact("tickets", "test.parquet")))
    told = json.loads(shipped.artifact("tickets", "metrics.json").read_text("utf-8"))
    of_high = test.truth == 2
    assert told["recall"] == pytest.approx((test.told[of_high] == 2).mean(), abs=1e-6)
    assert told["recall"] == pytest.approx(value("recall", test), abs=1e-6)


ISSUE = (
    "Summary,Issue id,Status,Priority,Created,Affects Version/s,Description\r\n"
    'Broken \N{NO-BREAK SPACE}pipe,7,Open,Blocker,25/May/22 10:21,3.4.0,"one\r\ntwo, ""three"""\r\n'
    "Typo,8,Open,Trivial,05/Aug/20 17:12,,\r\n"
)


def test_a_twin_of_the_raw_export_keeps_its_line_ends_and_moments(
    shipped: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "some_bugs.csv"
    file.write_bytes(ISSUE.encode())
    monkeypatch.chdir(shipped.root)

    assert main(["ingest", "tickets", "--from", str(file)]) == 0
    columns = read_table(shipped.root / "data/tickets/table.csv").columns
    assert columns["row_id"] == ["7", "8"]
    assert columns["timestamp"] == ["2022-05-25T10:21:00Z", "2020-08-05T17:12:00Z"]
    assert columns["title"] == ["Broken \N{NO-BREAK SPACE}pipe", "Typo"]
    assert columns["description"] == ['one\r\ntwo, "three"', ""]
    assert columns["source"] == columns["tier"] == ["", ""]
    assert columns["priority"] == ["Blocker", "Trivial"]


@pytest.mark.realdata
def test_both_exports_of_the_same_issues_say_the_same(
    shipped: House, realdata: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shipped.root)
    found = []
    for file in ("hadoop_bugs", "hadoop_timed"):
        assert main(["ingest", "tickets", "--from", str(realdata / f"tickets/{file}.csv.gz")]) == 0
        columns = read_table(shipped.root / "data/tickets/table.csv").columns
        found.append(columns)
        assert columns["description"].count("") == 143
        assert max(map(len, columns["description"])) == 74_468

    raw, timed = (dict(zip(x["row_id"], x["title"], strict=True)) for x in found)
    assert raw == timed
    assert Counter(found[1]["priority"]) == {"medium": 1738, "low": 603, "high": 162}
    assert Counter(found[0]["priority"])["Blocker"] == 76
    moments = [dict(zip(x["row_id"], x["timestamp"], strict=True)) for x in found]
    assert moments[0] == moments[1]
