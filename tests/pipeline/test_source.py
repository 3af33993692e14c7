"""A delivery is read as its source declares it, or refused with the place and the remedy."""

import gzip
import http.server
import io
import socket
import threading
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from house import block
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import ModelBlock
from pipeline.config.data import Timestamp
from pipeline.config.sources import Delimited
from pipeline.connectors import Delivery, fetch, name_of
from pipeline.connectors.http import Patience
from pipeline.errors import DataError
from pipeline.source import Canonical, Parsed, canonical, parse, unpack
from pipeline.source.moments import to_utc

PLAIN: dict[str, Any] = {"encoding": "utf-8", "delimiter": ",", "quoting": "standard"}


def source(**changes: Any) -> Delimited:
    return Delimited(**(PLAIN | changes))


def delivery(content: bytes, name: str = "file.csv") -> Delivery:
    return Delivery(name, "", content)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def said(error: DataError) -> str:
    return "\n".join(error.lines())


# Out of the archive and the encoding


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("a,£\n".encode(), "utf-8"),
        ("\ufeffa,£\n".encode(), "utf-8"),
        ("a,£\n".encode("latin-1"), "latin-1"),
        ("a,£\n".encode("cp1252"), "windows-1252"),
        ("a,£\n".encode("utf-16"), "utf-16"),
        (gzip.compress("a,£\n".encode()), "utf-8"),
        (zipped({"a.csv": "a,£\n".encode()}), "utf-8"),
        (zipped({"folder/": b"", "folder/a.csv": "a,£\n".encode()}), "utf-8"),
        (zipped({"a.csv": "a,£\n".encode(), "__MACOSX/._a.csv": b"\0"}), "utf-8"),
    ],
    ids=["utf-8", "mark", "latin-1", "cp1252", "utf-16", "gzip", "zip", "folder", "macOS"],
)
def test_a_pound_sign_survives_every_wrapping(content: bytes, encoding: str) -> None:
    assert unpack(delivery(content), source(encoding=encoding)) == "a,£\n"


@pytest.mark.parametrize("pattern", ["Table*", "*", ""], ids=["pattern", "star", "none"])
def test_the_member_of_an_archive_is_found_by_its_pattern(pattern: str) -> None:
    files = {"Table": b"a,b\n"} | ({"readme": b"x"} if pattern == "Table*" else {})

    assert unpack(delivery(zipped(files)), source(member=pattern)) == "a,b\n"


@pytest.mark.parametrize(
    ("files", "pattern", "message"),
    [
        ({"a.csv": b"", "b.csv": b""}, "", "2 files in the archive match `*`; it holds `a.csv`"),
        ({"a.csv": b"", "b.csv": b""}, "c*", "0 files in the archive match `c*`"),
        ({}, "", "0 files in the archive match `*`; it holds nothing"),
    ],
    ids=["two", "another name", "empty"],
)
def test_an_archive_without_the_one_file_is_refused(
    files: dict[str, bytes], pattern: str, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        unpack(delivery(zipped(files), "x.zip"), source(member=pattern))

    assert said(caught.value).startswith(f"x.zip: {message}")
    assert "data.sources.<name>.member" in caught.value.hint


@pytest.mark.parametrize(
    "content",
    [zipped({"a.csv": b"a,b\n1,2\n" * 100}), gzip.compress(b"a,b\n1,2\n" * 100)],
    ids=["zip", "gzip"],
)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
def test_an_archive_cut_short_is_refused(content: bytes, share: float) -> None:
    with pytest.raises(DataError, match="the archive is damaged"):
        unpack(delivery(content[: int(share * len(content))]), source())


@settings(deadline=None, max_examples=300)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), packed=st.sampled_from("zg"))
def test_a_flipped_byte_in_an_archive_never_ends_in_a_traceback(
    place: int, byte: int, packed: str
) -> None:
    """And never in another text: both kinds carry a checksum of what is inside."""
    text = b"size,answer\n" + b"1.25,yes\n2.5,no\n" * 20
    content = bytearray(zipped({"a.csv": text}) if packed == "z" else gzip.compress(text))
    content[place % len(content)] = byte
    try:
        read = unpack(delivery(bytes(content)), source())
    except DataError:
        return
    assert read.encode() == text or place % len(content) < 4, "the mark of the archive is gone"


def test_a_password_is_named_as_the_reason() -> None:
    content = bytearray(zipped({"a.csv": b"a,b\n"}, zipfile.ZIP_STORED))
    # The bit that says "encrypted", in the local header and in the directory.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(DataError, match=r"cannot be read: .*password required"):
        unpack(delivery(bytes(content)), source())


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), zipped({"xl/workbook.xml": b"<x/>"})],
    ids=["xls", "xlsx"],
)
def test_a_workbook_is_told_from_a_damaged_table(content: bytes) -> None:
    with pytest.raises(DataError, match="Excel workbook") as caught:
        unpack(delivery(content), source())

    assert (
        caught.value.hint
        == "write format: xlsx, or xls, under data.sources.<name>; or save it as CSV"
    )


@pytest.mark.parametrize(
    "encoding", ["latin-1", "L1", "iso8859_15", "cp1252", "windows-1250", "mac_roman", "koi8-r"]
)
def test_utf_8_declared_as_an_encoding_that_never_fails_is_refused(encoding: str) -> None:
    """It would be read without an error, and every `£` would become two characters."""
    with pytest.raises(DataError) as caught:
        unpack(delivery("a,b\nx,£5\n".encode()), source(encoding=encoding))

    assert f"declared {encoding}" in caught.value.message
    assert "encoding: utf-8" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("a,b\n1,2\n", "latin-1"), ("a,é£\n", "latin-1"), ("联通\n", "gbk")],
    ids=["ASCII only", "latin-1 letters", "two bytes a letter"],
)
def test_a_rightly_declared_encoding_is_not_suspected(text: str, encoding: str) -> None:
    assert unpack(delivery(text.encode(encoding)), source(encoding=encoding)) == text


def test_a_byte_that_is_not_utf_8_is_named_with_its_place() -> None:
    content = b"label,text\nham,plain\nspam,win \xa3100\n"
    with pytest.raises(DataError) as caught:
        unpack(delivery(content, "spam.csv"), source())

    assert said(caught.value).startswith("spam.csv:3: byte 0xa3 at 30 is not utf-8")
    assert "cp1252" in caught.value.hint


@pytest.mark.parametrize("encoding", ["base64", "rot13", "undefined"])
def test_a_codec_that_is_no_encoding_of_text_is_refused(encoding: str) -> None:
    with pytest.raises(DataError, match=f"cannot be read as {encoding}"):
        unpack(delivery("a,£..\n".encode()), source(encoding=encoding))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(b"a,b\n1,2\n3,\x004\n", "utf-8"), ("a,b\n1,2\n3,4".encode("utf-16-le"), "latin-1")],
    ids=["a NUL byte", "UTF-16 read as latin-1"],
)
def test_a_nul_is_refused_with_its_line(content: bytes, encoding: str) -> None:
    with pytest.raises(DataError) as caught:
        unpack(delivery(content), source(encoding=encoding))

    assert said(caught.value).startswith(
        f"file.csv:{3 if encoding == 'utf-8' else 1}: there is a NUL"
    )
    assert "utf-16" in caught.value.hint


# From text to columns


@pytest.mark.parametrize(
    ("text", "changes", "rows"),
    [
        ('a,b\n1,"x, y"\n', {}, [["1", "x, y"]]),
        ('a,b\r\n1,"x\r\ny"\r\n', {}, [["1", "x\r\ny"]]),
        ("a,b\n1,2\n\n3,4\n", {}, [["1", "2"], ["3", "4"]]),
        (
            'a\tb\n1\t"x\n2\ty"\n',
            {"delimiter": "\t", "quoting": "none"},
            [["1", '"x'], ["2", 'y"']],
        ),
        ("1;2\n3;4", {"delimiter": ";", "columns": ["a", "b"]}, [["1", "2"], ["3", "4"]]),
        ("a|b\r\n1|2\r\n", {"delimiter": "|", "quoting": "none"}, [["1", "2"]]),
        (" a ,b,,\n1,2,,\n", {}, [["1", "2"]]),
    ],
    ids=[
        "quoted delimiter",
        "quoted line end",
        "empty line",
        "quotes are characters",
        "no header",
        "CRLF without quotes",
        "unnamed columns at the end",
    ],
)
def test_rows_are_read_as_the_source_declares(
    text: str, changes: dict[str, Any], rows: list[list[str]]
) -> None:
    assert parse(text, source(**changes), "x") == Parsed(["a", "b"], rows)


JOIN: dict[str, Any] = {"overflow": "join"}


@pytest.mark.parametrize(
    ("row", "last"),
    [
        ("spam,one,,,", "one"),
        ("spam,one, two,,", "one, two"),
        ("spam,one,, three,", "one,, three"),
        ('spam,"one, one", two, three,four', "one, one, two, three,four"),
        ("spam,,,,", ""),
        ("spam,one", "one"),
    ],
    ids=["none", "one piece", "a gap", "all pieces", "empty", "no comma at all"],
)
def test_overflow_is_joined_back_to_the_last_column(row: str, last: str) -> None:
    """As in the re-export of the SMS collection, whose messages are cut at commas."""
    parsed = parse(f"v1,v2,,,\n{row}\n", source(**JOIN), "x")

    assert parsed == Parsed(["v1", "v2"], [["spam", last]])


@given(message=st.text(st.sampled_from("ab ,"), min_size=1).filter(lambda x: x[-1] != ","))
def test_a_message_cut_at_its_commas_comes_back_whole(message: str) -> None:
    pieces = message.count(",")
    text = f"v1,v2{',' * pieces}\nham,{message}\nspam,x{',' * pieces}\n"

    assert parse(text, source(**JOIN), "x").rows == [["ham", message], ["spam", "x"]]


@pytest.mark.parametrize(
    ("text", "changes", "fact", "hint"),
    [
        ("", {}, "x: the file is empty", "fetch it anew"),
        ("\n\r\n", {}, "x: the file is empty", "fetch it anew"),
        ("a,b\n", {}, "x: there are no rows, only a header", ""),
        ("a;b\n1;2\n", {}, 'delimiter "," leaves one column, `a;b`', 'write delimiter: ";"'),
        ("a\tb\n1\t2\n", {}, "leaves one column", 'write delimiter: "\\t"'),
        ("a,b\n1,2\n", {"delimiter": "\t"}, 'delimiter "\\t" leaves one', 'write delimiter: ","'),
        ("1;2\n", {"columns": ["a", "b"]}, "x:1: 1 fields, the header", 'write delimiter: ";"'),
        ("ab\n1\n", {}, "leaves one column, `ab`", "check delimiter and quoting"),
        ("a,b,a\n1,2,3\n", {}, "x: the column `a` stands twice in the header", ""),
        ("a,b\n1,2\n1,2,3\n", {}, "x:3: 3 fields, the header has 2", "overflow: join"),
        ("a,b\n1,2\n1\n", {}, "x:3: 1 fields, the header has 2", "quoting: standard"),
        ("a,b,c\n1,2\n", JOIN, "x:2: 2 fields, the header has 3", "quoting: standard"),
        ('a,b\n1,2\n1,"x\n3,4\n', {}, "x:3: the row that begins here: ", "write quoting: none"),
        ('a,b\n1,"x"y\n', {}, "x:2: the row that begins here: ", "write quoting: none"),
    ],
    ids=[
        "empty",
        "blank",
        "header only",
        "semicolons",
        "tabs",
        "commas",
        "semicolons without a header",
        "one column",
        "column twice",
        "row too long",
        "row too short",
        "too short to join",
        "quote never closed",
        "quote closed too early",
    ],
)
def test_what_does_not_fit_is_refused_with_line_and_remedy(
    text: str, changes: dict[str, Any], fact: str, hint: str
) -> None:
    with pytest.raises(DataError) as caught:
        parse(text, source(**changes), "x")

    assert fact in caught.value.lines()[0]
    assert hint in caught.value.hint
    assert bool(hint) == bool(caught.value.hint)


FIELDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)


@given(
    rows=st.lists(st.tuples(FIELDS, FIELDS), min_size=1, max_size=5), mark=st.sampled_from(",;\t|")
)
def test_without_quoting_every_field_comes_through_to_the_letter(
    rows: list[tuple[str, str]], mark: str
) -> None:
    rows = [(a.replace(mark, "."), b.replace(mark, ".")) for a, b in rows]
    text = "".join(f"{a}{mark}{b}\n" for a, b in [("a", "b"), *rows])

    parsed = parse(text, source(delimiter=mark, quoting="none"), "x")
    assert [tuple(row) for row in parsed.rows] == rows


# To the house's own columns


def brought(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    declared: dict[str, Any] | None = None,
    **changes: Any,
) -> Canonical:
    model = ModelBlock.model_validate(block(**changes))
    parsed = Parsed(list(header), [list(row) for row in rows])
    return canonical(model, parsed, "x.csv", source(**(declared or {})))


HEADER = ["answer", "colour", "size"]
ROWS = [["yes", "red", "1"], ["no", "blue", "2"]]


def test_columns_come_in_the_order_of_the_block_and_rows_get_numbers() -> None:
    assert brought([*HEADER, "x"], [[*row, ""] for row in ROWS]) == Canonical(
        ["row_id", "timestamp", "size", "colour", "answer"],
        [("r000001", "", "1", "red", "yes"), ("r000002", "", "2", "blue", "no")],
        ["x"],
        [],
    )


def test_row_ids_and_moments_come_from_the_columns_that_the_block_names() -> None:
    data = {"row_id": "ID", "timestamp": {"column": "at", "timezone": "UTC"}}
    rows = [[*row, name, "2026-01-01 12:00"] for row, name in zip(ROWS, ("k", "j"), strict=True)]
    table = brought([*HEADER, "ID", "at"], rows, data=data)

    assert [row[:2] for row in table.rows] == [
        ("k", "2026-01-01T12:00:00Z"),
        ("j", "2026-01-01T12:00:00Z"),
    ]
    assert table.left_out == []


def test_words_that_stand_for_nothing_become_empty_fields() -> None:
    """But a row may be called `NA`."""
    data = {"missing": ["NA", "?"], "row_id": "ID", "timestamp": {"column": "at"}}
    rows = [["yes", "NA", "?", "NA", "NA"], ["?", " NA", "2", "b", "2026-01-01T00:00:00Z"]]

    assert brought([*HEADER, "ID", "at"], rows, data=data).rows == [
        ("NA", "", "", "", "yes"),
        ("b", "2026-01-01T00:00:00Z", "2", " NA", ""),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"row_id": "Id"}, "there is no column `Id`, which data.row_id names"),
        ({"timestamp": {"column": "At"}}, "no column `At`, which data.timestamp.column names"),
        ({"row_id": "ID"}, "column `ID`: 2 rows have `k`"),
        ({"row_id": "gap"}, "column `gap`: 1 rows have none"),
    ],
    ids=["no ids", "no moments", "an id twice", "an id is empty"],
)
def test_wrong_row_ids_and_moments_are_refused(data: dict[str, Any], message: str) -> None:
    rows = [[*ROWS[0], "k", "a"], [*ROWS[1], "k", ""]]
    with pytest.raises(DataError) as caught:
        brought([*HEADER, "ID", "gap"], rows, data=data)

    assert message in caught.value.message
    assert caught.value.path == "x.csv"
    if "names" in message:
        assert caught.value.hint.endswith("`answer`, `colour`, `size`, `ID`, `gap`")


def test_a_source_calls_columns_by_other_names_and_has_moments_of_its_own() -> None:
    """Of two columns that could be the target, `rename` says which; the other is left out."""
    data = {"timestamp": {"column": "created", "timezone": "UTC"}}
    declared = {
        "rename": {"Answer": "answer", "answer": "old"},
        "timestamp": {"column": "Created", "format": "%d/%b/%y %H:%M", "timezone": "UTC"},
    }
    rows = [["?", "yes", "red", "1", "25/May/22 10:21"], ["?", "no", "blue", "2", ""]]
    header = ["answer", "Answer", "colour", "size", "Created"]
    table = brought(header, rows, declared=declared, data=data)

    assert [row[1:] for row in table.rows] == [
        ("2022-05-25T10:21:00Z", "1", "red", "yes"),
        ("", "2", "blue", "no"),
    ]
    assert table.left_out == ["old"]


def test_a_source_makes_a_column_of_others() -> None:
    declared = {"join": {"colour": ["title", "text"]}}
    rows = [["yes", "1", "red", "and blue"], ["no", "2", "", "green"], ["no", "3", "", ""]]
    table = brought(["answer", "size", "title", "text"], rows, declared=declared)

    assert [row[3] for row in table.rows] == ["red and blue", "green", ""]
    assert table.left_out == []


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"join": {"colour": ["size", "answer"]}}, "makes a column `colour`, and one of that name"),
        (
            {"join": {"all": ["size", "Colour"]}},
            "no column `Colour`, which the source's join names",
        ),
        ({"rename": {"Size": "size"}}, "no column `Size`, which the source's rename names"),
        ({"rename": {"size": "colour"}}, "the column `colour` stands twice in the header"),
        ({"timestamp": {"column": "At"}}, "no column `At`, which the source's timestamp.column"),
    ],
    ids=["a name that is there", "nothing to join", "no such column", "a name twice", "no moments"],
)
def test_a_source_that_declares_what_is_not_there_is_refused(
    declared: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        brought(HEADER, ROWS, declared=declared)

    assert message in caught.value.message
    assert caught.value.path == "x.csv"
    assert caught.value.hint


OPTIONAL = {
    "size": {"kind": "numeric"},
    "colour": {"kind": "categorical", "optional": True, "aliases": ["color"]},
}


def test_an_optional_feature_that_is_not_delivered_is_empty_and_named() -> None:
    table = brought(["answer", "size"], [["yes", "1"], ["no", "2"]], features=OPTIONAL)

    assert table.not_delivered == ["colour"]
    assert [row[2:] for row in table.rows] == [("1", "", "yes"), ("2", "", "no")]


def test_an_optional_feature_that_is_delivered_is_read_by_any_of_its_names() -> None:
    table = brought(["answer", "size", "color"], [["yes", "1", "red"]], features=OPTIONAL)

    assert table.not_delivered == []
    assert table.rows == [("r000001", "", "1", "red", "yes")]


def test_a_feature_that_is_not_optional_must_be_delivered() -> None:
    with pytest.raises(DataError, match="there is no column `size`"):
        brought(["answer", "colour"], [["yes", "red"]], features=OPTIONAL)


@pytest.mark.parametrize("name", ["row_id", "timestamp"])
def test_a_feature_with_a_name_of_the_table_s_own_is_refused(name: str) -> None:
    """Otherwise the table would have two columns of one name, and no stage could read it."""
    with pytest.raises(DataError, match=f"`{name}` is what the table calls") as caught:
        brought([name, "answer"], [["1", "yes"]], features={name: {"kind": "numeric"}})
    assert f"aliases: [{name}]" in caught.value.hint


def moment(text: str, **changes: Any) -> str:
    return to_utc([text], Timestamp(**({"column": "at"} | changes)), "x.csv")[0]


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("", {}, ""),
        ("2026-01-31T12:00:00Z", {}, "2026-01-31T12:00:00Z"),
        ("2026-01-31 12:00:00.75+05:45", {}, "2026-01-31T06:15:00Z"),
        ("2026-01-31T12:00:00+02:00", {"timezone": "Asia/Tokyo"}, "2026-01-31T10:00:00Z"),
        ("2026-01-31", {"timezone": "UTC"}, "2026-01-31T00:00:00Z"),
        ("2026-07-31 12:00", {"timezone": "Europe/Vienna"}, "2026-07-31T10:00:00Z"),
        ("2026-01-31 12:00", {"timezone": "Europe/Vienna"}, "2026-01-31T11:00:00Z"),
        ("31.1.2026 9:05", {"format": "%d.%m.%Y %H:%M", "timezone": "UTC"}, "2026-01-31T09:05:00Z"),
        ("31/Jan/2026 +0100", {"format": "%d/%b/%Y %z"}, "2026-01-30T23:00:00Z"),
        ("0999-01-01T00:00:00Z", {}, "0999-01-01T00:00:00Z"),
    ],
    ids=[
        "empty",
        "UTC",
        "offset and fraction",
        "offset before zone",
        "day",
        "summer",
        "winter",
        "format",
        "format with offset",
        "before 1000",
    ],
)
def test_moments_become_utc(text: str, changes: dict[str, Any], expected: str) -> None:
    assert moment(text, **changes) == expected


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        ("2026-01-31 12:00", {}, "row 1, column `at`: `2026-01-31 12:00` names no offset"),
        ("31.1.2026", {}, "`31.1.2026` is not of the format iso"),
        ("2026-08-19T23:30:26.439219+00:00Z", {}, "is not of the format iso"),
        ("2026-01-31", {"format": "%d.%m.%Y"}, "is not of the format %d.%m.%Y"),
        ("0001-01-01T00:00:00+02:00", {}, "is not of the format iso"),
        ("2026-01-31", {"timezone": "Mars/Base"}, "there is no time zone `Mars/Base`"),
        ("2026-01-31", {"timezone": "Europe"}, "there is no time zone `Europe`"),
        ("2026-01-31", {"timezone": "../UTC"}, "there is no time zone `../UTC`"),
    ],
    ids=[
        "no offset",
        "not ISO",
        "offset and Z",
        "other format",
        "before all years",
        "no such zone",
        "a continent",
        "a path",
    ],
)
def test_a_moment_that_cannot_be_told_is_refused(
    text: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        moment(text, **changes)

    assert message in caught.value.message
    assert caught.value.hint


FIRST, LAST = datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-12-31")


@given(at=st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_any_moment_keeps_its_instant(at: datetime) -> None:
    """Compared in UTC: Python holds an hour that a clock leaves out unequal to every other."""
    wanted = at.replace(microsecond=0).astimezone(UTC)

    assert datetime.fromisoformat(moment(at.isoformat())) == wanted


# From a path or a URL


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: what is tested here is what is said in the end."""
    monkeypatch.setattr("pipeline.connectors.http.PATIENCE", Patience(first_wait=0.0))


class Answers(http.server.BaseHTTPRequestHandler):
    """A site with one table, and with servers' usual ways to fail."""

    def do_GET(self) -> None:
        """Answer by the path."""
        path = self.path.partition("?")[0]
        if path == "/cut.csv":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"a,b\n1,2\n")
        elif path == "/my%20table.csv":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a,b\n1,2\n")
        elif path == "/moved.csv":
            self.send_response(302)
            self.send_header("Location", "/my%20table.csv")
            self.end_headers()
        elif path == "/nonsense":
            self.wfile.write(b"this is not HTTP\r\n\r\n")
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A server of files on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_url_is_downloaded_and_its_secrets_are_forgotten(site: str) -> None:
    """What is recorded goes to Git; a query may hold the signature that opens a bucket."""
    found = fetch(f"{site}/my%20table.csv?signature=secret#part")

    assert found == Delivery("my table.csv", f"{site}/my%20table.csv", b"a,b\n1,2\n")


def test_a_redirect_is_followed(site: str) -> None:
    assert fetch(f"{site}/moved.csv").content == b"a,b\n1,2\n"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("/none.csv?signature=secret", "the server answers 404 Not Found"),
        ("/cut.csv", "cut short: 8 of 100 bytes arrived"),
        ("/nonsense", "cannot be reached"),
    ],
    ids=["not found", "broken off", "no HTTP"],
)
@pytest.mark.usefixtures("hasty")
def test_a_failed_download_is_refused(site: str, place: str, message: str) -> None:
    """A connection that breaks off looks like the end of the file, and half a table like one."""
    with pytest.raises(DataError, match=message) as caught:
        fetch(site + place)

    assert caught.value.path == (site + place).partition("?")[0]
    assert caught.value.hint


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:{port}/x.csv", "http://127.0.0.1:port/x", "http:///x"]
)
@pytest.mark.usefixtures("hasty")
def test_an_address_that_leads_nowhere_is_refused(place: str) -> None:
    with pytest.raises(DataError, match="cannot be reached"):
        fetch(place.format(port=closed_port()))


def test_a_path_is_read_and_recorded_without_its_folders(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")

    assert fetch(str(tmp_path / "a.csv")) == Delivery("a.csv", "", b"x")


@pytest.mark.parametrize("place", ["none.csv", "ftp://127.0.0.1/x.csv", "file:///etc/hosts"])
def test_a_place_that_is_no_file_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        fetch(place if "://" in place else str(tmp_path / place))


def test_a_folder_is_no_delivery(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is a folder"):
        fetch(str(tmp_path))


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("a/b.csv", "b.csv"),
        ("https://x.test/a/b%20c.zip?x=/d.csv#/e", "b c.zip"),
        ("HTTPS://x.test/a/b.csv", "b.csv"),
        ("https://x.test", "download"),
    ],
    ids=["path", "query", "capitals", "no path"],
)
def test_a_place_is_named_by_its_file(place: str, name: str) -> None:
    assert name_of(place) == name
