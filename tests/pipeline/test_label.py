"""Late labels: merged by row id, or refused as a whole."""

import json
import random
from pathlib import Path

import pytest
from house import House, binary_rows, block
from hypothesis import given
from hypothesis import strategies as st

from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.config import ModelBlock
from pipeline.errors import DataError
from pipeline.labels import Late, LateLabel, known_labels, read_late, write_late


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    return "2026-05-28"


@pytest.fixture
def place(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with ten rows; n9 and n10 have no target."""
    rows = [{"row_id": f"n{i}", **row} for i, row in enumerate(binary_rows(10), 1)]
    for row in rows[-2:]:
        row["answer"] = ""
    for row in rows[:-2]:
        row["answer"] = "no" if int(str(row["row_id"])[1:]) % 2 else "yes"
    house.add("m", block(), rows)
    monkeypatch.chdir(house.root)
    return house.root


def label(place: Path, text: str, *words: str) -> int:
    (place / "late.csv").write_text(text, "utf-8")
    return main(["label", "m", "--from", "late.csv", *words])


def labels(place: Path) -> str:
    return (place / "data" / "m" / "labels.csv").read_text("utf-8")


def test_labels_are_merged_sorted_and_the_same_file_twice_changes_nothing(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert label(place, "row_id,answer\nn9,yes\na7,no\nn1,no\nn10,\n") == 0
    assert labels(place) == "row_id,answer,known_on\na7,no,2026-05-28\nn9,yes,2026-05-28\n"
    before = (place / "data" / "m" / "labels.csv").stat()
    assert label(place, "row_id,answer\nn9,yes\na7,no\nn1,no\nn10,\n") == 0
    after = (place / "data" / "m" / "labels.csv").stat()
    assert label(place, "target,row_id,seen\nyes,n10,2026\n") == 0

    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (
        labels(place)
        == "row_id,answer,known_on\na7,no,2026-05-28\nn10,yes,2026-05-28\nn9,yes,2026-05-28\n"
    )
    assert [record.message for record in caplog.records] == [
        "m label: 2 new, 1 known already",
        "m label: 0 new, 3 known already",
        "m label: 1 new, 0 known already",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("row_id,answer\nn9,yes\nn2,no\n", "1 rows have another label already, first `n2`: `yes`"),
        ("row_id,answer\nn9,yes\nn9,no\n", "row `n9` is once `yes` and once `no`"),
        ("row_id,answer\nn9,perhaps\n", "1 rows have a target that is none, first `n9`: `perhaps`"),
        ("row_id,other\nn9,yes\n", "there is no column `answer`"),
        ("answer\nyes\n", "there is no column `row_id`"),
        ("row_id,answer\nn9,yes,x\n", "line 2: 3 fields, the header has 2"),
    ],
)  # fmt: skip
def test_a_file_with_one_label_that_does_not_fit_is_refused_whole(
    place: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert label(place, text) == 2
    assert message in capsys.readouterr().err
    assert not (place / "data" / "m" / "labels.csv").exists()


def test_a_row_of_the_current_files_keeps_its_label(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    current = place / "data" / "m" / "current"
    current.mkdir()
    (current / "2026-07-01.csv").write_text("row_id,size,answer\nz1,1,yes\nz2,1,\n", "utf-8")

    assert label(place, "row_id,answer\nz1,no\n") == 2
    assert "first `z1`: `yes`, and here `no`" in capsys.readouterr().err
    assert label(place, "row_id,answer\nz1,yes\nz2,no\n") == 0
    assert labels(place) == "row_id,answer,known_on\nz2,no,2026-05-28\n"


def test_a_later_label_is_refused_too(place: Path) -> None:
    assert label(place, "row_id,answer\nn9,yes\n") == 0
    assert label(place, "row_id,answer\nn9,no\n") == 2
    assert labels(place) == "row_id,answer,known_on\nn9,yes,2026-05-28\n"


def test_files_that_disagree_are_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "data" / "m" / "labels.csv").write_text("row_id,answer\nn2,no\n", "utf-8")

    assert label(place, "row_id,answer\nn9,yes\n") == 2
    assert "data/m/labels.csv: 1 rows have another label already" in capsys.readouterr().err


def test_a_table_without_ids_has_numbers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = binary_rows(3)
    rows[0]["answer"], rows[1]["answer"], rows[2]["answer"] = "no", "yes", "no"
    house.add("m", block(), rows)
    monkeypatch.chdir(house.root)

    assert label(house.root, "row_id,answer\nr000002,no\n") == 2
    assert label(house.root, "row_id,answer\nr000002,yes\n") == 0


def test_numbers_are_equal_as_numbers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    text = block(
        task="regression",
        target={"column": "answer"},
        estimator={"name": "ridge"},
        gate={"metric": "r2", "promote_on": "not_worse"},
    )
    rows = [{"row_id": f"n{i}", **row, "answer": f"{i}"} for i, row in enumerate(binary_rows(5))]
    house.add("m", text, rows)
    monkeypatch.chdir(house.root)

    assert label(house.root, "row_id,answer\nn3,3.0\nx,2.5\n") == 0
    assert label(house.root, "row_id,answer\ny,inf\n") == 2
    assert labels(house.root) == "row_id,answer,known_on\nx,2.5,2026-05-28\n"


def test_classes_are_the_table_s_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    target = {"column": "answer", "classes": {"0": "paid", "1": "default"}, "positive": "default"}
    rows = [{"row_id": f"n{i}", **row, "answer": "0"} for i, row in enumerate(binary_rows(5))]
    house.add("m", block(target=target), rows)
    monkeypatch.chdir(house.root)

    assert label(house.root, "row_id,answer\nx,1\n") == 0
    assert label(house.root, "row_id,answer\ny,default\n") == 2


def test_the_answer_for_programs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert label(place, "row_id,answer\nn9,yes\nn1,no\n", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"new": 1, "known": 1}


@given(
    labels=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        st.tuples(st.sampled_from(["yes", "no"]), st.sampled_from(["", "2026-01-31"])),
        min_size=1,
    )
)
def test_what_is_written_is_read_again(
    labels: dict[str, tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    paths = Paths(tmp_path_factory.getbasetemp(), "any")
    plain = ModelBlock.model_validate(block())
    late = Late({row: LateLabel(*label) for row, label in labels.items()})
    write_late(paths, plain, late)

    assert read_late(paths, plain) == late


def test_the_day_on_which_a_label_was_known_stays_with_it(place: Path) -> None:
    written = "row_id,answer,known_on\nn9,yes,2026-03-01\nz,no,\n"
    (place / "data" / "m" / "labels.csv").write_text(written, "utf-8")

    assert label(place, "row_id,answer\nn9,yes\nn10,no\n") == 0
    assert labels(place) == (
        "row_id,answer,known_on\nn10,no,2026-05-28\nn9,yes,2026-03-01\nz,no,\n"
    )


def test_a_day_that_is_none_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = "row_id,answer,known_on\nn9,yes,tomorrow\n"
    (place / "data" / "m" / "labels.csv").write_text(written, "utf-8")

    assert label(place, "row_id,answer\nn10,no\n") == 2
    assert "row `n9`: known_on is `tomorrow`, which is no day" in capsys.readouterr().err
    assert labels(place) == written


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_deliveries_does_not_matter(place: Path, seed: int) -> None:
    lines = [f"x{number},{('yes', 'no')[number % 2]}" for number in range(30)]
    random.Random(seed).shuffle(lines)
    for start in range(0, 30, 7):
        # Deliveries overlap.
        text = "\n".join(["row_id,answer", *lines[max(0, start - 3) : start + 7]])
        assert label(place, text + "\n") == 0

    answers = (f"x{number},{('yes', 'no')[number % 2]}" for number in range(30))
    wanted = sorted(f"{answer},2026-05-28" for answer in answers)
    assert labels(place) == "\n".join(["row_id,answer,known_on", *wanted]) + "\n"


def test_damaged_files_are_refused(place: Path) -> None:
    (place / "data" / "m" / "labels.csv").write_bytes(b"row_id,answer\nn9,\xff\n")
    with pytest.raises(DataError, match="not UTF-8"):
        known_labels(Paths(place, "m"), ModelBlock.model_validate(block()))
