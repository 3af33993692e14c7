"""Blocks about judging: tuning, threshold, evaluation, gate; and words for the card."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.config.metrics import MetricId
from pipeline.config.strict import Numbers, Share, Strict, Words


class Search(Strict):
    """The values that tuning may try for one parameter: a span, or choices."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[bool | int | float | str | None, ...] = Field(default=(), strict=False)


class Tune(Strict):
    """Search for parameters by cross-validation on the training rows alone."""

    trials: Annotated[int, Field(ge=0)]
    """Parameter sets to try; 0: the block's own parameters stand."""
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    metric: MetricId | None = None
    """What to improve; left out: the gate's metric."""
    search: dict[str, Search] = Field(default_factory=dict)


class Threshold(Strict):
    """From which probability on the label is the positive one."""

    policy: Literal["none", "best_f1", "precision_first", "fixed"]
    """`none`: the most probable class. `precision_first`: best F1 at a least precision."""
    min_precision: Share | None = None
    relax_to: Share | None = None
    """How far the least precision may be relaxed if no threshold reaches it."""
    step: Share = 0.01
    value: Share | None = None
    """The threshold itself, with `fixed`."""
    folds: Annotated[int, Field(ge=2, le=20)] = 5


class Series(Strict):
    """What makes the rows a time series, for the naive forecasts to beat."""

    by: Words = ()
    """Features that name a series; none: the table is one."""
    horizon_minutes: Annotated[float, Field(gt=0)]
    """From a row's timestamp to the moment at which its target is known."""
    season_hours: Annotated[float, Field(gt=0)]


class Evaluate(Strict):
    """What is measured beside the metrics of the whole."""

    slices: dict[str, Literal["categories"] | Numbers] = Field(default_factory=dict)
    """Per feature: `categories`, or the edges of bins (of words, for text)."""
    series: Series | None = None


class Allowance(Strict):
    """How much worse than the champion a metric may be."""

    absolute: Annotated[float, Field(ge=0)] | None = None
    relative: Annotated[float, Field(ge=0)] | None = None
    """As a share of the champion's value."""


class SliceRule(Strict):
    """The worst value of a metric that any slice of a feature may have."""

    feature: str
    metric: MetricId
    limit: float
    min_rows: Annotated[int, Field(ge=1)] = 50
    """Slices with fewer test rows are not judged."""


class BeatsBaseline(Strict):
    """The candidate must be better than every baseline, surely."""

    metric: MetricId
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.999


class Gate(Strict):
    """What a candidate must show before it may replace the champion."""

    metric: MetricId
    """By which better, same and worse are told."""
    promote_on: Literal["better", "not_worse"]
    promote: Literal["auto", "manual"] = "auto"
    floors: dict[MetricId, float] = Field(default_factory=dict)
    """The worst value that each metric may have on the test rows."""
    max_regression: dict[MetricId, Allowance] = Field(default_factory=dict)
    max_slide: Annotated[float, Field(ge=0)] = 0.01
    """How far below the best version so far many small steps may lead, in the metric's unit."""
    slices: tuple[SliceRule, ...] = Field(default=(), strict=False)
    beats_baseline: BeatsBaseline | None = None
    max_calibration_error: Share | None = None
    max_gzip_kb: Annotated[float, Field(gt=0)] = 1024
    max_latency_ms: Annotated[float, Field(gt=0)] | None = None
    """Median time of a single row; judged where it was measured, outside DVC."""


class Card(Strict):
    """Words for the model card."""

    summary: str
    intended_use: str = ""
    limitations: str = ""
    license: str = ""
