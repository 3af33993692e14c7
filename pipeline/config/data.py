"""Blocks about the table: where it comes from, what its columns are, how it is cut."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.config.polls import Polls
from pipeline.config.sources import Source, Timestamp
from pipeline.config.strict import Share, Strict, Words


class Data(Strict):
    """What `ingest` needs to know."""

    sources: dict[str, Source] = Field(default_factory=dict)
    row_id: str = ""
    """The source's column of unique row names; empty: rows are numbered."""
    timestamp: Timestamp | None = None
    missing: Words = ("",)
    """Values that stand for nothing."""
    polls: Polls | None = None
    """How snapshots of stations become the table."""


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
    at_least: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """Makes two classes of a number: `1` from this value on, `0` below."""
    above_quantile: Share | None = None
    """Makes two classes of a number: `1` above this quantile of the training rows, else `0`."""

    @property
    def cuts(self) -> bool:
        """Whether the classes are made of a number."""
        return self.at_least is not None or self.above_quantile is not None


class Split(Strict):
    """How the table is cut into train, validation and test."""

    method: Literal["random", "time"]
    """`random`: stratified by target, stable as the table grows. `time`: oldest rows train."""
    validation: Share
    test: Share
    seed: int
