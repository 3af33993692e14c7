"""Bad rows to ask a model about, bad deliveries, and tables that make no new model."""

import gzip

from spoilt import (
    Case,
    both,
    file,
    rows,
    text_of,
    write,
)

_ASK = "predict m"


CASES = (
    Case(
        "the sources are no place for what is made of them",
        "report --out models",
        "error: models: `models/` holds sources\n"
        "hint: name a folder that is empty, or that `modelpress report` has written\n",
    ),
    Case(
        "a folder that is somebody's own",
        "report --out pipeline",
        "error: pipeline: there are files here that are not ours\n"
        "hint: name a folder that is empty, or that `modelpress report` has written\n",
    ),
    Case(
        "a file where the site's sources belong",
        "report --out dvc.yaml",
        "error: dvc.yaml: this is no folder\n"
        "hint: name a folder that is empty, or that `modelpress report` has written\n",
    ),
    Case(
        "no model to ask",
        "predict n size=1 colour=red",
        "error: the model `n` has no version in production, and no candidate here\n"
        "hint: `modelpress run --force n` makes one\n",
    ),
    Case(
        "an unknown model to ask",
        "predict x size=1",
        "error: params.yaml: there is no model `x`\nhint: there are m, n\n",
    ),
    Case(
        "no field",
        _ASK,
        "error: row 0: field `colour` is absent\n"
        "hint: give every field; `null` says that a value is missing\n",
    ),
    Case(
        "an unknown field",
        f"{_ASK} size=1 colour=red weight=3",
        "error: row 0: unknown field `weight`\nhint: the fields of `m` are colour, size\n",
    ),
    Case(
        "a missing field",
        f"{_ASK} size=1",
        "error: row 0: field `colour` is absent\n"
        "hint: give every field; `null` says that a value is missing\n",
    ),
    Case(
        "a field twice",
        f"{_ASK} size=1 size=2 colour=red",
        "error: field `size` stands twice\nhint: the fields are colour, size\n",
    ),
    Case(
        "a field without a value",
        f"{_ASK} size colour=red",
        "error: `size` is no FIELD=VALUE\nhint: the fields are colour, size\n",
    ),
    Case(
        "a word for a number",
        f"{_ASK} size=tall colour=red",
        "error: field `size`: `tall` is not a number\nhint: leave it empty if it is missing\n",
    ),
    Case(
        "fields and a file",
        f"{_ASK} size=1 --json rows.json",
        "error: there are both FIELD=VALUE and --json\nhint: give one of the two\n",
    ),
    Case(
        "a file that is not there",
        f"{_ASK} --json rows.json",
        "error: rows.json: cannot be read: no such file or directory\n"
        "hint: say a file, or - for stdin\n",
    ),
    Case(
        "a file that is a folder",
        f"{_ASK} --json data",
        "error: data: cannot be read: is a directory\nhint: say a file, or - for stdin\n",
    ),
    Case(
        "a file that is not JSON",
        f"{_ASK} --json rows.json",
        "error: rows.json: this is not JSON: Expecting property name enclosed in "
        "double quotes: line 1 column 2 (char 1)\n"
        'hint: write {"field": value, ...}, or a list of such\n',
        write("rows.json", "{size: 1}"),
    ),
    Case(
        "a file that is not UTF-8",
        f"{_ASK} --json rows.json",
        "error: rows.json: not UTF-8 at byte 15\nhint: save it as UTF-8\n",
        write("rows.json", b'{"colour": "ros\xe9"}'),
    ),
    Case(
        "a file with a number alone",
        f"{_ASK} --json rows.json",
        "error: rows.json: a row is not an object\n"
        'hint: write {"field": value, ...}, or a list of such\n',
        write("rows.json", "3"),
    ),
    Case(
        "a file with NaN",
        f"{_ASK} --json rows.json",
        "error: row 0: field `size`: `nan` is not a finite 32-bit number\n"
        "hint: `null` says that a value is missing\n",
        write("rows.json", '{"size": NaN, "colour": "red"}'),
    ),
    Case(
        "a file with a list for a number",
        f"{_ASK} --json rows.json",
        "error: row 0: field `size`: `[1]` is not a number\n",
        write("rows.json", '{"size": [1], "colour": "red"}'),
    ),
    Case(
        "a file with a number of 5,000 digits",
        f"{_ASK} --json rows.json",
        "error: rows.json: this is not JSON: Exceeds the limit (4300 digits) for "
        "integer string conversion: value has 5000 digits; use "
        "sys.set_int_max_str_digits() to increase the limit\n"
        'hint: write {"field": value, ...}, or a list of such\n',
        write("rows.json", '{"size": %s, "colour": "red"}' % ("9" * 5000)),
    ),
    Case(
        "a source that is not there",
        "ingest n --source uci --from data/m/table.csv",
        "error: 0 of the sources `shop` fit --source uci\n"
        "hint: name one with --source, or describe it under data.sources in "
        "params.yaml\n",
    ),
    Case(
        "a file for no source",
        "ingest n --from rows.json",
        "error: 0 of the sources `shop` fit `rows.json`\n"
        "hint: name one with --source, or describe it under data.sources in "
        "params.yaml\n",
        write("rows.json", "{}"),
    ),
    Case(
        "no file",
        "ingest n",
        "error: no source has a url to fetch from\nhint: say --from PATH|URL\n",
    ),
    Case(
        "a delivery that is not there",
        "ingest n --from new.csv",
        "error: new.csv: there is no such file\nhint: say a path or an http(s) URL\n",
    ),
    Case(
        "a delivery that is a folder",
        "ingest n --source shop --from data",
        "error: data: this is a folder\nhint: say the file in it\n",
    ),
    Case(
        "a delivery of other columns",
        "ingest n --from new.csv",
        "error: new.csv: there is no column `answer`, `colour`, `size`; the "
        "columns are `a`, `b`\n"
        "hint: name the column as it is, or give the feature an alias in "
        "params.yaml\n",
        write("new.csv", "a,b\n1,2\n"),
    ),
    Case(
        "an empty delivery",
        "ingest n --from new.csv",
        "error: new.csv: the file is empty\nhint: fetch it anew\n",
        write("new.csv", ""),
    ),
    Case(
        "a delivery of another encoding",
        "ingest n --from new.csv",
        "error: new.csv:2: byte 0xe9 at 28 is not utf-8\n"
        "hint: name the file's real encoding under data.sources.<name>.encoding; "
        "Windows and Excel often write cp1252\n",
        write("new.csv", text_of(rows()).replace("red", "ros\xe9").encode("cp1252")),
    ),
    Case(
        "a delivery that is cut",
        "ingest n --source shop --from new.csv.gz",
        "error: new.csv.gz: the archive is damaged: Compressed file ended before "
        "the end-of-stream marker was reached\n"
        "hint: fetch it anew\n",
        write("new.csv.gz", gzip.compress(text_of(rows()).encode(), mtime=0)[:-20]),
    ),
    Case(
        "an archive that is damaged",
        "ingest n --source shop --from new.zip",
        "error: new.zip: the archive is damaged: File is not a zip file\nhint: fetch it anew\n",
        write("new.zip", b"PK\x03\x04" + b"\0" * 100),
    ),
    Case(
        "a delivery that has lost rows",
        "ingest n --from new.csv",
        "error: 30 rows, and the last table of source `shop` had 200: 15.0%, at "
        "least 80.0% are asked\n"
        "hint: the delivery was cut? if it is whole, say --accept-fewer-rows\n",
        both(
            write("new.csv", text_of(rows(30))),
            write("data/n/source.json", '{"source": "shop", "rows": 200}'),
        ),
    ),
    Case(
        "a delivery to a file for the data's folder",
        "ingest n --from new.csv",
        "error: data/n/table.csv: cannot be written: file exists\n"
        "hint: a file stands where a folder belongs: move it away\n",
        both(write("new.csv", text_of(rows(30))), file("data/n")),
    ),
    Case(
        "a new model of no table",
        "new wine --data wine.csv --target answer",
        "error: wine.csv: there is no such file\nhint: say a path or an http(s) URL\n",
    ),
    Case(
        "a new model of a folder",
        "new wine --data data --target answer",
        "error: data: this is a folder\nhint: say the file in it\n",
    ),
    Case(
        "a new model without such a target",
        "new wine --data data/m/table.csv --target taste",
        "error: table.csv: there is no column `taste`\n"
        "hint: the columns are `size`, `colour`, `answer`\n",
    ),
    Case(
        "a new model with a name that is taken",
        "new n --data data/m/table.csv --target answer",
        "error: params.yaml: there is a model `n` already\n"
        "hint: choose another name, or `modelpress ingest` into the model that "
        "is there\n",
    ),
    Case(
        "a new model with a bad name",
        "new Wine --data data/m/table.csv --target answer",
        "error: params.yaml: `Wine` is no model name: a letter, then up to 39 "
        "small letters, digits or dashes\n"
        "hint: choose another name\n",
    ),
    Case(
        "a new model with a path for a name",
        "new ../wine --data data/m/table.csv --target answer",
        "error: params.yaml: `../wine` is no model name: a letter, then up to 39 "
        "small letters, digits or dashes\n"
        "hint: choose another name\n",
    ),
    Case(
        "a new model whose table is there",
        "new wine --data data/m/table.csv --target answer",
        "error: data/wine/table.csv: there is a table of a model `wine` already\n"
        "hint: choose another name, or `modelpress ingest` into the model that "
        "is there\n",
        write("data/wine/table.csv", ""),
    ),
    Case(
        "a new model where a file is in the way",
        "new wine --data data/m/table.csv --target answer",
        "error: data/wine/table.csv: cannot be written: file exists\n"
        "hint: a file stands where a folder belongs: move it away\n",
        file("data/wine"),
    ),
    Case(
        "a new model of a table that is empty",
        "new wine --data wine.csv --target answer",
        "error: wine.csv: with the delimiter `,`: the file is empty\n"
        "hint: mend the file, or write the block by hand: data.sources says how "
        "a file is written\n",
        write("wine.csv", ""),
    ),
)
