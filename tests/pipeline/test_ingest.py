"""The verb `ingest`: a new table in place of the old one, or everything as it was."""

import csv
import hashlib
import http.server
import io
import json
import logging
import shutil
import socket
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from house import REPOSITORY, House, binary_rows, block

from modelpress.text import normalize_text
from pipeline.cli import main
from pipeline.table import read_table


class Said(NamedTuple):
    """How a verb ended, and what it said on stderr."""

    code: int
    err: str


Call = Callable[..., Said]


@pytest.fixture
def ingest(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Call:
    """The verb, called as the shell calls it."""
    monkeypatch.chdir(house.root)
    caplog.set_level(logging.INFO)

    def call(*words: str | Path) -> Said:
        code = main(["ingest", *map(str, words)])
        return Said(code, capsys.readouterr().err)

    return call


COMMAS = {"encoding": "utf-8", "delimiter": ",", "quoting": "standard"}


@pytest.fixture
def model(house: House) -> Path:
    """A model `m` with two sources and an accepted table; the folder of its data."""
    sources = {
        "shop": {**COMMAS, "match": "shop*.csv"},
        "old": {**COMMAS, "match": "*.txt", "encoding": "latin-1", "delimiter": "\t"},
    }
    rows = binary_rows(40)
    house.add("m", block(data={"sources": sources}), rows)
    record = {"schema": 1, "source": "shop", "rows": 40}
    (house.root / "data/m/source.json").write_text(json.dumps(record), "utf-8")
    return house.root / "data/m"


def text_of(rows: list[dict[str, object]], mark: str = ",") -> str:
    lines = [mark.join(rows[0]), *(mark.join(map(str, row.values())) for row in rows)]
    return "\n".join(lines) + "\n"


def laid(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_table_replaces_the_old_one_and_its_origin_is_recorded(
    model: Path, ingest: Call, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"note": "x", **row} for row in binary_rows(50, seed=2)]
    file = laid(tmp_path, "shop 1.csv", text_of(rows))

    assert ingest("m", "--from", file) == Said(0, "")
    table = read_table(model / "table.csv")
    assert list(table.columns) == ["row_id", "timestamp", "colour", "size", "answer"]
    assert table.columns["size"] == [row["size"] for row in rows]
    record = json.loads((model / "source.json").read_text("utf-8"))
    assert record == {
        "schema": 1,
        "source": "shop",
        "file": "shop 1.csv",
        "url": "",
        "sha256": record["sha256"],
        "etag": "",
        "declaration_sha256": record["declaration_sha256"],
        "table_sha256": record["table_sha256"],
        "rows": 50,
        "left_out": ["note"],
        "not_delivered": [],
    }
    assert str(tmp_path) not in (model / "source.json").read_text("utf-8")
    assert caplog.messages == ["m ingest: 50 rows from `shop 1.csv` (source shop); left out: note"]


def test_the_same_delivery_gives_the_same_bytes(model: Path, ingest: Call, tmp_path: Path) -> None:
    file = laid(tmp_path, "shop.csv", text_of(binary_rows(50)))
    ingest("m", "--from", file)
    first = kept(model)
    ingest("m", "--from", file)

    assert kept(model) == first


@pytest.mark.usefixtures("model")
def test_what_was_ingested_can_be_prepared(ingest: Call, tmp_path: Path, house: House) -> None:
    """The delivery's column order, quoting and encoding are gone by then."""
    rows = [
        {"answer": r["answer"], "colour": f"é{r['colour']}", "size": r["size"]}
        for r in binary_rows()
    ]
    content = text_of(rows, "\t").encode("latin-1")

    assert ingest("m", "--from", laid(tmp_path, "x.txt", content)).code == 0
    house.stages("m", until="prepare")
    schema = json.loads(house.artifact("m", "schema.json").read_text("utf-8"))
    assert schema["inputs"][0]["categories"] == ["éblue", "égreen", "éred"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of one file, `shop.csv`."""
    folder = tmp_path_factory.mktemp("site")
    laid(folder, "shop.csv", text_of(binary_rows(60)))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    def handler(*words: Any) -> Quiet:
        return Quiet(*words, directory=str(folder))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_table_comes_from_a_url(model: Path, ingest: Call, site: str) -> None:
    assert ingest("m", "--from", f"{site}/shop.csv?day=today").code == 0
    record = json.loads((model / "source.json").read_text("utf-8"))
    assert (record["rows"], record["file"]) == (60, "shop.csv")
    assert record["url"] == f"{site}/shop.csv"


def test_without_a_place_the_source_s_own_url_is_asked(
    house: House, ingest: Call, site: str
) -> None:
    sources = {"shop": {**COMMAS, "url": f"{site}/shop.csv"}, "hand": COMMAS}
    house.add("m", block(data={"sources": sources}), binary_rows(40))

    assert ingest("m").code == 0
    assert read_table(house.root / "data/m/table.csv").rows == 60


@pytest.mark.parametrize(
    ("place", "fact"),
    [
        ("{site}/shop-gone.csv?key=secret", "/shop-gone.csv: the server answers 404"),
        ("http://127.0.0.1:{closed}/shop.csv?key=secret", "/shop.csv: cannot be reached"),
    ],
    ids=["not found", "connection refused"],
)
def test_a_failed_download_leaves_everything_as_it_was(
    model: Path, ingest: Call, site: str, place: str, fact: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    before = kept(model)
    code, err = ingest("m", "--from", place.format(site=site, closed=closed))

    assert code == 2
    assert err.startswith("error: http://127.0.0.1:")
    assert fact in err
    assert "secret" not in err
    assert kept(model) == before


GOOD = text_of(binary_rows(40))
HEADER = "size,colour,answer\n"


class Fault(NamedTuple):
    """A delivery, and what the refusal of it says."""

    name: str
    content: bytes | str
    fact: str
    hint: str = ""


FAULTS = {
    "empty": Fault("shop.csv", "", "shop.csv: the file is empty", "fetch it anew"),
    "header only": Fault("shop.csv", HEADER, "shop.csv: there are no rows, only a header"),
    "another delimiter": Fault(
        "shop.csv", GOOD.replace(",", ";"), 'the delimiter "," leaves one', 'delimiter: ";"'
    ),
    "row too long": Fault(
        "shop.csv", GOOD + "1,red,no,x\n", "shop.csv:42: 4 fields, the header has 3", "overflow"
    ),
    "row too short": Fault(
        "shop.csv", GOOD + "1,red\n", "shop.csv:42: 2 fields, the header has 3", "quoting"
    ),
    "quote never closed": Fault(
        "shop.csv", GOOD + '1,"red,no\n', "shop.csv:42: the row that begins here", "quoting: none"
    ),
    "NUL": Fault("shop.csv", GOOD + "1,r\0d,no\n", "shop.csv:42: there is a NUL", "utf-16"),
    "latin-1 declared as UTF-8": Fault(
        "shop.csv", GOOD.encode() + b"1,\xa3,no\n", "shop.csv:42: byte 0xa3 at ", "encoding"
    ),
    "UTF-8 declared as latin-1": Fault(
        "x.txt", GOOD.replace(",", "\t") + "1\t£\tno\n", "declared latin-1", "encoding: utf-8"
    ),
    "column missing": Fault(
        "shop.csv",
        GOOD.replace("colour", "color"),
        "no column `colour`; the columns are `size`, `color`, `answer`",
        "alias",
    ),
    "zip damaged": Fault(
        "shop.csv", b"PK\x03\x04" + bytes(60), "the archive is damaged", "fetch it anew"
    ),
    "gzip cut short": Fault(
        "shop.csv", b"\x1f\x8b\x08\x00", "the archive is damaged", "fetch it anew"
    ),
    "no source's name": Fault(
        "data.csv", GOOD, "0 of the sources `old`, `shop` fit `data.csv`", "--source"
    ),
    "rows lost": Fault(
        "shop.csv",
        text_of(binary_rows(20)),
        "20 rows, and the last table of source `shop` had 40: 50.0%, at least 80.0%",
        "--accept-fewer-rows",
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_refusal_names_fact_and_remedy_and_leaves_everything_as_it_was(
    model: Path, ingest: Call, tmp_path: Path, fault: Fault
) -> None:
    before = kept(model)
    code, err = ingest("m", "--from", laid(tmp_path, fault.name, fault.content))

    assert code == 2
    first, *rest = err.splitlines()
    assert first.startswith("error: ")
    assert fault.fact in first
    assert [line.startswith("hint: ") for line in rest] == ([True] if fault.hint else [])
    assert fault.hint in "".join(rest)
    assert kept(model) == before


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["x"], "there is no model `x`"),
        (["m", "--from", "none.csv"], "0 of the sources"),
        (["m", "--from", "shop.csv"], "shop.csv: there is no such file"),
        (["m"], "no source has a url to fetch from"),
        (["m", "--source", "shop"], "the source `shop` has no url"),
        (["m", "--source", "mall", "--from", "shop.csv"], "fit --source mall"),
    ],
    ids=["unknown model", "unknown name", "no file", "no place", "no url", "unknown source"],
)
def test_a_call_that_leads_nowhere_is_refused(
    model: Path, ingest: Call, words: list[str], fact: str
) -> None:
    before = kept(model)
    code, err = ingest(*words)

    assert code == 2
    assert err.startswith("error: ")
    assert fact in err
    assert "\nhint: " in err
    assert kept(model) == before


def test_two_sources_of_one_name_must_be_told_apart(
    house: House, ingest: Call, tmp_path: Path
) -> None:
    sources = {"a": COMMAS, "b": {**COMMAS, "delimiter": ";"}}
    house.add("m", block(data={"sources": sources}), binary_rows(40))
    file = laid(tmp_path, "x.csv", text_of(binary_rows(50), ";"))

    assert "2 of the sources `a`, `b` fit `x.csv`" in ingest("m", "--from", file).err
    assert ingest("m", "--from", file, "--source", "b").code == 0


def test_fewer_rows_are_taken_when_asked_for(model: Path, ingest: Call, tmp_path: Path) -> None:
    file = laid(tmp_path, "shop.csv", text_of(binary_rows(20)))

    assert ingest("m", "--from", file, "--accept-fewer-rows").code == 0
    assert json.loads((model / "source.json").read_text("utf-8"))["rows"] == 20


@pytest.mark.usefixtures("model")
def test_a_few_rows_less_are_no_loss(ingest: Call, tmp_path: Path) -> None:
    """The contract asks for 80 %, so 32 of 40 pass and 31 do not."""
    assert ingest("m", "--from", laid(tmp_path, "shop.csv", text_of(binary_rows(31)))).code == 2
    assert ingest("m", "--from", laid(tmp_path, "shop.csv", text_of(binary_rows(32)))).code == 0


def test_a_damaged_record_stops_rather_than_lets_a_cut_table_through(
    model: Path, ingest: Call, tmp_path: Path
) -> None:
    laid(model, "source.json", "<<<<<<< HEAD")
    code, err = ingest("m", "--from", laid(tmp_path, "shop.csv", text_of(binary_rows(2))))

    assert code == 2
    assert "restore it from Git" in err


def test_repeated_row_ids_are_refused_before_anything_is_written(
    house: House, ingest: Call, tmp_path: Path
) -> None:
    rows = [{"id": i // 2, **row} for i, row in enumerate(binary_rows(40))]
    house.add("m", block(data={"row_id": "id", "sources": {"a": COMMAS}}), binary_rows(40))
    before = kept(house.root / "data/m")
    code, err = ingest("m", "--from", laid(tmp_path, "x.csv", text_of(rows)))

    assert code == 2
    assert "column `id`: 2 rows have `0`" in err
    assert kept(house.root / "data/m") == before


def test_a_failure_between_table_and_record_puts_both_back(
    model: Path, ingest: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, say: the table is written, and its record cannot be."""
    before = kept(model)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "source.json")

    monkeypatch.setattr("pipeline.source.write_json", full)
    said = ingest("m", "--from", laid(tmp_path, "shop.csv", text_of(binary_rows(50))))

    assert said.code == 2
    assert said.err.startswith("error: source.json: no space left on device\nhint: ")
    assert kept(model) == before


# Pinned, and asked for again


@pytest.mark.usefixtures("model")
def test_other_bytes_than_those_that_are_pinned_are_refused(
    house: House, ingest: Call, tmp_path: Path
) -> None:
    file = laid(tmp_path, "x.csv", text_of(binary_rows(40)))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    house.add("p", block(data={"sources": {"a": COMMAS | {"sha256": digest}}}), binary_rows(40))

    assert ingest("p", "--from", file).code == 0
    file.write_text(text_of(binary_rows(40, seed=2)), "utf-8")
    before = kept(house.root / "data/p")
    code, err = ingest("p", "--from", file)
    assert code == 2
    assert f"data.sources.a.sha256 says {digest}" in err
    assert kept(house.root / "data/p") == before


class Tagged(http.server.BaseHTTPRequestHandler):
    """A table with an etag."""

    def do_GET(self) -> None:
        """Send it, unless it is known."""
        self.send_response(304 if self.headers.get("If-None-Match") == '"a"' else 200)
        self.send_header("ETag", '"a"')
        self.end_headers()
        if self.headers.get("If-None-Match") != '"a"':
            self.wfile.write(text_of(binary_rows(40)).encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_a_file_that_has_not_changed_is_not_read_again_unless_it_is_read_in_another_way(
    house: House, ingest: Call, caplog: pytest.LogCaptureFixture
) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tagged) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/t.csv"
        source = {"a": COMMAS | {"url": url}}
        house.add("e", block(data={"sources": source}), binary_rows(40))
        assert [ingest("e").code, ingest("e").code] == [0, 0]
        house.add("e", house.params["e"], binary_rows(30))
        assert ingest("e").code == 0, "the table was changed by hand"
        house.write_params({"e": block(data={"sources": source, "missing": ["", "red"]})})
        assert ingest("e").code == 0, "and now it is read in another way"
        server.shutdown()

    rows = "e ingest: 40 rows from `t.csv` (source a)"
    assert caplog.messages == [rows, "e ingest: the source a has nothing new", rows, rows]


# The public files and their twins


@pytest.fixture
def shipped(house: House) -> House:
    """The repository's own blocks, without their tables."""
    shutil.copy(REPOSITORY / "params.yaml", house.root)
    return house


MESSAGES = [
    ("ham", 'He said "call me'),
    ("spam", "WIN £100 now, text WIN to 80000, cost 150p, no catch"),
    ("ham", "well, well, well,"),
    ("ham", "plain"),
    ("ham", 'me too" she said'),
    ("spam", "£5, £6,, £7"),
    ("ham", "naïve café"),
]


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
        archive.writestr("readme", "about the set")
    return buffer.getvalue()


def test_a_twin_of_the_original_spam_zip_keeps_every_message(
    shipped: House, ingest: Call, tmp_path: Path
) -> None:
    """A reader that honours quotes would glue the first five messages to one."""
    lines = "".join(f"{label}\t{text}\n" for label, text in MESSAGES)
    file = laid(tmp_path, "smsspamcollection.zip", zipped("SMSSpamCollection", lines.encode()))

    assert ingest("spam", "--from", file).code == 0
    columns = read_table(shipped.root / "data/spam/table.csv").columns
    assert list(zip(columns["label"], columns["text"], strict=True)) == MESSAGES


def test_a_twin_of_the_spam_re_export_gets_its_overflow_back(
    shipped: House, ingest: Call, tmp_path: Path
) -> None:
    """Latin-1, CRLF, messages cut at commas into three unnamed columns."""
    lines = ["v1,v2,,,"]
    for label, text in MESSAGES:
        pieces = text.replace('"', "'").split(",", 3)
        lines.append(",".join([label, *(f'"{x}"' for x in pieces), *[""] * (4 - len(pieces))]))
    file = laid(tmp_path, "spam.csv", "\r\n".join([*lines, ""]).encode("latin-1"))

    assert ingest("spam", "--from", file).code == 0
    texts = read_table(shipped.root / "data/spam/table.csv").columns["text"]
    # What was empty at the end of a row cannot be told from what was never there.
    assert texts == [text.replace('"', "'").rstrip(",") for _, text in MESSAGES]


def test_a_twin_of_the_credit_tables_is_read_by_either_header(
    shipped: House, ingest: Call, tmp_path: Path
) -> None:
    features = shipped.params["credit"]["features"].values()
    header = ["ID", *(feature["aliases"][0] for feature in features)]
    row = ["1"] * len(features)
    for target in ("default.payment.next.month", "default payment next month"):
        lines = [",".join([*header, target])]
        lines += [",".join([str(i), *row, str(i % 2)]) for i in range(10)]
        file = laid(tmp_path, "x.csv", "\n".join(lines))

        assert ingest("credit", "--from", file).code == 0
        table = read_table(shipped.root / "data/credit/table.csv")
        assert table.columns["default"] == ["0", "1"] * 5
        assert table.columns["row_id"] == [str(i) for i in range(10)]


def spam_of(house: House) -> tuple[Counter[str], list[str]]:
    columns = read_table(house.root / "data/spam/table.csv").columns
    return Counter(columns["label"]), columns["text"]


@pytest.mark.realdata
def test_the_original_spam_zip_has_5574_messages(
    shipped: House, ingest: Call, realdata: Path
) -> None:
    assert ingest("spam", "--from", realdata / "spam/smsspamcollection.zip").code == 0
    labels, texts = spam_of(shipped)
    assert labels == {"ham": 4827, "spam": 747}
    assert sum(not text.isascii() for text in texts) == 483


@pytest.mark.realdata
def test_the_spam_re_export_loses_no_part_of_a_message(
    shipped: House, ingest: Call, realdata: Path
) -> None:
    """
    Compared with the original, message by message.

    The re-export has itself damaged one in eleven: entities, quotes and letters beyond ASCII.
    """
    ingest("spam", "--from", realdata / "spam/smsspamcollection.zip")
    original = Counter(map(normalize_text, spam_of(shipped)[1]))

    assert ingest("spam", "--from", realdata / "spam/spam.csv").code == 0
    labels, texts = spam_of(shipped)
    assert labels == {"ham": 4825, "spam": 747}
    assert sum("£" in text for text in texts) > 250
    found = [normalize_text(text) for text in texts]
    assert (Counter(found) & original).total() > 5050

    with (realdata / "spam/spam.csv").open(encoding="latin-1", newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert [sum(bool(row[i]) for row in rows) for i in (2, 3, 4)] == [50, 12, 6]
    whole = [text in original for row, text in zip(rows, found, strict=True) if any(row[2:])]
    assert sum(whole) > 40


@pytest.mark.realdata
def test_the_credit_zip_has_30000_rows_and_its_cut_copy_is_refused(
    shipped: House, ingest: Call, realdata: Path
) -> None:
    """The copy is sound in all but its length, and calls the target by another name."""
    assert ingest("credit", "--from", realdata / "credit/UCI_Credit_Card.csv.zip").code == 0
    folder = shipped.root / "data/credit"
    table = read_table(folder / "table.csv")
    assert table.rows == 30_000
    assert Counter(table.columns["default"]) == {"0": 23_364, "1": 6_636}
    before = kept(folder)

    cut = realdata / "credit/default_of_credit_card_clients.TRUNCATED-9977.csv.gz"
    code, err = ingest("credit", "--from", cut)
    assert code == 2
    assert "9,977 rows, and the last table of source `uci` had 30,000: 33.3%" in err
    assert kept(folder) == before

    assert ingest("credit", "--from", cut, "--accept-fewer-rows").code == 0
    assert read_table(folder / "table.csv").rows == 9_977
