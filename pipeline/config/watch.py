"""Blocks about a model in production: how it is watched, and when it is trained anew."""

from typing import Annotated

from pydantic import Field

from pipeline.config.strict import Share, Strict

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


class Limits(Strict):
    """
    How large an effect must be before it counts, however sure it is.

    Shares are differences to the card's reference, 0.05 being five points.
    """

    ks: Share = 0.1
    """Kolmogorov-Smirnov distance of a number."""
    wasserstein: Positive = 0.15
    """Wasserstein distance of a number, in standard deviations of the reference."""
    chi_square: Share = 0.1
    """Cramér's V of a categorical feature."""
    jensen_shannon: Share = 0.1
    """Jensen-Shannon distance of a categorical feature."""
    psi: Positive = 0.1
    """Population stability index of any feature."""
    domain_auc: Share = 0.65
    """How well a classifier tells today's texts from the reference's; 0.5 is not at all."""
    vocabulary: Share = 0.05
    """Rise of the share of words that the reference does not know."""
    unknown: Share = 0.01
    """Rise of the share of categories that the model does not know."""
    missing: Share = 0.05
    """Rise of the share of missing values."""
    prior: Share = 0.05
    """Change of the share of any class."""
    performance: Share = 0.1
    """How much worse the gate's metric may be than the card's, as a share of it."""
    availability: Share = 0.99
    """Least share of the service's answers that are right."""
    p95_ms: Positive = 1000
    """Longest time in which the service gives 95 of 100 answers."""


class Alerts(Strict):
    """How much evidence opens an alert, and how much calm closes it."""

    k: Count = 2
    """Days of the last `n` on which a cause must show."""
    n: Count = 3
    recover_days: Count = 3
    """Days without a sign after which an alert is closed."""
    cool_down_days: Annotated[int, Field(ge=0)] = 7
    """Days after closing within which the same cause opens no new alert."""


class Monitor(Strict):
    """How a model in production is watched."""

    windows_days: Annotated[tuple[Count, ...], Field(strict=False, min_length=1)] = (7, 14)
    """Rolling windows, in days; drift is measured on the first."""
    min_rows: Count = 100
    """Rows that a window must have before anything is concluded from it."""
    significance: Share = 0.003
    """Chance of a false sign a day, corrected for the number of features."""
    limits: Limits = Field(default_factory=Limits)
    alerts: Alerts = Field(default_factory=Alerts)
    webhook_env: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9_]*)?$")] = ""
    """Environment variable with the URL that is told of alerts; empty: nobody is."""


class Retrain(Strict):
    """When a model is trained anew."""

    on_alert: bool = True
    """Whether an alert whose remedy is a retrain calls for one."""
    every_days: Count = 30
    """Age of the version in production from which on new rows call for one."""
    min_new_rows: Count = 500
    """Labelled rows that must have arrived since, or there is nothing to learn."""
    fresh_days: Annotated[int, Field(ge=0)] = 0
    """Length of the window to train on, in days; 0: all rows that there are."""
