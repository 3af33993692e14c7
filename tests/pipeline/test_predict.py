"""The verb `predict`: what it answers, which model answers, and what it refuses to be asked."""

import io
import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from house import House, binary_rows, block
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelpress.errors import InputError
from modelpress.loading import load
from pipeline.cli import main
from pipeline.predict import _row

CANDIDATE = "m: nothing in production yet; the candidate answers\n"

FEATURES = {
    "size": {"kind": "numeric"},
    "colour": {"kind": "categorical"},
    "note": {"kind": "text"},
}
ROW = {"size": 1.5, "colour": "red", "note": "good"}
WORDS = ("size=1.5", "colour=red", "note=good")
REGRESSION: dict[str, Any] = {
    "task": "regression",
    "target": {"column": "answer"},
    "features": {"size": {"kind": "numeric"}},
    "estimator": {"name": "ridge"},
    "gate": {"metric": "r2", "promote_on": "not_worse"},
}


class Said(NamedTuple):
    """How a call ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What stands on stdout: one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Said]


def with_notes(count: int) -> list[dict[str, object]]:
    rows = binary_rows(count)
    return [r | {"note": "good" if (r["answer"] == "yes") ^ (i % 5 == 0) else "bad"}
            for i, r in enumerate(rows)]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A candidate `m` of every kind of feature, and `n`, a regression; tests ask copies."""
    house = House.make(tmp_path_factory.mktemp("predict") / "house")
    house.add("m", block(features=FEATURES), with_notes(300))
    numbers = [
        r | {"answer": i % 7 + float(str(r["size"]))} for i, r in enumerate(binary_rows(300))
    ]
    house.add("n", block(**REGRESSION), numbers)
    return house.stages("m", until="export").stages("n", until="export")


@pytest.fixture
def house(made: House, tmp_path: Path) -> House:
    return House(Path(shutil.copytree(made.root, tmp_path / "copy")))


@pytest.fixture
def predict(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """The verb, called as the shell calls it."""
    monkeypatch.chdir(house.root)

    def call(*words: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main(["predict", *words])
        return Said(code, *capsys.readouterr())

    return call


def piped(house: House, stdin: bytes, *words: str) -> Said:
    """Run the verb as a program of its own, and pipe bytes into it."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "predict", *words],
        cwd=house.root,
        input=stdin,
        capture_output=True,
        check=False,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def answered(folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    """What the runtime says, to the last digit."""
    answer = load(folder).predict(row)
    if answer.value is not None:
        return {"value": answer.value}
    version = {"version": answer.version} if answer.version else {}
    return {"label": answer.label, "probabilities": answer.probabilities, **version}


# Which model answers


def test_before_a_promotion_the_candidate_answers_and_that_is_said(
    house: House, predict: Call
) -> None:
    said = predict("m", *WORDS)

    assert (said.code, said.err) == (0, CANDIDATE)
    assert said.answers == [answered(house.artifact("m", ""), ROW)]


def test_the_version_in_production_answers_even_if_there_is_a_later_candidate(
    house: House, predict: Call
) -> None:
    folder = house.register("m", "v1.2.0")
    estimator = {"name": "logistic_regression", "parameters": {"C": 0.001}}
    house.add("m", block(features=FEATURES, estimator=estimator), with_notes(300))
    house.stages("m", until="export")
    said = predict("m", *WORDS)

    assert (said.code, said.err) == (0, "")
    assert said.answers == [answered(folder, ROW) | {"version": "v1.2.0"}]
    assert said.answers != [answered(house.artifact("m", ""), ROW) | {"version": "v1.2.0"}]


def test_production_answers_without_any_candidate_or_block(house: House, predict: Call) -> None:
    """A clone has no candidate, and a block may have faults just now."""
    house.register("m", "v1.2.0")
    shutil.rmtree(house.root / "artifacts")
    house.write_params({"m": {"title": 1}})

    assert predict("m", *WORDS).code == 0


def test_a_number_is_answered_by_a_value(house: House, predict: Call) -> None:
    said = predict("n", "size=2")

    assert said.answers == [answered(house.artifact("n", ""), {"size": 2})]
    assert set(said.answers[0]) == {"value"}


@pytest.mark.parametrize(
    ("where", "remedy"),
    [
        ("artifacts/m", "`modelpress run --force m` makes it again"),
        ("models/m/v1.2.0", "the file was changed or damaged: restore it from Git"),
    ],
)
def test_a_model_file_that_is_not_its_record_s_is_refused(
    house: House, predict: Call, where: str, remedy: str
) -> None:
    if where.startswith("models"):
        house.register("m", "v1.2.0")
    file = house.root / where / "model.onnx"
    file.write_bytes(file.read_bytes() + b"\n")
    said = predict("m", *WORDS)

    assert (said.code, said.out) == (2, "")
    assert f"{where}/model.onnx` has sha256 " in said.err
    assert f"hint: {remedy}\n" in said.err


def test_an_unknown_model_and_one_that_was_never_run_are_told_apart(
    house: House, predict: Call
) -> None:
    house.add("fresh", block(), binary_rows(40))
    unknown, fresh = predict("x", "size=1"), predict("fresh", "size=1")

    assert (unknown.code, fresh.code) == (2, 2)
    assert unknown.err.splitlines() == [
        "error: params.yaml: there is no model `x`",
        "hint: there are fresh, m, n",
    ]
    assert fresh.err.splitlines() == [
        "error: the model `fresh` has no version in production, and no candidate here",
        "hint: `modelpress run --force fresh` makes one",
    ]


@pytest.mark.parametrize(
    ("pointer", "fact"),
    [
        ("latest\n", "models/m/production: `latest` is no version"),
        ("v9.9.9\n", "models/m/production: it names v9.9.9, which is not there"),
    ],
)
def test_a_pointer_that_leads_nowhere_is_refused_though_there_is_a_candidate(
    house: House, predict: Call, pointer: str, fact: str
) -> None:
    (house.root / "models/m/production").write_text(pointer, "utf-8")
    said = predict("m", *WORDS)

    assert (said.code, said.out) == (2, "")
    assert fact in said.err


# Fields as words


@pytest.mark.parametrize(
    ("words", "row"),
    [
        (["size=", "colour=", "note="], {"size": None, "colour": None, "note": None}),
        (["size=-1e2", "colour=a=b", "note= two  words "],
         {"size": -100, "colour": "a=b", "note": "two words"}),
        (["size= 7 ", "colour=-", "note=WIN £5 ÜBER"],
         {"size": 7, "colour": "-", "note": "WIN £5 ÜBER"}),
    ],
)  # fmt: skip
def test_words_say_what_a_row_says(
    house: House, predict: Call, words: list[str], row: dict[str, Any]
) -> None:
    assert predict("m", *words).answers == [answered(house.artifact("m", ""), row)]


FAULTS = {
    "missing": (["size=1", "note=x"], "row 0: field `colour` is absent", "give every field"),
    "nothing at all": ([], "is absent", "`null` says that a value is missing"),
    "unknown": ([*WORDS, "weight=3"], "unknown field `weight`", "are colour, note, size"),
    "mistyped": (["Size=1", "colour=red", "note=x"], "unknown field `Size`", "colour, note, size"),
    "no number": (["size=big", *WORDS[1:]], "field `size`: `big` is not a number", "leave it"),
    "underscore": (["size=1_0", *WORDS[1:]], "field `size`: `1_0` is not a number", "leave it"),
    "NaN": (["size=nan", *WORDS[1:]], "field `size`: `nan` is not a number", "leave it empty"),
    "infinite": (["size=-inf", *WORDS[1:]], "`-inf` is not a finite 32-bit number", "null"),
    "huge": (["size=1e39", *WORDS[1:]], "`1e+39` is not a finite 32-bit number", "null"),
    "endless": ([f"size={'9' * 9999}", *WORDS[1:]], "`inf` is not a finite 32-bit number", "null"),
    "twice": ([*WORDS, "size=2"], "field `size` stands twice", "the fields are colour, note, size"),
    "no value": (["size", *WORDS[1:]], "`size` is no FIELD=VALUE", "are colour, note, size"),
    "half a character": (["colour=\udcff", "size=1", "note=x"], "is not a category", "as text"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "fact", "hint"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_words_is_named_with_its_remedy(
    predict: Call, words: list[str], fact: str, hint: str
) -> None:
    said = predict("m", *words)

    assert (said.code, said.out) == (2, "")
    first, second = said.err.removeprefix(CANDIDATE).splitlines()
    assert first.startswith("error: ")
    assert fact in first
    assert second.startswith("hint: ")
    assert hint in second


@given(words=st.lists(st.text() | st.text().map(lambda text: f"size={text}"), max_size=4))
@settings(deadline=None)
@example(words=["size=٣"])
@example(words=["size=infinity"])
def test_any_words_become_a_row_or_a_refusal(made: House, words: list[str]) -> None:
    model = load(made.artifact("m", ""))
    hint = ""
    try:
        row = _row(model, words)
    except InputError as error:
        row, hint = {}, error.hint
    assert hint or set(row) == {word.partition("=")[0] for word in words}
    size = row.get("size")
    assert size is None or (isinstance(size, float) and not math.isnan(size))


# Rows as JSON


def test_a_row_of_json_is_answered_as_the_words_are(predict: Call) -> None:
    by_words = predict("m", *WORDS)

    assert predict("m", "--json", "-", stdin=json.dumps(ROW)) == by_words


def test_a_list_is_answered_line_by_line_in_its_order(house: House, predict: Call) -> None:
    rows = [ROW | {"size": size} for size in (3, None, -2.5, 0)]
    said = predict("m", "--json", "-", stdin=json.dumps(rows))

    assert said.code == 0
    one_by_one = [answered(house.artifact("m", ""), row) for row in rows]
    assert [x["label"] for x in said.answers] == [x["label"] for x in one_by_one]
    told = [x["probabilities"]["yes"] for x in said.answers]
    assert told == pytest.approx([x["probabilities"]["yes"] for x in one_by_one], abs=1e-6)
    assert len(set(told)) == len(rows)


def test_a_file_is_read_from_where_the_user_stands(
    house: House, predict: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = house.root / "somewhere" / "below"
    folder.mkdir(parents=True)
    (folder / "row.json").write_text(json.dumps(ROW), "utf-8")
    monkeypatch.chdir(folder)

    assert predict("m", "--json", "row.json").answers == [answered(house.artifact("m", ""), ROW)]


def test_no_rows_get_no_answers(predict: Call) -> None:
    assert predict("m", "--json", "-", stdin="[]") == (0, "", CANDIDATE)


def test_a_byte_order_mark_is_no_part_of_a_row(house: House, predict: Call) -> None:
    """Some editors and shells write one before everything, into files and into pipes."""
    marked = "\ufeff" + json.dumps(ROW)
    (house.root / "row.json").write_text(marked, "utf-8")

    assert predict("m", "--json", "row.json").code == 0
    assert predict("m", "--json", "-", stdin=marked).code == 0


def with_size(text: str) -> str:
    return json.dumps(ROW).replace("1.5", text)


JSON_FAULTS = {
    "empty": ("", "-: this is not JSON"),
    "blank": ("\n", "-: this is not JSON"),
    "cut": ('{"size": 1.5, "col', "-: this is not JSON"),
    "lines": (f"{json.dumps(ROW)}\n{json.dumps(ROW)}\n", "this is not JSON: Extra data: line 2"),
    "key twice": (with_size('1, "size": 2'), "the key `size` stands twice in one object"),
    "a number": ("7", "-: a row is not an object"),
    "null": ("null", "-: a row is not an object"),
    "lists": ("[[1, 2]]", "-: a row is not an object"),
    "nested": (with_size('{"cm": 3}'), "field `size`: `{'cm': 3}` is not a number"),
    "nested list": (with_size("[1]"), "field `size`: `[1]` is not a number"),
    "nested deep": (with_size("[" * 500 + "]" * 500), "field `size`: `[[[["),
    "nested without end": ("[" * 100_000, "-: this is not JSON: maximum recursion"),
    "true": (with_size("true"), "field `size`: `True` is not a number"),
    "quoted": (with_size('"1.5"'), "field `size`: `'1.5'` is not a number"),
    "NaN": (with_size("NaN"), "field `size`: `nan` is not a finite 32-bit number"),
    "huge": (with_size("1e999"), "field `size`: `inf` is not a finite 32-bit number"),
    "long": (with_size("9" * 4000), "999...` is not a finite 32-bit number"),
    "endless": (with_size("9" * 9000), "-: this is not JSON"),
    "no text": (json.dumps(ROW | {"note": 5}), "field `note`: `5` is not text"),
    "no category": (json.dumps(ROW | {"colour": 0.5}), "field `colour`: `0.5` is not a category"),
    "missing": ('{"size": 1}', "row 0: field `colour` is absent"),
    "missing in a later row": (json.dumps([ROW, {"size": 1}]), "row 1: field `colour` is absent"),
    "unknown": (json.dumps(ROW | {"Size": 1}), "row 0: unknown field `Size`"),
}


@pytest.mark.parametrize(("text", "fact"), JSON_FAULTS.values(), ids=JSON_FAULTS)
def test_a_fault_in_the_json_is_named_and_nothing_is_answered(
    predict: Call, text: str, fact: str
) -> None:
    said = predict("m", "--json", "-", stdin=text)

    assert (said.code, said.out) == (2, "")
    first, *rest = said.err.removeprefix(CANDIDATE).splitlines()
    assert first.startswith("error: ")
    assert fact in first
    assert len(first) < 400
    assert all(line.startswith("hint: ") for line in rest)
    assert rest or "not JSON" not in first


def test_a_value_nested_deeper_than_python_can_write_is_refused(made: House) -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    model = load(made.artifact("m", ""))

    for field in ROW:
        with pytest.raises(InputError, match="nested too deep"):
            model.predict(ROW | {field: value})


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["--json", "none.json"], "none.json: cannot be read: no such file or directory"),
        (["--json", "."], ".: cannot be read: is a directory"),
        (["size=1", "--json", "-"], "there are both FIELD=VALUE and --json"),
    ],
)
def test_a_place_that_gives_no_rows_is_named(predict: Call, words: list[str], fact: str) -> None:
    said = predict("m", *words)

    assert (said.code, said.out) == (2, "")
    assert f"error: {fact}\n" in said.err


def test_a_program_in_a_pipe_gets_answers_in_utf_8_and_an_exit_code(house: House) -> None:
    said = piped(
        house, json.dumps([ROW | {"note": "£5 für dich"}] * 3).encode(), "m", "--json", "-"
    )

    assert said.code == 0
    assert len(said.answers) == 3
    assert said.err == CANDIDATE


@pytest.mark.parametrize("stdin", [b"", b"\xff\xfe{", b'{"size": \xe9}', b"\0"])
def test_bytes_that_are_no_text_leave_no_traceback(house: House, stdin: bytes) -> None:
    said = piped(house, stdin, "m", "--json", "-")

    assert (said.code, said.out) == (2, "")
    assert "error: -: this is not JSON" in said.err
    assert "Traceback" not in said.err
