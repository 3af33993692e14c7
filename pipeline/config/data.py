"""Blocks about the table: where it comes from, what its columns are, how it is cut."""

import codecs
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.config.strict import Share, Strict, Words


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


class Source(Strict):
    """How one source writes its file. Nothing of this is ever guessed."""

    encoding: Annotated[str, AfterValidator(_known_encoding)]
    """For example `utf-8`, `latin-1`, `cp1252`."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)]
    quoting: Literal["standard", "none"]
    """`standard`: fields in double quotes, as in RFC 4180. `none`: a quote is a character."""
    match: str = "*"
    """Pattern for the names of files that this source delivers."""
    member: str = ""
    """Pattern for the file inside a zip archive; empty if it holds only one."""
    columns: Words = ()
    """Names of the columns, for a file without a header line."""
    overflow: Literal["refuse", "join"] = "refuse"
    """What to do with fields beyond the last named column: refuse, or join them back to it."""
    rename: dict[str, str] = Field(default_factory=dict)
    """From this source's name of a column to another."""
    timestamp: Timestamp | None = None
    """How this source writes the moment; left out: as `data.timestamp` says."""
    url: str = ""
    """Where the source publishes the file."""


class Data(Strict):
    """What `ingest` needs to know."""

    sources: dict[str, Source] = Field(default_factory=dict)
    row_id: str = ""
    """The source's column of unique row names; empty: rows are numbered."""
    timestamp: Timestamp | None = None
    missing: Words = ("",)
    """Values that stand for nothing."""


class Contract(Strict):
    """What `prepare` insists on."""

    min_rows_share: Share
    """Smallest share of the last accepted table's rows that a new table may have."""
    max_categories: Annotated[int, Field(ge=2)] = 100
    """Most values of a categorical feature that the model tells apart."""
    min_category_rows: Annotated[int, Field(ge=1)] = 5
    """Training rows below which a category counts as unknown, and is not published."""


class Feature(Strict):
    """One column that the model sees."""

    kind: Literal["numeric", "categorical", "text"]
    aliases: Words = ()
    """Names under which sources deliver it."""
    optional: bool = False
    """Say `true` if sources may do without this category; the column is then empty."""
    determines_target: bool = False
    """Say `true` if it may determine the target, and the leak check shall let it pass."""


class Target(Strict):
    """The column that the model learns to say."""

    column: str
    aliases: Words = ()
    classes: dict[str, str] = Field(default_factory=dict)
    """From a value in the table to the label that the model says; empty: the value itself."""
    positive: str = ""
    """The label that is looked for: threshold, precision, recall and f1 are about it."""


class Split(Strict):
    """How the table is cut into train, validation and test."""

    method: Literal["random", "time"]
    """`random`: stratified by target, stable as the table grows. `time`: oldest rows train."""
    validation: Share
    test: Share
    seed: int
