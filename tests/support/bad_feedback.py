"""Files to answer, labels and logs that are none; days that are none."""

import contextlib
import sqlite3
from pathlib import Path

from spoilt import Case, Spoil, both, folder, write

_LABELS = "labels.csv"
_LOG = "log.sqlite"
_IN_LOG = "hint: name the file that the service writes: MODELPRESS_LOG_PREDICTIONS\n"
_TABLE = "CREATE TABLE predictions (row_id, at, model, row);"


def database(script: str) -> Spoil:
    """Lay an SQLite file."""

    def spoil(root: Path) -> None:
        with contextlib.closing(sqlite3.connect(root / _LOG)) as made:
            made.executescript(script)

    return spoil


def logged(row_id: str, at: str, row: str) -> Spoil:
    """Lay a log with one entry."""
    entry = f"INSERT INTO predictions VALUES ('{row_id}', '{at}', 'm', '{row}');"  # noqa: S608 - ours
    return database(_TABLE + entry)


def garbled(root: Path) -> None:
    """Spoil the pages of a log behind its first."""
    logged("r1", "2026-05-01T10:00:00Z", '{"size": 1}')(root)
    with (root / _LOG).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)


CASES = (
    Case(
        "a day that is none",
        "monitor m --date yesterday",
        "error: `yesterday` is no day\nhint: for example 2026-01-31\n",
    ),
    Case(
        "a day that has not come",
        "monitor m --date 2099-01-01",
        "error: 2099-01-01 has not come yet: the clock says 2026-05-28\n"
        "hint: look after the clock, or name a day that is over\n",
    ),
    Case(
        "days that end before they begin",
        "monitor m --since 2026-03-02 --until 2026-03-01",
        "error: --since 2026-03-02 is after 2026-03-01\n",
    ),
    Case(
        "a log that is not there",
        f"monitor m --log {_LOG}",
        f"error: log.sqlite: there is no such file\n{_IN_LOG}",
    ),
    Case(
        "a folder for a log",
        f"monitor m --log {_LOG}",
        f"error: log.sqlite: there is no such file\n{_IN_LOG}",
        folder(_LOG),
    ),
    Case(
        "a table for a log",
        f"monitor m --log {_LOG}",
        f"error: log.sqlite: this is no SQLite file\n{_IN_LOG}",
        write(_LOG, "row_id,at,model,row\n" * 50),
    ),
    Case(
        "a database of something else for a log",
        f"monitor m --log {_LOG}",
        f"error: log.sqlite: this is no prediction log: it has no table `predictions`\n{_IN_LOG}",
        database("CREATE TABLE friends (name)"),
    ),
    Case(
        "a log of another service",
        f"monitor m --log {_LOG}",
        "error: log.sqlite: this is no prediction log: its table `predictions` has no column `at`\n"
        f"{_IN_LOG}",
        database("CREATE TABLE predictions (row_id, version, label)"),
    ),
    Case(
        "a damaged log",
        f"monitor m --log {_LOG}",
        "error: log.sqlite: the log is damaged: its pages do not fit together\n"
        "hint: the service begins a new one; `sqlite3 FILE .recover` saves what is whole of this "
        "one\n",
        garbled,
    ),
    Case(
        "a log whose moment is none",
        f"monitor m --log {_LOG}",
        "error: log.sqlite: row 1 of its model: Invalid isoformat string: 'noon'\n"
        "hint: the service wrote no such row: take another log, or delete the row\n",
        logged("r1", "noon", "{}"),
    ),
    Case(
        "a log whose row is none",
        f"monitor m --log {_LOG}",
        "error: log.sqlite: row 1 of its model: its features are no JSON object\n"
        "hint: the service wrote no such row: take another log, or delete the row\n",
        logged("r1", "2026-05-01T10:00:00Z", "7"),
    ),
    Case(
        "a log for a day whose file is damaged",
        f"monitor m --log {_LOG}",
        "error: data/m/current/2026-05-01.csv: line 2: 1 fields, the header has 2\n"
        "hint: a field with a comma or a line break must stand in double quotes\n",
        both(
            logged("r1", "2026-05-01T10:00:00Z", '{"size": 1}'),
            write("data/m/current/2026-05-01.csv", "row_id,size\nr0\n"),
        ),
    ),
    Case(
        "no such model",
        "retrain nobody",
        "error: params.yaml: there is no model `nobody`\nhint: there are m, n\n",
    ),
    Case(
        "a file that is not there",
        "score m nowhere.csv out.csv",
        "error: nowhere.csv: there is no such file\n",
    ),
    Case(
        "an empty file",
        "score m empty.csv out.csv",
        "error: empty.csv: there is no header\n",
        write("empty.csv", ""),
    ),
    Case(
        "Parquet that is none",
        "score m cut.parquet out.csv",
        "error: cut.parquet: this is not Parquet: Parquet file size is 4 bytes, smaller than the "
        "minimum file footer (8 bytes)\n",
        write("cut.parquet", "PAR1"),
    ),
    Case(
        "a result of another kind",
        "score m rows.csv out.xls",
        "error: out.xls: this is neither .csv nor .parquet\n",
        write("rows.csv", "size,colour\n1,red\n"),
    ),
    Case(
        "nothing in production",
        "score n rows.csv out.csv",
        "error: the model `n` has no version in production\n"
        "hint: `modelpress promote` puts one there; --model-version names another\n",
        write("rows.csv", "size,colour\n1,red\n"),
    ),
    Case(
        "labels that nobody knows",
        f"label m --from {_LABELS}",
        "error: labels.csv: 1 rows have a target that is none, first `r1`: `maybe`\n"
        "hint: known are `no`, `yes`\n",
        write(_LABELS, "row_id,answer\nr1,maybe\n"),
    ),
    Case(
        "labels at odds with each other",
        f"label m --from {_LABELS}",
        "error: labels.csv: row `r1` is once `yes` and once `no`\n",
        write(_LABELS, "row_id,answer\nr1,yes\nr1,no\n"),
    ),
    Case(
        "labels of no row",
        f"label m --from {_LABELS}",
        "error: labels.csv: there is no column `row_id`\nhint: the columns are `size`, `answer`\n",
        write(_LABELS, "size,answer\n1,yes\n"),
    ),
    Case(
        "a log that says nothing",
        "ab m log.csv",
        "error: log.csv: line 2: an entry needs a label or a value\n",
        write("log.csv", "row_id,version\n1,v1.0.0\n"),
    ),
    Case(
        "an empty log",
        "ab m log.csv",
        "error: log.csv: the log speaks of no version\n"
        "hint: two versions are compared: --versions A B\n",
        write("log.csv", ""),
    ),
)
