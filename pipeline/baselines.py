"""
What a model must beat: answers that need no model.

Each baseline is an outcome on the same rows as the model's own, so that the two can be paired.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.config.judge import Series
from pipeline.errors import DataError
from pipeline.outcome import Outcome
from pipeline.rows import NO_MOMENT, Rows
from pipeline.schema import Schema

_MINUTE, _HOUR = 60, 3600


def baselines(
    schema: Schema, series: Series | None, parts: Mapping[str, Rows], rows: Rows
) -> dict[str, Outcome]:
    """
    Answer rows without a model.

    A classification gets every constant answer (the most frequent class is `majority`), all with
    the classes' shares as probabilities; a regression the mean and the median of the training
    rows. A time series also gets the last known target, and that of the last season.

    Raises:
        DataError: A time series has rows without a timestamp.
    """
    constant = _constant_classes if schema.classes else _constant_values
    made = constant(schema, parts["train"], rows)
    if series is not None:
        _refuse_timeless(rows)
        history = _History(series, list(parts.values()))
        fallback = next(iter(made.values()))
        horizon, season = series.horizon_minutes * _MINUTE, series.season_hours * _HOUR
        made["persistence"] = history.told(rows, horizon, fallback)
        made["seasonal_naive"] = history.told(rows, max(season, horizon), fallback)
    return made


def _refuse_timeless(rows: Rows) -> None:
    absent = int(np.count_nonzero(rows.moment == NO_MOMENT))
    if absent:
        raise DataError(
            f"{absent:,} of {len(rows):,} rows have no timestamp, and evaluate.series needs it",
            hint="name its column under data.timestamp and ingest again, or leave series out",
        )


def _constant_classes(schema: Schema, train: Rows, rows: Rows) -> dict[str, Outcome]:
    counts = np.bincount(train.target.astype(np.int64), minlength=len(schema.classes))
    shares = np.tile(counts / max(counts.sum(), 1), (len(rows), 1))
    named: dict[str, Outcome] = {}
    for code in np.argsort(-counts, kind="stable"):
        name = f"always {schema.classes[code]}" if named else "majority"
        named[name] = Outcome(rows.target, np.full(len(rows), code), shares)
    return named


def _constant_values(_: Schema, train: Rows, rows: Rows) -> dict[str, Outcome]:
    values = {"mean": float(np.mean(train.target)), "median": float(np.median(train.target))}
    nothing = np.empty((len(rows), 0))
    return {
        name: Outcome(rows.target, np.full(len(rows), value), nothing)
        for name, value in values.items()
    }


class _History:
    """Every known target by series and moment."""

    def __init__(self, series: Series, parts: list[Rows]) -> None:
        self._by = series.by
        self._known: dict[tuple[str, ...], tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        keys = [key for rows in parts for key in self._keys(rows)]
        moment = np.concatenate([rows.moment for rows in parts])
        target = np.concatenate([rows.target for rows in parts]).astype(np.float64)
        members: dict[tuple[str, ...], list[int]] = {}
        for index, key in enumerate(keys):
            members.setdefault(key, []).append(index)
        for key, positions in members.items():
            order = np.array(positions)[np.argsort(moment[positions], kind="stable")]
            self._known[key] = moment[order], target[order]

    def _keys(self, rows: Rows) -> list[tuple[str, ...]]:
        if not self._by:
            return [()] * len(rows)
        return list(zip(*(map(str, rows.features[name]) for name in self._by), strict=True))

    def told(self, rows: Rows, ago: float, fallback: Outcome) -> Outcome:
        """Tell each row the newest target from at least that many seconds before."""
        told = fallback.told.astype(np.float64)
        for index, key in enumerate(self._keys(rows)):
            moment, target = self._known[key]
            newest = int(np.searchsorted(moment, rows.moment[index] - ago, side="right")) - 1
            if newest >= 0:
                told[index] = target[newest]
        if not fallback.classes:
            return Outcome(rows.target, told, fallback.probabilities)
        codes = told.astype(np.int64)
        return Outcome(rows.target, codes, np.eye(fallback.classes)[codes])
