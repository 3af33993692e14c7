"""table.csv: written and read back to the letter, refused with its line where it is torn."""

from pathlib import Path
from typing import Any

import pytest
from house import block
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import ModelBlock
from pipeline.errors import DataError, RegistryError
from pipeline.table import Table, read_accepted, read_table, resolve_columns, table_bytes

HARD = st.text(st.sampled_from("ab ,;\"\r\n\t'\\£€é\u00a0\u0085\u2028\ufeff😀"), max_size=8)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def written(folder: Path, content: bytes) -> Path:
    (folder / "table.csv").write_bytes(content)
    return folder / "table.csv"


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path)
    return "\n".join(caught.value.lines())


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[str]]:
    fields = HARD | ANY
    # A table that begins with the mark of an encoding would lose it as one.
    names = fields.filter(lambda name: not name.startswith("\ufeff"))
    header = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    rows = draw(st.integers(1, 5))
    return {name: draw(st.lists(fields, min_size=rows, max_size=rows)) for name in header}


@settings(deadline=None)
@given(columns=tables())
def test_what_is_written_is_read_back_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[str]]
) -> None:
    content = table_bytes(list(columns), list(zip(*columns.values(), strict=True)))
    path = written(tmp_path_factory.mktemp("t"), content)

    assert read_table(path) == Table(path, columns)
    assert read_table(path).rows == len(next(iter(columns.values())))


def test_a_lone_carriage_return_stays_inside_its_field(tmp_path: Path) -> None:
    """Python's own writer leaves it bare, and every reader ends the row there."""
    content = table_bytes(["a", "b"], [["one\rtwo", "three\r\nfour"]])

    assert content == b'a,b\n"one\rtwo","three\r\nfour"\n'
    assert read_table(written(tmp_path, content)).columns == {
        "a": ["one\rtwo"],
        "b": ["three\r\nfour"],
    }


def test_only_what_needs_quotes_gets_them() -> None:
    assert table_bytes(["a", "b"], [["x y", ""], ["1,5", 'a "b"']]) == (
        b'a,b\nx y,\n"1,5","a ""b"""\n'
    )


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,2\n", b"a,b\r\n1,2\r\n", b"\xef\xbb\xbfa,b\n1,2\n", b"a,b\n\n1,2\n\n", b"a,b\n1,2"],
    ids=["plain", "CRLF", "byte order mark", "empty lines", "no last line end"],
)
def test_a_table_from_any_editor_is_read(tmp_path: Path, content: bytes) -> None:
    assert read_table(written(tmp_path, content)).columns == {"a": ["1"], "b": ["2"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the table has no rows"),
        (b"\n\n", "the table has no rows"),
        (b"a,b\n", "the table has no rows"),
        (b"a,b\n1,2\n3\n", "line 3: 1 fields, the header has 2"),
        (b"a,b\n1,2,3\n", "line 2: 3 fields, the header has 2"),
        (b"a,b\n1;2\n", "line 2: 1 fields, the header has 2"),
        (b'a,b\n1,"2\n3,4\n', "unexpected end of data"),
        (b'a,b\n1,"2"3\n', "line 2: ',' expected after '\"'"),
        (b"a,a\n1,2\n", "the column `a` stands twice"),
        (b"a,b\n1,\xa3\n", "not UTF-8 at byte 6"),
        (b"a,b\n1,2\n3,\x00\n", "line 3: there is a NUL character"),
    ],
    ids=[
        "empty",
        "blank",
        "header only",
        "row too short",
        "row too long",
        "semicolons",
        "quote never closed",
        "quote closed too early",
        "column twice",
        "latin-1",
        "NUL",
    ],
)
def test_a_torn_table_is_refused_with_its_place(
    tmp_path: Path, content: bytes, message: str
) -> None:
    text = refusal(written(tmp_path, content))

    assert message in text
    assert "table.csv: " in text


def test_a_missing_table_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert "hint: put it there, or bring it in with `modelpress ingest`" in refusal(
        tmp_path / "table.csv"
    )


def columns_of(header: list[str], **changes: Any) -> dict[str, str]:
    return resolve_columns(ModelBlock.model_validate(block(**changes)), header, Path("x.csv"))


ALIASED = {
    "features": {
        "size": {"kind": "numeric", "aliases": ["Size (cm)", "SIZE"]},
        "colour": {"kind": "categorical", "aliases": ["color"]},
    }
}


def test_columns_are_found_by_name_or_alias_in_any_order() -> None:
    assert columns_of(["color", "other", "answer", "SIZE"], **ALIASED) == {
        "answer": "answer",
        "size": "SIZE",
        "colour": "color",
    }


def test_a_source_s_word_for_a_feature_may_be_the_table_s_own_word() -> None:
    """In a delivery `timestamp` is the feature; beside its own name it is the table's column."""
    changes = {"features": {"age": {"kind": "numeric", "aliases": ["timestamp"]}}}

    assert columns_of(["timestamp", "answer"], **changes)["age"] == "timestamp"
    assert columns_of(["timestamp", "age", "answer"], **changes)["age"] == "age"


def test_all_missing_columns_are_named_beside_those_there_are() -> None:
    with pytest.raises(DataError) as caught:
        columns_of(["Colour", "answer"])

    assert caught.value.lines()[0] == (
        "x.csv: there is no column `size`, `colour`; the columns are `Colour`, `answer`"
    )


def test_two_columns_that_claim_one_feature_are_refused() -> None:
    with pytest.raises(DataError, match="`size`, `SIZE` are all `size`"):
        columns_of(["SIZE", "size", "colour", "answer"], **ALIASED)


def test_a_table_laid_by_hand_has_no_record(tmp_path: Path) -> None:
    assert read_accepted(tmp_path / "source.json") is None


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"source": "a"}', '{"rows": 3}', '{"source": "a", "rows": "3"}', "<<<<"],
    ids=["cut", "list", "empty", "no rows", "no source", "rows in words", "conflict"],
)
def test_a_damaged_record_is_refused_rather_than_passed_over(tmp_path: Path, text: str) -> None:
    """A record that counts for nothing would let a cut table through."""
    path = tmp_path / "source.json"
    path.write_text(text, "utf-8")

    with pytest.raises(RegistryError) as caught:
        read_accepted(path)
    assert "restore it from Git" in caught.value.hint
