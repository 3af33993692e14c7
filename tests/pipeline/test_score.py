"""`score`: what it answers, what it refuses, and in what form."""

import csv
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from house import House
from hypothesis import example, given
from hypothesis import strategies as st
from scored import scored_house, text_block, text_rows

from modelpress.encode import encode
from modelpress.errors import InputError
from modelpress.loading import load
from modelpress.model import Model, Prediction
from modelpress.signature import Input, Kind, Signature
from pipeline.cli import main
from pipeline.predict import _value
from pipeline.score import csv_input
from pipeline.score.cells import read_cells
from pipeline.score.csv_input import CsvInput
from pipeline.score.header import Columns

HEADER = ["row_id", "label", "probability_no", "probability_yes", "version"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    return scored_house(tmp_path_factory.mktemp("score") / "house")


@pytest.fixture(scope="module")
def model(made: House) -> Model:
    return load(made.root / "models" / "m")


@pytest.fixture
def place(made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for inputs and outputs; the repository is the working directory."""
    monkeypatch.chdir(made.root)
    return tmp_path


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def score(source: Path, output: Path, *words: str) -> int:
    return main(["score", "m", str(source), str(output), *words])


def predicted(model: Model, rows: list[dict[str, object]]) -> list[Prediction]:
    return model.predict(
        [
            {
                "size": float(str(row["size"])) if row["size"] else None,
                "colour": row["colour"] or None,
                "note": row["note"] or None,
            }
            for row in rows
        ]
    )


def assert_answers(told: list[dict[str, str]], wanted: list[Prediction]) -> None:
    assert [row["label"] for row in told] == [answer.label for answer in wanted]
    for row, answer in zip(told, wanted, strict=True):
        assert answer.probabilities is not None
        for label, share in answer.probabilities.items():
            assert float(row[f"probability_{label}"]) == pytest.approx(share, abs=2e-6)


# What it answers


def test_a_file_is_answered_as_row_by_row(place: Path, model: Model) -> None:
    rows = text_rows(500, seed=5)
    assert score(write_csv(place / "in.csv", rows), place / "out.csv") == 0
    told = read_csv(place / "out.csv")

    assert list(told[0]) == HEADER
    assert [row["row_id"] for row in told] == [row["row_id"] for row in rows]
    assert {row["version"] for row in told} == {"v1.0.0"}
    assert_answers(told, predicted(model, rows))
    assert [path.name for path in place.iterdir()] != []
    assert {path.name for path in place.iterdir()} == {"in.csv", "out.csv"}


def test_chunks_do_not_show(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_csv(place / "in.csv", text_rows(200, seed=6))
    assert score(source, place / "whole.csv") == 0
    monkeypatch.setattr(csv_input, "ROWS", 7)
    assert score(source, place / "pieces.csv") == 0

    assert (place / "pieces.csv").read_bytes() == (place / "whole.csv").read_bytes()


def test_parquet_is_read_and_written_with_the_same_answers(place: Path) -> None:
    rows = text_rows(300, seed=7)
    columns = {name: [row[name] or None for row in rows] for name in ("row_id", "colour", "note")}
    sizes = [float(str(row["size"])) if row["size"] else None for row in rows]
    table = pa.table({**columns, "SIZE": pa.array(sizes, pa.float64()), "other": sizes})
    pq.write_table(table, place / "in.parquet", row_group_size=77)
    assert score(place / "in.parquet", place / "out.parquet") == 0
    assert score(place / "in.parquet", place / "from_parquet.csv") == 0
    assert score(write_csv(place / "in.csv", rows), place / "from_csv.csv") == 0
    told = pq.read_table(place / "out.parquet")

    assert (place / "from_parquet.csv").read_bytes() == (place / "from_csv.csv").read_bytes()
    assert told.column_names == HEADER
    assert [str(x) for x in told.schema.types] == ["string", "string", "float", "float", "string"]
    wanted = read_csv(place / "from_csv.csv")
    assert told["label"].to_pylist() == [row["label"] for row in wanted]
    shares = np.array([row["probability_yes"] for row in wanted], np.float32)
    assert (told["probability_yes"].to_numpy() == shares).all()


def test_rows_without_ids_are_numbered_and_refused_ones_count(place: Path) -> None:
    (place / "in.csv").write_text("note,size,colour\nwin,1,red\nwin,x,red\n\nwin,2,red\n", "utf-8")
    assert score(place / "in.csv", place / "out.csv") == 0

    assert [row["row_id"] for row in read_csv(place / "out.csv")] == ["r000001", "r000003"]
    assert [row["row_id"] for row in read_csv(place / "out.csv.rejects.csv")] == ["r000002"]


def test_ids_and_missing_words_are_those_of_the_block(
    made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(Path(shutil.copytree(made.root, tmp_path / "house")))
    house.write_params({"m": text_block(data={"row_id": "ID", "missing": ["", "NA"]})})
    monkeypatch.chdir(house.root)
    (tmp_path / "in.csv").write_text("ID,SIZE,colour,note\na,NA,red,win\nb,,red,win\n", "utf-8")
    assert score(tmp_path / "in.csv", tmp_path / "out.csv") == 0
    first, second = read_csv(tmp_path / "out.csv")

    assert (first["row_id"], second["row_id"]) == ("a", "b")
    assert first["probability_yes"] == second["probability_yes"]


def test_what_needs_quotes_in_an_id_has_them(place: Path) -> None:
    ids = ['a,"b"', "c\nd", "e\rf", "plain"]
    rows: list[dict[str, object]] = [
        {**row, "row_id": x} for x, row in zip(ids, text_rows(4), strict=True)
    ]
    assert score(write_csv(place / "in.csv", rows), place / "out.csv") == 0

    assert [row["row_id"] for row in read_csv(place / "out.csv")] == ids


def test_a_regression_gives_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {
        "task": "regression",
        "target": {"column": "answer"},
        "threshold": {"policy": "none"},
    }
    text = text_block(**changes, estimator={"name": "ridge", "text": {"words": [1, 1]}})
    text["gate"] = {"metric": "r2", "promote_on": "not_worse"}
    rows = text_rows(task="regression")
    house = House.make(tmp_path / "house").add("m", text, rows).stages("m", "export")
    house.register("m", "v1.0.0")
    monkeypatch.chdir(house.root)
    assert score(house.root / "data" / "m" / "table.csv", tmp_path / "out.csv") == 0
    told = read_csv(tmp_path / "out.csv")

    assert list(told[0]) == ["row_id", "value", "version"]
    wanted = [answer.value for answer in predicted(load(house.root / "models" / "m"), rows)]
    assert [float(row["value"]) for row in told] == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_the_version_is_the_one_in_production_or_the_one_named(
    made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(Path(shutil.copytree(made.root, tmp_path / "house")))
    (house.root / "models" / "m" / "production").write_text("", "utf-8")
    monkeypatch.chdir(house.root)
    source = write_csv(tmp_path / "in.csv", text_rows(3))

    assert score(source, tmp_path / "out.csv") == 2
    assert "the model `m` has no version in production" in capsys.readouterr().err
    assert score(source, tmp_path / "out.csv", "--model-version", "v1.0.0") == 0
    assert score(source, tmp_path / "out.csv", "--model-version", "v9.0.0") == 2
    assert "there is no version v9.0.0" in capsys.readouterr().err


# What it refuses


def test_rows_that_cannot_be_answered_are_put_aside_with_line_field_value_and_reason(
    place: Path,
) -> None:
    (place / "in.csv").write_bytes(
        b"row_id,size,colour,note,more\n"  # 1
        b"a,1,red,win,x\n"
        b"b,one,red,win,x\n"  # 3
        b'c,1,red,"two\nlines",x\n'
        b"d,1,red\n"  # 6
        b"e,1,red,win,x,y\n"
        b"f,1_0,red,win,x\n"  # 8
        b"g,nan,red,win,x\n"
        b"h,1e39,red,win,x\n"  # 10
        b"i,1,r\xffd,win,x\n"
        b"j,1,r\x00d,win,x\n"  # 12
        b'k,1,red,"win"s,x\n'
        b"l,,,,\n"  # 14
    )
    assert score(place / "in.csv", place / "out.csv") == 0
    refused = [tuple(row.values()) for row in read_csv(place / "out.csv.rejects.csv")]

    assert [row["row_id"] for row in read_csv(place / "out.csv")] == ["a", "c", "l"]
    assert refused == [
        ("3", "b", "size", "one", "`one` is not a number"),
        ("6", "", "", "d,1,red", "3 fields, the header has 5"),
        ("7", "", "", "e,1,red,win,x,y", "6 fields, the header has 5"),
        ("8", "f", "size", "1_0", "`1_0` is not a number"),
        ("9", "g", "size", "nan", "`nan` is not a number"),
        ("10", "h", "size", "1e39", "`1e+39` is not a finite 32-bit number"),
        ("11", "i", "", "i,1,r\\xffd,win,x", "not UTF-8"),
        ("12", "j", "colour", "r\x00d", "`'r\\x00d'` is not a category"),
        ("13", "", "", "", "',' expected after '\"'"),
    ]


def test_a_quote_that_nobody_closes_does_not_take_the_memory_with_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_input, "_LONGEST", 1000)
    lines = ["row_id,size,colour,note", "a,1,red,win", 'b,1,red,"win']
    lines += [f"c{number},1,red,win" for number in range(200)]
    (place / "in.csv").write_text("\n".join(lines), "utf-8")
    assert score(place / "in.csv", place / "out.csv") == 0
    (refused,) = read_csv(place / "out.csv.rejects.csv")
    told = read_csv(place / "out.csv")

    assert refused["line"] == "3"
    assert refused["reason"].startswith("field larger than field limit (1000); lines 3 to ")
    lost = int(refused["reason"].split()[-3])
    assert len(told) == 1 + 203 - lost


def test_a_row_too_many_in_one_field_is_told_once(place: Path) -> None:
    (place / "in.csv").write_text("size,colour,note\nx,r\0d,win\n", "utf-8")
    assert score(place / "in.csv", place / "out.csv") == 1, "not one row was answered"

    assert [row["line"] for row in read_csv(place / "out.csv.rejects.csv")] == ["2"]
    assert (place / "out.csv").read_text("utf-8") == ",".join(HEADER) + "\n"


def test_an_input_without_rows_gives_an_output_without_rows(place: Path) -> None:
    (place / "in.csv").write_text("size,colour,note\n", "utf-8")
    for name in ("out.csv", "out.parquet"):
        assert score(place / "in.csv", place / name) == 0

    assert (place / "out.csv").read_text("utf-8") == ",".join(HEADER) + "\n"
    assert pq.read_table(place / "out.parquet").column_names == HEADER


def test_rejects_of_an_earlier_run_do_not_stay(place: Path) -> None:
    (place / "in.csv").write_text("size,colour,note\nx,red,win\n1,red,win\n", "utf-8")
    assert score(place / "in.csv", place / "out.csv") == 0
    assert (place / "out.csv.rejects.csv").exists()
    (place / "in.csv").write_text("size,colour,note\n1,red,win\n", "utf-8")
    assert score(place / "in.csv", place / "out.csv") == 0

    assert not (place / "out.csv.rejects.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.csv", b"", "there is no header"),
        ("in.csv", b"size,colour\n1,red\n", "there is no column `note`; the columns are `size`"),
        ("in.csv", b"size,size,colour,note\n", "the column `size` stands twice in the header"),
        ("in.csv", b"s\xffze,colour,note\n", "the header is not UTF-8"),
        ("in.csv", b'"size,colour,note\n', "line 1: unexpected end of data"),
        ("in.parquet", b"PAR1 no", "this is not Parquet"),
        ("in.txt", b"", "this is neither .csv nor .parquet"),
        ("absent.csv", None, "there is no such file"),
    ],
)
def test_an_input_that_is_none_is_refused_whole(
    place: Path, name: str, content: bytes | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (place / name).write_bytes(content)
    before = sorted(place.iterdir())

    assert score(place / name, place / "out.csv") == 2
    assert message in capsys.readouterr().err
    assert sorted(place.iterdir()) == before


def test_the_input_is_never_replaced(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_csv(place / "x.csv.rejects.csv", text_rows(3))
    before = source.read_bytes()

    assert score(source, source) == 2
    assert score(source, place / "x.csv") == 2
    assert "the output would replace the input" in capsys.readouterr().err
    assert source.read_bytes() == before


def test_a_damaged_parquet_file_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = text_rows(200)
    table = pa.table({name: [str(row[name]) for row in rows] for name in rows[0]})
    pq.write_table(table, place / "in.parquet", compression="none", use_dictionary=False)
    content = bytearray((place / "in.parquet").read_bytes())
    content[4:60] = b"\xff" * 56
    (place / "in.parquet").write_bytes(content)

    assert score(place / "in.parquet", place / "out.csv") == 2
    assert "row group 0 cannot be read" in capsys.readouterr().err


def test_the_answer_for_programs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "in.csv").write_text("size,colour,note\nx,red,win\n1,red,win\n", "utf-8")
    assert score(place / "in.csv", place / "out.csv", "--format", "json", "--quiet") == 0

    assert json.loads(capsys.readouterr().out) == {
        "model": "m",
        "version": "v1.0.0",
        "rows": 2,
        "rejected": 1,
        "output": str(place / "out.csv"),
        "rejects": str(place / "out.csv.rejects.csv"),
    }


def megabytes(source: Path, output: Path) -> float:
    """The most memory that a process ever has that scores a file."""
    code = (
        f"from pipeline.cli import main\n"
        f"assert main(['score', 'm', {str(source)!r}, {str(output)!r}]) == 0\n"
        "print(next(x.split()[1] for x in open('/proc/self/status') if x[:6] == 'VmHWM:'))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_file(ending: str, place: Path) -> None:
    rows = text_rows(1000, seed=9) * 30
    write_csv(place / "small.csv", rows)
    write_csv(place / "large.csv", rows * 10)
    if ending == "parquet":
        for name in ("small", "large"):
            table = pacsv.read_csv(place / f"{name}.csv")
            pq.write_table(table, place / f"{name}.parquet")
    small, large = (
        megabytes(place / f"{name}.{ending}", place / f"out.{ending}")
        for name in ("small", "large")
    )

    # The 270,000 rows between the two are 200 MB as Python's own values.
    assert large < small + 60


# Cells


def signature_of(kind: Kind) -> Signature:
    return Signature("m", "binary", (Input("x", kind),), ("a", "b"), "b")


ANY_CELL = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.floats().map(str),
    st.integers().map(str),
    st.sampled_from(
        ["", "nan", "inf", "1_0", " 1 ", "1e39", "-0.0", "\uff11\uff12", "\0", "a\ud800b"]
    ),
)


def asked_of_predict(kind: Kind, cell: str | None) -> object:
    """What `predict FIELD=VALUE` makes of a cell: its tensor, or its refusal."""
    signature = signature_of(kind)
    try:
        value = None if cell is None else _value(signature.inputs[0], cell)
        return encode(signature, [{"x": value}])["x"][0, 0]
    except InputError as error:
        return InputError(error.message.split("`x`: ", 1)[-1])


@pytest.mark.parametrize("kind", ["numeric", "categorical", "text"])
@given(cells=st.lists(ANY_CELL.map(lambda x: x or None), min_size=1, max_size=5))
@example(cells=["1", "nan"])
@example(cells=[None, "2.5"])
def test_a_cell_is_read_and_refused_as_predict_does(kind: Kind, cells: list[str | None]) -> None:
    signature = signature_of(kind)
    read = read_cells(signature, signature.inputs[0], cells)

    for row, cell in enumerate(cells):
        wanted = asked_of_predict(kind, cell)
        if isinstance(wanted, InputError):
            assert read.reasons[row] == wanted.message
        else:
            assert row not in read.reasons
            np.testing.assert_array_equal(read.values[row], wanted)


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("numeric", 3, 3.0),
        ("numeric", Decimal("1.5"), 1.5),
        ("numeric", float("nan"), float("nan")),
        ("categorical", 7, "7"),
        ("categorical", None, ""),
        ("text", None, ""),
    ],
)
def test_a_value_of_parquet_is_read(kind: Kind, value: object, read: object) -> None:
    signature = signature_of(kind)
    for column in ([value], [value, value]):
        cells = read_cells(signature, signature.inputs[0], column)
        assert cells.reasons == {}
        np.testing.assert_array_equal(cells.values, [read] * len(column))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("numeric", True, "`True` is not a number"),
        ("numeric", float("inf"), "`inf` is not a finite 32-bit number"),
        ("numeric", [1], "`[1]` is not a number"),
        ("categorical", 1.0, "`1.0` is not a category"),
        ("categorical", True, "`True` is not a category"),
        ("text", 5, "`5` is not text"),
    ],
)
def test_a_value_of_parquet_is_refused(kind: Kind, value: object, reason: str) -> None:
    signature = signature_of(kind)
    cells = read_cells(signature, signature.inputs[0], ["1", value])

    assert cells.reasons == {1: reason}


# Any file at all


@pytest.fixture(scope="module")
def anything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anything") / "in.csv"


def cut(path: Path, rows: int) -> tuple[list[object], list[object]]:
    """Read a file in chunks of so many rows, each from where the last has ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_input, "ROWS", rows)
        source = CsvInput(path, lambda _: Columns(("b", "c"), (False, False), "a", frozenset({""})))
        taken: list[object] = []
        refused: list[object] = []
        position = source.start
        while chunk := next(source.chunks(position), None):
            taken += zip(chunk.lines, chunk.row_ids, *chunk.columns, strict=True)
            refused += chunk.rejects
            assert chunk.end.rows == len(taken) + len(refused)
            position = chunk.end
    return taken, refused


@given(content=st.lists(st.sampled_from([*'ab,"\r\n\0', "é", "1,2,3\n"]), max_size=40))
@example(content=['"'])
@example(content=["1,2,3\n", '"', "\n", '"', "a"])
def test_no_size_of_chunk_shows_whatever_the_file(content: list[str], anything: Path) -> None:
    anything.write_text("a,b,c\n" + "".join(content), "utf-8", newline="")

    assert cut(anything, 1) == cut(anything, 2) == cut(anything, 1000)


@given(content=st.binary(max_size=60))
def test_bytes_of_any_kind_are_taken_or_refused(content: bytes, anything: Path) -> None:
    anything.write_bytes(b"a,b,c\n" + content)

    assert cut(anything, 1) == cut(anything, 1000)


NUMBER = st.one_of(
    st.floats().map(repr),
    st.decimals(allow_nan=False).map(str),
    st.text("0123456789+-.eExX_ infa", max_size=7),
    st.sampled_from(
        ["", "nan", "NaN", "-inf", "1e39", "0x10", "1_0", " 1", "+1", ".5", "5.", "\uff11"]
    ),
)


def numbers(path: Path, *, plain: bool) -> tuple[list[float], dict[int, str]]:
    """Read a column of numbers, with or without the fast way."""
    signature = signature_of("numeric")
    with pytest.MonkeyPatch.context() as patch:
        if not plain:
            patch.setattr(csv_input, "read_plain", lambda *_: None)
        source = CsvInput(path, lambda _: Columns(("x",), (True,), "", frozenset({""})))
        (chunk,) = source.chunks(source.start)
    (column,) = chunk.columns
    if isinstance(column, np.ndarray):
        assert plain
        return column.astype(np.float32).tolist(), {}
    cells = read_cells(signature, signature.inputs[0], [x or None for x in column])
    return np.asarray(cells.values, np.float32).tolist(), cells.reasons


@given(cells=st.lists(NUMBER, min_size=1, max_size=4))
@example(cells=["1.1", "", "-0.0", "1e-50"])
@example(cells=["3.4028235677973366e38"])
def test_the_fast_way_reads_the_same_numbers(cells: list[str], anything: Path) -> None:
    anything.write_text("y,x\n" + "".join(f"a,{cell}\n" for cell in cells), "utf-8")
    fast, reasons = numbers(anything, plain=True)
    slow, others = numbers(anything, plain=False)

    assert reasons == others
    np.testing.assert_array_equal(fast, slow)
