"""Two versions by what they said and what came true."""

import csv
import json
import random
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import House, binary_rows, block
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ab.judge import FEWEST_ROWS, judge
from pipeline.ab.log import read_log
from pipeline.cli import main
from pipeline.errors import DataError
from pipeline.outcome import Outcome

ROWS = 300
Log = list[dict[str, Any]]


@pytest.fixture
def place(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with rows n0, n1, ... of which every second is `yes`, and two versions."""
    rows: Log = [{"row_id": f"n{i}", **row} for i, row in enumerate(binary_rows(ROWS))]
    for i, row in enumerate(rows):
        row["answer"] = ("no", "yes")[i % 2]
    house.add("m", block(), rows)
    for version in ("v1.0.0", "v1.1.0"):
        register(house.root, version)
    monkeypatch.chdir(house.root)
    return house.root


def register(root: Path, version: str, classes: tuple[str, ...] = ("no", "yes")) -> None:
    folder = root / "models" / "m" / version
    folder.mkdir(parents=True, exist_ok=True)
    made_of = dict.fromkeys(("sha256", "params_sha256", "code_sha256", "lock_sha256"), "")
    card = {
        **made_of,
        "data": {"sha256": "0" * 64},
        "golden": [],
        "gate": {},
        "classes": list(classes),
    }
    (folder / "card.json").write_text(json.dumps(card), "utf-8")


def said(version: str, rows: range, noise: float, seed: int = 1) -> Log:
    """Log entries whose scores know the truth, but for some noise."""
    dice = random.Random(seed)
    log = []
    for i in rows:
        share = min(max(0.5 + (i % 2 - 0.5) * 0.6 + dice.gauss(0, noise), 0.0), 1.0)
        label = "yes" if share >= 0.5 else "no"
        shares = {"no": 1 - share, "yes": share}
        log.append({"row_id": f"n{i}", "version": version, "label": label, "probabilities": shares})
    return log


def write_json_lines(path: Path, log: Log) -> Path:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in log), "utf-8")
    return path


def write_csv(path: Path, log: Log) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row_id", "label", "probability_no", "probability_yes", "version"])
        for entry in log:
            shares = entry["probabilities"].values()
            writer.writerow([entry["row_id"], entry["label"], *shares, entry["version"]])
    return path


def write_scores(path: Path, log: Log) -> Path:
    rows = [{**entry, "score": entry["probabilities"]["yes"]} for entry in log]
    for row in rows:
        del row["probabilities"]
    return write_json_lines(path, rows)


def write_sqlite(path: Path, log: Log) -> Path:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE predictions (row_id, version, label, probabilities, value)")
        database.executemany(
            "INSERT INTO predictions VALUES (?, ?, ?, ?, NULL)",
            [(e["row_id"], e["version"], e["label"], json.dumps(e["probabilities"])) for e in log],
        )
    database.close()
    return path


def ab(log: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["ab", "m", str(log), "--format", "json", *words])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else None


def test_the_better_version_is_found_on_the_same_rows(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = said("v1.0.0", range(ROWS), 0.6) + said("v1.1.0", range(ROWS), 0.1, seed=2)
    code, found = ab(write_json_lines(place / "log", log), capsys)

    assert code == 0
    assert (found["verdict"], found["design"], found["metric"]) == ("better", "paired", "roc_auc")
    assert found["versions"] == ["v1.0.0", "v1.1.0"]
    assert found["labelled"] == [ROWS, ROWS]
    assert 0 < found["difference"]["low"] < found["difference"]["value"]
    assert found["second"] - found["first"] == pytest.approx(found["difference"]["value"], abs=1e-5)


def test_the_other_way_round_it_is_worse(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = said("v1.0.0", range(ROWS), 0.6) + said("v1.1.0", range(ROWS), 0.1, seed=2)
    path = write_json_lines(place / "log", log)
    code, found = ab(path, capsys, "--versions", "v1.1.0", "v1.0.0")

    assert (code, found["verdict"]) == (1, "worse")
    assert main(["ab", "m", str(path), "--versions", "v1.1.0", "v1.0.0"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "m ab: v1.0.0 against v1.1.0 by roc_auc, the same rows"
    assert lines[1].endswith(f"{ROWS} rows, {ROWS} with a label")
    assert lines[3].startswith("difference -")
    assert lines[3].endswith("]: worse")


def test_split_traffic_is_compared_by_rows_of_its_own(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = ROWS // 2
    log = said("v1.0.0", range(half), 0.6) + said("v1.1.0", range(half, ROWS), 0.1, seed=2)
    # A retry that went to the other version makes no pairs.
    log += said("v1.1.0", range(3), 0.1, seed=4)
    code, found = ab(write_json_lines(place / "log", log), capsys)

    assert (code, found["verdict"], found["design"]) == (0, "better", "split")
    assert found["labelled"] == [half, half + 3]


def test_two_that_are_alike_are_the_same(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = said("v1.0.0", range(ROWS), 0.4) + said("v1.1.0", range(ROWS), 0.4, seed=2)
    code, found = ab(write_json_lines(place / "log", log), capsys)

    assert (code, found["verdict"]) == (0, "same")
    assert found["difference"]["low"] < 0 < found["difference"]["high"]


@pytest.mark.parametrize("write", [write_csv, write_scores, write_sqlite])
def test_every_form_of_a_log_says_the_same(
    write: Any, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = said("v1.0.0", range(ROWS), 0.6) + said("v1.1.0", range(ROWS), 0.3, seed=2)

    assert ab(write(place / "other", log), capsys) == ab(
        write_json_lines(place / "log", log), capsys
    )


def test_late_labels_count_and_rows_without_one_do_not(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = range(ROWS, ROWS + 100)
    (place / "late.csv").write_text(
        "row_id,answer\n" + "".join(f"n{i},{('no', 'yes')[i % 2]}\n" for i in late if i % 5),
        "utf-8",
    )
    assert main(["label", "m", "--from", "late.csv"]) == 0
    log = said("v1.0.0", late, 0.6) + said("v1.1.0", late, 0.1)
    _, found = ab(write_json_lines(place / "log", log), capsys)

    assert (found["rows"], found["labelled"]) == ([100, 100], [80, 80])


def test_of_a_row_asked_twice_the_last_answer_counts(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = said("v1.0.0", range(ROWS), 0.3) + said("v1.1.0", range(ROWS), 0.3, seed=2)
    again = said("v1.0.0", range(ROWS), 5.0, seed=3) + log

    assert ab(write_json_lines(place / "again", again), capsys) == ab(
        write_json_lines(place / "log", log), capsys
    )


# Not comparable


@pytest.mark.parametrize("rows", [0, FEWEST_ROWS - 1])
def test_too_few_labels_say_nothing(
    rows: int, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = range(ROWS, ROWS + 50)
    few = [*range(rows), *later]
    log = said("v1.0.0", few, 0.1) + said("v1.1.0", few, 0.1)  # type: ignore[arg-type] # any numbers
    code, found = ab(write_json_lines(place / "log", log), capsys)

    assert (code, found["verdict"], found["first"]) == (1, "not comparable", None)
    assert found["reason"] == f"{rows} labelled rows; {FEWEST_ROWS} are asked"


def test_one_class_alone_leaves_the_metric_undefined(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    even = range(0, ROWS, 2)
    log = said("v1.0.0", even, 0.1) + said("v1.1.0", even, 0.1)
    code, found = ab(write_json_lines(place / "log", log), capsys)

    assert (code, found["verdict"]) == (1, "not comparable")
    assert found["reason"] == "roc_auc is not defined on these rows"


def test_other_classes_are_not_comparable(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register(place, "v2.0.0", ("no", "perhaps", "yes"))
    log = said("v1.0.0", range(ROWS), 0.1) + said("v2.0.0", range(ROWS), 0.1)
    code, found = ab(write_json_lines(place / "log", log), capsys)

    assert (code, found["verdict"]) == (1, "not comparable")
    assert found["reason"] == "the versions answer other classes"


# What is refused


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "the log speaks of no version"),
        ("row_id,version,label\nn1,v1.0.0,yes\n", "the log speaks of `v1.0.0`"),
        ("row_id,label\nn1,yes\n", "line 2: `version` is missing"),
        ("row_id,version,label\n,v1.0.0,yes\n", "line 2: an entry needs a row_id and a version"),
        ("row_id,version\nn1,v1.0.0\n", "line 2: an entry needs a label or a value"),
        ("row_id,version,label\nn1,v1.0.0,yes,x\n", "line 2: more fields than the header has"),
        ('{"row_id": "n1"\n', "line 1: no JSON"),
        ('{"row_id": "n1"}\n[1]\n', "line 1: `version` is missing"),
        ('{"row_id": 1, "version": "v1.0.0", "label": "no", "probabilities": 3}', "is no object"),
        ('{"row_id": 1, "version": "v1.0.0", "label": "no", "score": "x"}', "could not convert"),
        ('{"row_id": 1, "version": "v1.0.0", "value": NaN}', "`nan` is no finite number"),
        ("SQLite format 3\0", "SQLite: "),
    ],
)
def test_a_log_that_is_none_is_refused(
    lines: str, message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "log").write_text(lines, "utf-8")

    assert main(["ab", "m", "log"]) == 2
    assert message in capsys.readouterr().err


def test_a_version_that_nobody_registered_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = said("v1.0.0", range(ROWS), 0.1) + said("v7.0.0", range(ROWS), 0.1)
    write_json_lines(place / "log", log)

    assert main(["ab", "m", "log"]) == 2
    assert "there is no version v7.0.0" in capsys.readouterr().err
    assert main(["ab", "m", "absent"]) == 2
    assert "No such file" in capsys.readouterr().err


def test_a_label_alone_does_for_accuracy_and_not_for_a_ranking(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = said("v1.0.0", range(ROWS), 0.6) + said("v1.1.0", range(ROWS), 0.1, seed=2)
    for entry in log:
        del entry["probabilities"]
    path = write_json_lines(place / "log", log)

    assert main(["ab", "m", "log"]) == 2
    assert "has no probabilities" in capsys.readouterr().err
    gate = {"metric": "accuracy", "promote_on": "not_worse"}
    House(place).write_params({"m": block(gate=gate)})
    assert ab(path, capsys)[1]["verdict"] == "better"


@given(content=st.binary(max_size=200))
def test_no_bytes_at_all_break_the_reader(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "log"
    for start in (b"", b'{"row_id": ', b"row_id,version,label\n", b"SQLite format 3\0"):
        path.write_bytes(start + content)
        try:
            entries = list(read_log(path))
        except DataError:
            continue
        assert all(entry.row_id and entry.version for entry in entries)


# How sure it is


def outcome(rows: int, hit: float, generator: np.random.Generator) -> Outcome:
    truth = generator.integers(0, 2, rows)
    told = np.where(generator.random(rows) < hit, truth, 1 - truth)
    return Outcome(truth, told, np.eye(2)[told])


@pytest.mark.slow
@pytest.mark.parametrize("design", ["split", "paired"])
def test_between_two_that_are_alike_one_in_twenty_differs(design: Any) -> None:
    """The share of false verdicts among equal versions is about what 95 % promises."""
    generator, trials, verdicts = np.random.default_rng(5), 300, []
    for seed in range(trials):
        first = outcome(300, 0.8, generator)
        other = outcome(300, 0.8, generator)
        flips = generator.random(300) < 0.8
        told = np.where(flips, first.truth, 1 - first.truth)
        second = Outcome(first.truth, told, np.eye(2)[told]) if design == "paired" else other
        verdicts.append(judge("accuracy", first, second, design=design, seed=seed).verdict)

    wrong = sum(verdict != "same" for verdict in verdicts) / trials
    assert 0.01 < wrong < 0.10
