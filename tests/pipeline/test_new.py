"""The verb `new`: from a table to a model that trains, or everything as it was."""

import json
import logging
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from house import REPOSITORY, House, binary_rows, block
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.cli import main
from pipeline.config import load_block
from pipeline.config.block import FEATURE_PATTERN
from pipeline.connectors import Delivery
from pipeline.errors import DiskError
from pipeline.new.compose import task_of
from pipeline.new.look import Role, look_at, words_for_nothing
from pipeline.new.names import feature_names, word
from pipeline.new.sniff import sniff
from pipeline.table import read_table


class Stranger(NamedTuple):
    """A table, what is to be learnt from it, and what should be found out."""

    content: bytes | str
    target: str
    found: dict[str, Any]


class Refusal(NamedTuple):
    """A call, and what it is answered."""

    fact: str
    content: bytes | str
    target: str = "answer"
    name: str = "m"


class Said(NamedTuple):
    """How the verb ended, and what it said."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def new(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Call:
    """The verb, called as the shell calls it, in a repository with the shipped blocks."""
    shutil.copy(REPOSITORY / "params.yaml", house.root)
    monkeypatch.chdir(house.root)
    caplog.set_level(logging.INFO)

    def call(name: str, file: Path | str, target: str) -> Said:
        code = main(["new", name, "--data", str(file), "--target", target])
        return Said(code, *capsys.readouterr())

    return call


def laid(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(header: list[str], rows: list[list[Any]], mark: str = ",") -> str:
    return "".join(mark.join(map(str, row)) + "\n" for row in [header, *rows])


def everything(root: Path) -> dict[str, bytes]:
    own = [path for path in root.rglob("*") if path.is_file() and ".dvc/tmp" not in str(path)]
    return {str(path.relative_to(root)): path.read_bytes() for path in own}


# Tables that a stranger brings


def reviews() -> bytes:
    """Semicolons, latin-1, a text with accents, an id, a constant, dates, a rare class."""
    dice = random.Random(1)
    good, bad = ("schön", "prima", "très bien", "gern"), ("müde", "schlecht", "dégoûtant", "nie")
    rows = []
    for i in range(400):
        angry = dice.random() < 0.3
        words = [dice.choice(bad if angry else good) for _ in range(4)] + [f"Zimmer {i % 40}"]
        dice.shuffle(words)
        label = "nein" if angry ^ (dice.random() < 0.05) else "ja"
        rows.append([1000 + i, f"2026-01-{i // 20 + 1:02} 08:00", "App", " ".join(words), label])
    return lines(["Nr", "Datum", "Kanal", "Text", "wieder"], rows, ";").encode("latin-1")


def flats() -> str:
    """Tabs, numbers to be told, quotes that are inches, words that stand for nothing."""
    dice = random.Random(2)
    rows = []
    for _ in range(400):
        area, floor = dice.uniform(20, 120), dice.choice(("ground", "middle", "top"))
        rent = 12 * area + 100 * (floor == "top") + dice.gauss(0, 60)
        note = dice.choice(('5" pipe', '"new"', "", "old"))
        rows.append([f"{area:.1f}" if dice.random() > 0.1 else "NA", floor, note, f"{rent:.2f}"])
    return lines(["area", "floor", "note", "rent"], rows, "\t")


def flowers() -> str:
    """The columns of the shipped iris table, as they are."""
    table = read_table(REPOSITORY / "data/iris/table.csv")
    names = [name for name in table.columns if name not in {"row_id", "timestamp"}]
    return lines(names, [list(x) for x in zip(*(table.columns[n] for n in names), strict=True)])


def odd() -> str:
    """Names that are no names of features, one of them the model's own word for its answer."""
    dice = random.Random(3)
    header = ["Größe (cm)", "label", "2nd", "größe cm", "null", "timestamp", 'say "x": y', "ok?"]
    rows = []
    for _ in range(300):
        values = [round(dice.gauss(0, 1), 2) for _ in range(4)]
        score = values[0] + values[3] + dice.gauss(0, 0.5)
        kind = dice.choice("abc")
        rows.append([*values[:2], kind, values[2], kind, values[3], kind * 2, int(score > 0.3)])
    return lines(header, [[*row[:4], *row[4:7], row[7]] for row in rows])


STRANGERS = {
    "semicolons, latin-1 and text": Stranger(
        reviews(),
        "wieder",
        {
            "task": "binary",
            "target": {"column": "wieder", "positive": "nein"},
            "source": {"encoding": "cp1252", "delimiter": ";", "quoting": "standard"},
            "features": {"Text": "text"},
            "row_id": "Nr",
            "timestamp": "Datum",
            "split": "time",
            "estimator": "linear_svm",
        },
    ),
    "tabs and numbers to be told": Stranger(
        flats(),
        "rent",
        {
            "task": "regression",
            "target": {"column": "rent", "positive": ""},
            "source": {"encoding": "utf-8", "delimiter": "\t", "quoting": "standard"},
            "features": {"area": "numeric", "floor": "categorical", "note": "categorical"},
            "missing": ("", "NA"),
            "estimator": "ridge",
        },
    ),
    "the columns of iris": Stranger(
        flowers(),
        "species",
        {
            "task": "multiclass",
            "features": {
                f"{part}_{way}": "numeric"
                for part in ("sepal", "petal")
                for way in ("length", "width")
            },
            "estimator": "logistic_regression",
        },
    ),
    "odd names": Stranger(
        odd(),
        "ok?",
        {
            "task": "binary",
            "features": {
                "grosse_cm": "numeric",
                "label_2": "numeric",
                "x_2nd": "categorical",
                "grosse_cm_2": "numeric",
                "null": "categorical",
                "timestamp_2": "numeric",
                "say_x_y": "categorical",
            },
        },
    ),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_s_table_becomes_a_model_that_trains_with_no_other_edit(
    house: House, new: Call, tmp_path: Path, stranger: Stranger
) -> None:
    before = (house.root / "params.yaml").read_text("utf-8")
    said = new("m", laid(tmp_path, "table.txt", stranger.content), stranger.target)
    assert (said.code, said.err) == (0, "")

    after = (house.root / "params.yaml").read_text("utf-8")
    assert after.startswith(before.rstrip("\n"))
    assert said.out in after
    written = load_block(house.root, "m")
    (source,) = written.data.sources.values()
    assert _seen(written, source) | stranger.found == _seen(written, source)
    assert (house.root / "models/m/production").read_bytes() == b""

    house.stages("m")
    verdict = json.loads(house.artifact("m", "gate.json").read_text("utf-8"))["verdict"]
    assert verdict == "accepted"


def _seen(written: Any, source: Any) -> dict[str, Any]:
    return {
        "task": written.task,
        "target": {"column": written.target.column, "positive": written.target.positive},
        "source": {k: getattr(source, k) for k in ("encoding", "delimiter", "quoting")},
        "features": {name: feature.kind for name, feature in written.features.items()},
        "missing": written.data.missing,
        "row_id": written.data.row_id,
        "timestamp": written.data.timestamp and written.data.timestamp.column,
        "split": written.split.method,
        "estimator": written.estimator.name,
    }


def test_what_is_left_out_is_said_with_the_reason(new: Call, tmp_path: Path) -> None:
    out = new("m", laid(tmp_path, "reviews.csv", reviews()), "wieder").out

    assert "# Nr: left out, row_id: a value of its own in every row" in out
    assert "# Datum: left out, timestamp: dates such as 2026-01-01 08:00" in out
    assert "# Kanal: left out, constant: 1 value" in out
    assert "positive: nein  # the rarer of the two classes" in out


def test_the_table_comes_along_and_can_be_renewed(
    house: House, new: Call, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = laid(tmp_path, "reviews.csv", reviews())
    new("m", file, "wieder")
    table = house.root / "data/m/table.csv"
    first = table.read_bytes()

    assert read_table(table).rows == 400
    assert "m new: 400 rows; look the block over in params.yaml" in caplog.messages[0]
    assert main(["ingest", "m", "--from", str(file)]) == 0
    assert table.read_bytes() == first


def test_a_file_without_defaults_gets_a_block_that_is_whole(
    house: House, new: Call, tmp_path: Path
) -> None:
    laid(house.root, "params.yaml", "# mine\nmodels: {} # none yet\n")

    assert new("m", laid(tmp_path, "t.tsv", flats()), "rent").code == 0
    assert load_block(house.root, "m").contract.min_rows_share == 0.8
    assert (
        (house.root / "params.yaml").read_text("utf-8").startswith("# mine\nmodels: # none yet\n")
    )


# What is refused


SOUND = lines(["size", "colour", "answer"], [list(row.values()) for row in binary_rows(60)])

REFUSALS = {
    "a model's name": Refusal("there is a model `iris` already", SOUND, name="iris"),
    "no model's name": Refusal("`My_Model` is no model name", SOUND, name="My_Model"),
    "a value in YAML": Refusal("`null` is a value in YAML", SOUND, name="null"),
    "no such target": Refusal("there is no column `Answer`", SOUND, "Answer"),
    "an empty file": Refusal("the file is empty", ""),
    "a header only": Refusal("no rows, only a header", "size,answer\n"),
    "ragged rows": Refusal(
        "table.csv:62: with the delimiter `,`: 2 fields, the header has 3", SOUND + "1,red\n"
    ),
    "one column": Refusal("leaves one column, `answer`", "answer\nyes\nno\n"),
    "one class": Refusal("has 1 different values in 60 rows", SOUND.replace("yes", "no")),
    "a name as the target": Refusal(
        "has 50 different values in 50 rows",
        lines(["a", "b"], [[i, f"n{i}"] for i in range(50)]),
        "b",
    ),
    "no feature": Refusal(
        "no column can be a feature: `id` is row_id (a value of its own in every row); `k` is",
        lines(["id", "k", "answer"], [[i, "x", i % 2] for i in range(50)]),
    ),
    "a column twice": Refusal("the column `a` stands twice", "a,a,answer\n1,2,3\n"),
    "a cut archive": Refusal("the archive is damaged", b"PK\x03\x04" + bytes(9)),
    "a workbook": Refusal("this is an Excel workbook", b"\xd0\xcf\x11\xe0" + bytes(9)),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_leaves_everything_as_it_was(
    house: House, new: Call, tmp_path: Path, refusal: Refusal
) -> None:
    before = everything(house.root)
    said = new(refusal.name, laid(tmp_path, "table.csv", refusal.content), refusal.target)

    assert said.code == 2
    assert said.err.startswith("error: ")
    assert refusal.fact in said.err
    assert said.out == ""
    assert everything(house.root) == before
    assert not (house.root / "data").exists()


@pytest.mark.parametrize("file", ["table.csv", "table.csv.dvc"])
def test_a_table_that_is_there_is_never_overwritten(
    house: House, new: Call, tmp_path: Path, file: str
) -> None:
    """That of a retired model, say; a large one is there by its pointer alone."""
    (house.root / "data/m").mkdir(parents=True)
    laid(house.root / "data/m", file, "x")
    said = new("m", laid(tmp_path, "t.csv", SOUND), "answer")

    assert said.code == 2
    assert f"data/m/{file}: there is a table of a model `m` already" in said.err


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("pipeline.new.load_block", AssertionError),
        ("pipeline.new.lay_pointer", DiskError),
        ("pipeline.new.read", AssertionError),
        ("pipeline.new.accept", OSError),
        ("pipeline.source.sha256_of", AssertionError),
        ("pipeline.source.write_json", DiskError),
    ],
)
def test_a_failure_at_any_step_leaves_nothing_half_written(
    house: House, new: Call, tmp_path: Path, step: str, error: type[Exception]
) -> None:
    """A full disk, or a defect of ours; and at every step an impatient user."""
    before = everything(house.root)
    file = laid(tmp_path, "t.csv", SOUND)
    if error is AssertionError:
        with mock.patch(step, side_effect=error), pytest.raises(error):
            new("m", file, "answer")
    else:
        with mock.patch(step, side_effect=error("full")):
            assert new("m", file, "answer").code == 2
    with mock.patch(step, side_effect=KeyboardInterrupt):
        assert new("m", file, "answer").code == 130

    assert everything(house.root) == before
    assert not (house.root / "data").exists()
    assert not (house.root / "models").exists()


def test_a_fault_in_another_block_does_not_stop_a_new_one(
    house: House, new: Call, tmp_path: Path
) -> None:
    house.write_params({"bad": {"title": 1}, "good": block()})

    assert new("m", laid(tmp_path, "t.csv", SOUND), "answer").code == 0
    assert list(house.params) == ["bad", "good", "m"]


# How a file is written


def seen(content: bytes | str) -> tuple[str, str, str, int]:
    raw = content if isinstance(content, bytes) else content.encode()
    source, parsed = sniff(Delivery("x", "", raw))
    return source.encoding, source.delimiter, source.quoting, len(parsed.rows)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", ("utf-8", ",", "standard", 1)),
        ('a;b\n"1;5";x, y\n', ("utf-8", ";", "standard", 1)),
        ("a|b|c\n1|2,5|3;4\n", ("utf-8", "|", "standard", 1)),
        ("a\tb\n1\tx\n", ("utf-8", "\t", "standard", 1)),
        ('a\tb\n1\t"x\n2\ty"\n', ("utf-8", "\t", "none", 2)),
        ('a\tb\n1\t5" x\n2\t"y" z\n', ("utf-8", "\t", "none", 2)),
        ('a,b\n1,"x\n2,y"\n', ("utf-8", ",", "standard", 1)),
        ("a,b\n1,£\n".encode("latin-1"), ("cp1252", ",", "standard", 1)),
        (b"a,b\n1,\x81\n", ("latin-1", ",", "standard", 1)),
        ("a,b\n1,£\n".encode("utf-16"), ("utf-16", ",", "standard", 1)),
        ("\ufeffa,b\r\n1,£\r\n", ("utf-8", ",", "standard", 1)),
    ],
    ids=[
        "commas",
        "semicolons with quotes",
        "bars around other marks",
        "tabs",
        "stray quotes glue rows",
        "quotes are inches",
        "a line end in quotes",
        "cp1252",
        "latin-1",
        "utf-16",
        "byte order mark",
    ],
)
def test_the_way_a_file_is_written_is_found(
    content: bytes | str, expected: tuple[str, str, str, int]
) -> None:
    assert seen(content) == expected


# What a column is

FIRST = "the first of all"


@pytest.mark.parametrize(
    ("column", "values", "role"),
    [
        ("x", ["1", "2.5", "-3e2"] * 5, "numeric"),
        (FIRST, [f"{i / 7:.3f}" for i in range(50)], "numeric"),
        (FIRST, [str(i * i % 97) for i in range(50)], "numeric"),
        ("x", [str(i) for i in range(50)], "numeric"),
        (FIRST, [str(i) for i in range(50)], "row_id"),
        (FIRST, [f"k{i}" for i in range(50)], "row_id"),
        ("user_id", [f"k{i}" for i in range(50)], "row_id"),
        ("userId", [str(i * 37 % 101) for i in range(50)], "row_id"),
        ("user_id", ["1", "2"] * 25, "numeric"),
        ("idea", [f"{i / 7:.3f}" for i in range(50)], "numeric"),
        ("x", ["red", "green", ""] * 9, "categorical"),
        ("x", ["0_1", "1_0"] * 9, "categorical"),
        ("x", ["x", ""] * 9, "categorical"),
        ("x", ["1", ""] * 9, "categorical"),
        ("x", ["x"] * 9, "constant"),
        ("x", [""] * 9, "constant"),
        ("x", [f"w{i}" for i in range(300)], "unique"),
        ("x", [f"{i},5" for i in range(300)], "unique"),
        (FIRST, [f"one two three {i}" for i in range(50)], "text"),
        ("x", ["one two three", "four five six"] * 9, "categorical"),
        ("x", ["2026-01-31", "2026-01-31T10:00Z", ""], "timestamp"),
        ("x", ["20260131", "20260201"], "numeric"),
        ("x", ["31.1.2026", "1.2.2026"] * 9, "categorical"),
    ],
    ids=[
        "numbers",
        "measures that lead the table",
        "whole numbers in no order",
        "a count inside the table",
        "a count that leads the table",
        "keys that lead the table",
        "keys named id",
        "keys named Id",
        "an id that repeats",
        "a name like id",
        "words",
        "numbers with underscores",
        "a word or nothing",
        "a number or nothing",
        "one word",
        "nothing",
        "a word for each row",
        "decimal commas",
        "texts",
        "few sentences",
        "dates",
        "numbers like dates",
        "dates of another form",
    ],
)
def test_a_column_s_role_is_seen_from_its_values(
    column: str, values: list[str], role: Role
) -> None:
    assert look_at(column, values, first=column == FIRST).role == role


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b", ""], "binary"),
        (["0", "1"], "binary"),
        (["a", "b", "c"], "multiclass"),
        (["1", "2", "3"], "multiclass"),
        (["1.0", "2.0", "3.0"], "multiclass"),
        (["1", "2.5", "3"], "regression"),
        ([str(i) for i in range(30)], "regression"),
        ([f"c{i}" for i in range(30)], "multiclass"),
    ],
    ids=[
        "words",
        "codes",
        "three words",
        "few codes",
        "codes with points",
        "measures",
        "many numbers",
        "many words",
    ],
)
def test_the_task_is_seen_from_the_target(values: list[str], task: str) -> None:
    assert task_of(values) == task


def test_moments_that_some_rows_lack_do_not_cut_the_table(
    house: House, new: Call, tmp_path: Path
) -> None:
    rows = [
        [*row.values(), "" if i == 3 else "2026-01-01"] for i, row in enumerate(binary_rows(60))
    ]
    rows[0][-1] = "2026-01-02"

    assert new("m", laid(tmp_path, "t.csv", lines(["s", "c", "y", "at"], rows)), "y").code == 0
    assert load_block(house.root, "m").split.method == "random"


def test_words_for_nothing_are_those_among_numbers() -> None:
    columns = {
        "a": ["1", "NA", ""],
        "b": ["x", "?", "None"],
        "c": ["2", "null", "3"],
        "y": ["1", "2", "-"],
    }

    assert words_for_nothing(columns, "y") == ("-", "NA", "null")
    assert words_for_nothing(columns | {"y": ["NA", "EU", "EU"]}, "y") == ("null",)


# Names and words


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
    | st.sampled_from(
        ["label", "value", "row_id", "y", "null", "Größe", "grosse", "grosse_2", "2", ""]
    ),
    unique=True,
    max_size=8,
)


@given(columns=NAMES, taken=st.sets(st.sampled_from(["y", "label", "value", "grosse"])))
def test_every_column_gets_a_feature_s_name_of_its_own(columns: list[str], taken: set[str]) -> None:
    names = feature_names(columns, taken)

    assert list(names.keys() ^ set(columns)) == []
    made = list(names.values())
    assert len(set(made)) == len(made)
    assert not {*taken, "row_id", "timestamp"} & set(made)
    assert [name for name in made if not re.fullmatch(FEATURE_PATTERN, name)] == []
    # An alias that is another feature's name would make both unreadable.
    assert [c for c, n in names.items() if n != c and n in columns] == []


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_any_word_is_read_back_by_yaml(text: str) -> None:
    line = f"key: [{word(text)}]  # comment"

    assert YAML(typ="safe", pure=True).load(line) == {"key": [text]}
    assert len(line.splitlines()) == 1


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(deadline=None, max_examples=30)
@given(header=st.lists(CELLS, min_size=2, max_size=4, unique=True), seed=st.integers(0, 999))
def test_any_header_leads_to_a_sound_block_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], seed: int
) -> None:
    """No column's name can break out of its line of the file."""
    folder = tmp_path_factory.mktemp("n")
    before = "defaults: &d\n  tune: {trials: 0}\n\nmodels: {}\n"
    laid(folder, "params.yaml", before)
    dice = random.Random(seed)
    quoted = ['"' + name.replace('"', '""') + '"' for name in header]
    rows = [[dice.choice(("1.5", "2", "x y")) for _ in header] for _ in range(30)]
    file = laid(folder, "t.csv", lines(quoted, rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        code = main(["new", "m", f"--data={file}", f"--target={header[-1].strip()}"])

    after = (folder / "params.yaml").read_text("utf-8")
    if code:
        assert after == before
    else:
        assert after.startswith("defaults: &d\n  tune: {trials: 0}\n\nmodels:\n\n  m:\n")
        assert len(load_block(folder, "m").features) == len(header) - 1
        assert read_table(folder / "data/m/table.csv").rows == 30
