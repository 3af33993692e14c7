"""Rows as they come: whatever stands in a day's file, the day goes on."""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from house import block
from hypothesis import given
from hypothesis import strategies as st

from modelpress.signature import Input, Signature
from pipeline.arrivals import Arrived, Known, days_of, read_arrived
from pipeline.artifacts import Paths
from pipeline.config import ModelBlock
from pipeline.labels import Late
from pipeline.schema import Cut

DAY = date(2026, 10, 1)
BLOCK = ModelBlock.model_validate(
    block(features={"size": {"kind": "numeric", "aliases": ["SIZE"]}, "note": {"kind": "text"}})
)
SIGNATURE = Signature(
    "m", "binary", (Input("size", "numeric"), Input("note", "text")), ("no", "yes"), "yes"
)


CUT_BLOCK = BLOCK.model_copy(
    update={"target": BLOCK.target.model_copy(update={"classes": {"0": "no", "1": "yes"}})}
)


def read(content: bytes, cut: Cut | None = None) -> Arrived:
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(Path(folder), "m")
        paths.current.mkdir(parents=True)
        (paths.current / f"{DAY}.csv").write_bytes(content)
        return read_arrived(
            paths, CUT_BLOCK if cut else BLOCK, SIGNATURE, DAY, Known(Late({}), DAY, cut)
        )


CELLS = st.sampled_from(
    ("", "1", "-2.5", "1e400", "nan", "x", '"a,b"', "yes", "no", "maybe", "2026-10-01T10:00:00Z",
     "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z", "2026-10-01", "Zoë")
)  # fmt: skip
HEADERS = st.lists(
    st.sampled_from(("row_id", "timestamp", "size", "SIZE", "note", "answer", "other")),
    unique=True,
    min_size=1,
)


@given(HEADERS, st.data())
def test_any_table_is_read_or_its_fault_is_told(header: list[str], data: st.DataObject) -> None:
    row = st.lists(CELLS, min_size=len(header), max_size=len(header))
    rows = data.draw(st.lists(row, max_size=6))
    arrived = read("\n".join(",".join(cells) for cells in [header, *rows]).encode())

    kept = arrived.rows
    assert kept.features.keys() == {"size", "note"}
    assert {len(column) for column in kept.features.values()} == {len(kept)}
    assert len(kept.row) == len(kept.moment) == len(kept.group) == len(kept)
    assert set(kept.target.tolist()) <= {-1, 0, 1}
    assert not np.isinf(kept.features["size"].astype(np.float64)).any()
    assert len(kept) or arrived.fault


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_their_fault_is_told(content: bytes) -> None:
    arrived = read(content)

    assert len(arrived.rows) or arrived.fault


def test_equal_rows_share_a_group_and_an_alias_is_the_feature() -> None:
    arrived = read(b"SIZE,note,answer\n1,a,yes\n,a,no\n1,a,no\n,a,\n")

    assert arrived.rows.group.tolist() == [0, 1, 0, 1]
    assert arrived.rows.target.tolist() == [1, 0, 0, -1]
    assert arrived.absent == []
    assert arrived.rows.row.tolist() == [f"2026-10-01#{i}" for i in (1, 2, 3, 4)]


def test_only_files_named_by_a_day_are_days(tmp_path: Path) -> None:
    paths = Paths(tmp_path, "m")
    assert days_of(paths) == []
    paths.current.mkdir(parents=True)
    for name in ("2026-10-02.csv", "2026-10-01.csv", "notes.csv", "2026-13-01.csv", "x.txt"):
        (paths.current / name).touch()

    assert days_of(paths) == [date(2026, 10, 1), date(2026, 10, 2)]


@pytest.mark.parametrize(
    ("cut", "wanted"),
    [
        (None, [-1, -1, -1, -1, -1]),
        (Cut("at_least", 5.0), [0, 1, 1, -1, -1]),
        (Cut("above", 5.0), [0, 0, 1, -1, -1]),
    ],
)
def test_a_number_is_cut_where_the_version_was_cut(cut: Cut | None, wanted: list[int]) -> None:
    cells = ["4", "5.0", "7", "", "nan"]
    rows = "".join(f"r{number},1,n,{cell}\n" for number, cell in enumerate(cells))
    arrived = read(f"row_id,size,note,answer\n{rows}".encode(), cut)
    assert arrived.rows.target.tolist() == wanted
    assert arrived.strange_labels == (4 if cut is None else 1)
