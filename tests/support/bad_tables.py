"""Bad tables."""

from spoilt import (
    Case,
    block_of_n,
    edit,
    folder,
    link,
    remove,
    rows,
    table_of_n,
    write,
)

TABLE = "data/n/table.csv"
_TIMED = block_of_n(split={"method": "time", "validation": 0.2, "test": 0.2, "seed": 7})


CASES = (
    Case(
        "no table",
        "prepare n",
        "error: data/n/table.csv: there is no such table\n"
        "hint: put it there, or bring it in with `modelpress ingest`\n",
        remove(TABLE),
    ),
    Case(
        "no table in a run",
        "run n",
        "model  verdict  what happened  test metric [95 % interval]  champion  "
        "ms a row\n"
        "n      -        failed\n"
        "    error: data/n/table.csv: there is no such table\n"
        "    hint: put it there, or bring it in with `modelpress ingest`\n",
        remove(TABLE),
    ),
    Case(
        "a table that is a folder",
        "prepare n",
        "error: data/n/table.csv: cannot be read: is a directory\n"
        "hint: it should be a file that you may read\n",
        folder(TABLE),
    ),
    Case(
        "a table that is a dangling link",
        "prepare n",
        "error: data/n/table.csv: there is no such table\n"
        "hint: put it there, or bring it in with `modelpress ingest`\n",
        link(TABLE, "elsewhere.csv"),
    ),
    Case(
        "an empty table",
        "prepare n",
        "error: data/n/table.csv: the table has no rows\n"
        "hint: it needs a header line and rows below it\n",
        write(TABLE, ""),
    ),
    Case(
        "a header only",
        "prepare n",
        "error: data/n/table.csv: the table has no rows\n"
        "hint: it needs a header line and rows below it\n",
        write(TABLE, "size,colour,answer\n"),
    ),
    Case(
        "a column twice",
        "prepare n",
        "error: data/n/table.csv: the column `size` stands twice in the header\n"
        "hint: rename one, or remove it\n",
        write(TABLE, "size,size,answer\n1,2,yes\n"),
    ),
    Case(
        "no target",
        "prepare n",
        "error: data/n/table.csv: there is no column `answer`; the columns are "
        "`size`, `colour`\n"
        "hint: name the column as it is, or give the feature an alias in "
        "params.yaml\n",
        write(TABLE, "size,colour\n1,red\n"),
    ),
    Case(
        "one class",
        "prepare n",
        "error: data/n/table.csv: the target `answer` has 1 classes (`yes` 60) "
        "in 60 labelled rows; two, one of them `yes` are asked\n"
        "hint: bring rows of every class, or merge classes under target.classes\n",
        table_of_n([row | {"answer": "yes"} for row in rows()]),
    ),
    Case(
        "one class in a run",
        "run n",
        "model  verdict  what happened  test metric [95 % interval]  champion  "
        "ms a row\n"
        "n      -        failed\n"
        "    error: data/n/table.csv: the target `answer` has 1 classes (`yes` "
        "60) in 60 labelled rows; two, one of them `yes` are asked\n"
        "    hint: bring rows of every class, or merge classes under target.classes\n",
        table_of_n([row | {"answer": "yes"} for row in rows()]),
    ),
    Case(
        "one class in a run of what is live",
        "run m",
        "model  verdict  what happened  test metric [95 % interval]  champion  "
        "ms a row\n"
        "m      -        failed\n"
        "    error: data/m/table.csv: the target `answer` has 1 classes (`no` "
        "200) in 200 labelled rows; two, one of them `yes` are asked\n"
        "    hint: bring rows of every class, or merge classes under target.classes\n",
        edit("data/m/table.csv", lambda x: x.replace(b"yes", b"no")),
    ),
    Case(
        "three classes",
        "prepare n",
        "error: data/n/table.csv: the target `answer` has 3 classes (`maybe` 1, "
        "`no` 111, `yes` 89) in 201 labelled rows; two, one of them `yes` are asked\n"
        "hint: bring rows of every class, or merge classes under target.classes\n",
        edit(TABLE, lambda x: x + b"1,red,maybe\n"),
    ),
    Case(
        "no label at all",
        "prepare n",
        "error: data/n/table.csv: the target `answer` has 0 classes (none) in 0 "
        "labelled rows; two, one of them `yes` are asked\n"
        "hint: bring rows of every class, or merge classes under target.classes\n",
        table_of_n([row | {"answer": ""} for row in rows()]),
    ),
    Case(
        "cp1252",
        "prepare n",
        "error: data/n/table.csv: not UTF-8 at byte 28\n"
        "hint: bring it in with `modelpress ingest`, whose source names its "
        "encoding\n",
        edit(TABLE, lambda x: x.replace(b"red", b"ros\xe9")),
    ),
    Case(
        "UTF-16",
        "prepare n",
        "error: data/n/table.csv: not UTF-8 at byte 0\n"
        "hint: bring it in with `modelpress ingest`, whose source names its "
        "encoding\n",
        edit(TABLE, lambda x: x.decode().encode("utf-16")),
    ),
    Case(
        "a NUL byte",
        "prepare n",
        "error: data/n/table.csv: line 202: there is a NUL character, which no "
        "table has\n"
        "hint: the file is damaged: bring it in anew with `modelpress ingest`\n",
        edit(TABLE, lambda x: x + b"1,r\0d,yes\n"),
    ),
    Case(
        "an unclosed quote",
        "prepare n",
        "error: data/n/table.csv: line 202: unexpected end of data\n"
        "hint: is a double quote not closed? one inside a quoted field is "
        "written twice\n",
        edit(TABLE, lambda x: x + b'1,"red,yes\n'),
    ),
    Case(
        "a field too many",
        "prepare n",
        "error: data/n/table.csv: line 202: 4 fields, the header has 3\n"
        "hint: a field with a comma or a line break must stand in double quotes\n",
        edit(TABLE, lambda x: x + b"1,5,red,yes\n"),
    ),
    Case(
        "a field too few",
        "prepare n",
        "error: data/n/table.csv: line 202: 2 fields, the header has 3\n"
        "hint: a field with a comma or a line break must stand in double quotes\n",
        edit(TABLE, lambda x: x + b"1,red\n"),
    ),
    Case(
        "a word among numbers",
        "prepare n",
        "error: data/n/table.csv: column `size`: 1 of 201 values are not "
        "numbers, first `tall` in row 201\n"
        "hint: name the values that stand for nothing under data.missing and "
        "ingest again, or make the feature categorical\n",
        edit(TABLE, lambda x: x + b"tall,red,yes\n"),
    ),
    Case(
        "an infinite number",
        "prepare n",
        "error: data/n/table.csv: column `size`: 1 of 201 values are not "
        "numbers, first `inf` in row 201\n"
        "hint: name the values that stand for nothing under data.missing and "
        "ingest again, or make the feature categorical\n",
        edit(TABLE, lambda x: x + b"inf,red,yes\n"),
    ),
    Case(
        "a number too large",
        "prepare n",
        "error: data/n/table.csv: column `size`: 1 of 201 values are not "
        "numbers, first `1e300` in row 201\n"
        "hint: name the values that stand for nothing under data.missing and "
        "ingest again, or make the feature categorical\n",
        edit(TABLE, lambda x: x + b"1e300,red,yes\n"),
    ),
    Case(
        "a row named twice",
        "prepare n",
        "error: data/n/table.csv: two rows have the row_id `a`\n"
        "hint: name each row once, or leave the column out: rows are numbered then\n",
        table_of_n([{"row_id": "a", **row} for row in rows()]),
    ),
    Case(
        "a moment that is none",
        "prepare n",
        "error: data/n/table.csv: row 1: `yesterday` is no moment in UTC\n"
        "hint: write 2026-01-31T12:00:00Z; `modelpress ingest` does\n",
        table_of_n([{"timestamp": "yesterday", **row} for row in rows()]),
    ),
    Case(
        "a moment without an offset",
        "prepare n",
        "error: data/n/table.csv: row 1: `2026-01-31T12:00` is no moment in UTC\n"
        "hint: write 2026-01-31T12:00:00Z; `modelpress ingest` does\n",
        table_of_n([{"timestamp": "2026-01-31T12:00", **row} for row in rows()]),
    ),
    Case(
        "no moment to split by",
        "prepare n",
        "error: data/n/table.csv: 200 of 200 rows have no timestamp, and "
        "split.method is time\n"
        "hint: name the source's column under data.timestamp, or split at random\n",
        _TIMED,
    ),
    Case(
        "rows that are all equal",
        "prepare n",
        "error: data/n/table.csv: the target `answer` has 1 classes (`yes` 60) "
        "in 60 labelled rows; two, one of them `yes` are asked\n"
        "hint: bring rows of every class, or merge classes under target.classes\n",
        table_of_n(rows(1) * 60),
    ),
    Case(
        "three rows",
        "prepare n",
        "error: data/n/table.csv: `colour` is `red` in all 3 labelled rows\n"
        "hint: a constant feature says nothing: remove it from params.yaml\n",
        table_of_n(
            [
                *rows(1),
                {"size": "5", "colour": "red", "answer": "yes"},
                {"size": "-5", "colour": "red", "answer": "no"},
            ]
        ),
    ),
    Case(
        "a feature that is the target",
        "prepare n",
        "error: data/n/table.csv: the target `answer` is determined in 200 rows "
        "by `colour` (100.00%)\n"
        "hint: a feature that is known only with the target leaks it: remove it, "
        "or say determines_target: true if it really is known when the model is "
        "asked\n",
        table_of_n([row | {"colour": str(row["answer"]) + "!"} for row in rows(200)]),
    ),
    Case(
        "a table that has lost rows",
        "prepare n",
        "error: data/n/table.csv: 200 rows, and the last accepted table had "
        "1,000: 20.0%, at least 80.0% are asked\n"
        "hint: the table was cut: restore it, or bring the new one in with "
        "`modelpress ingest`\n",
        write("data/n/source.json", '{"source": "shop", "rows": 1000}'),
    ),
    Case(
        "a record that says nothing",
        "prepare n",
        "error: data/n/source.json: this is not the record of a table: it names "
        "no source and rows\n"
        "hint: restore it from Git\n",
        write("data/n/source.json", "{}"),
    ),
    Case(
        "a record that is cut",
        "ingest n --from data/m/table.csv",
        "error: data/n/source.json: this is not JSON: Expecting property name "
        "enclosed in double quotes: line 1 column 2 (char 1)\n"
        "hint: restore it from Git, or run again\n",
        write("data/n/source.json", "{"),
    ),
)
