"""Blocks about where data come from: one class per connector, and per format of a file."""

import codecs
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from pipeline.config.strict import Strict, Words

KINDS = {
    "delimited": "connector: file with format: delimited",
    "workbook": "connector: file with format: xlsx or xls",
    "records": "connector: file with format: parquet or jsonl",
    "sklearn": "connector: sklearn",
    "citybikes": "connector: citybikes",
    "open_meteo": "connector: open_meteo",
}
_FORMATS = {"xlsx": "workbook", "xls": "workbook", "parquet": "records", "jsonl": "records"}


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError(f"`{name}` is no text encoding that Python knows") from error
    return name


class Timestamp(Strict):
    """The column that orders the rows. It is never a model input."""

    column: str
    format: str = "iso"
    """`iso`, or a format in Python's strptime words."""
    timezone: str = ""
    """Time zone of values that name none, e.g. `UTC`; empty: such values are refused."""


class FileSource(Strict):
    """A file, by path or address."""

    connector: Literal["file"] = "file"
    match: str = "*"
    """Pattern for the names of files that this source delivers."""
    member: str = ""
    """Pattern for the file inside a zip archive; empty if it holds only one."""
    url: str = ""
    """Where the source publishes the file."""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Digest that the delivery must have; empty: any."""
    rename: dict[str, str] = Field(default_factory=dict)
    """From this source's name of a column to another."""
    join: dict[str, Annotated[Words, Field(min_length=2)]] = Field(default_factory=dict)
    """From the name of a new column to those whose words it holds, one after the other."""
    timestamp: Timestamp | None = None
    """How this source writes the moment; left out: as `data.timestamp` says."""


class Delimited(FileSource):
    """Text with a mark between fields: CSV, TSV. Nothing of this is ever guessed."""

    format: Literal["delimited"] = "delimited"
    encoding: Annotated[str, AfterValidator(_known_encoding)]
    """For example `utf-8`, `latin-1`, `cp1252`."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)]
    quoting: Literal["standard", "none"]
    """`standard`: fields in double quotes, as in RFC 4180. `none`: a quote is a character."""
    columns: Words = ()
    """Names of the columns, for a file without a header line."""
    overflow: Literal["refuse", "join"] = "refuse"
    """What to do with fields beyond the last named column: refuse, or join them back to it."""


class Workbook(FileSource):
    """A sheet of an Excel workbook."""

    format: Literal["xlsx", "xls"]
    sheet: str = ""
    """Name of the sheet; empty if the workbook has only one."""
    header_row: Annotated[int, Field(ge=1)] = 1
    """The row that names the columns, counted from 1; what is above is left out."""


class Records(FileSource):
    """Rows with named, typed values: a Parquet file, or one JSON object a line."""

    format: Literal["parquet", "jsonl"]


class Bundled(Strict):
    """A table that scikit-learn brings along."""

    connector: Literal["sklearn"]
    dataset: Literal["breast_cancer", "diabetes", "iris", "wine"]


class CityBikes(Strict):
    """What a network of CityBikes v2 says of its stations right now."""

    connector: Literal["citybikes"]
    network: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    """Its id, as in https://api.citybik.es/v2/networks."""
    stations: Words = ()
    """Ids of the stations to keep; none: all."""
    stale_minutes: Annotated[float, Field(gt=0)] = 1440
    """Age of a station's own last word from which on it counts as stale."""
    open_words: Words = ("active", "aktiv", "in_service", "ok", "online", "open")
    """What a station in service says of its status; any other word means closed."""
    url: str = "https://api.citybik.es/v2/networks"


class OpenMeteo(Strict):
    """The weather of a place, hour by hour."""

    connector: Literal["open_meteo"]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    service: Literal["forecast", "archive"] = "forecast"
    """`archive`: measured and reanalysed, some days late. `forecast`: up to now and beyond."""
    past_days: Annotated[int, Field(ge=0, le=36525)] = 1
    """How far back; the forecast knows 92 days."""
    url: str = ""
    """Another address of the service; empty: Open-Meteo's own."""


def _kind(raw: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    """Tell which class a block is meant for."""
    if not isinstance(raw, dict):
        return next((k for k, c in _CLASSES.items() if isinstance(raw, c)), "delimited")
    connector, written = raw.get("connector", "file"), raw.get("format", "delimited")
    return str(connector if connector != "file" else _FORMATS.get(str(written), written))


_CLASSES: dict[str, type[Strict]] = {
    "delimited": Delimited,
    "workbook": Workbook,
    "records": Records,
    "sklearn": Bundled,
    "citybikes": CityBikes,
    "open_meteo": OpenMeteo,
}

Source = Annotated[
    Annotated[Delimited, Tag("delimited")]
    | Annotated[Workbook, Tag("workbook")]
    | Annotated[Records, Tag("records")]
    | Annotated[Bundled, Tag("sklearn")]
    | Annotated[CityBikes, Tag("citybikes")]
    | Annotated[OpenMeteo, Tag("open_meteo")],
    Discriminator(_kind),
]
