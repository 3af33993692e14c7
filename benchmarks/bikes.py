"""
The bikes models on public data: polls of Dublin's stations, and the hours of UCI 275.

Dublin: polls every ten minutes over three days; the last day tests, what was known before it
trains. UCI: the protocol of scikit-learn's example "Time-related feature engineering".
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from measure import Figure, Index, in_order, ingest, rows_of, shipped, show
from numpy.typing import NDArray
from ruamel.yaml import YAML
from sklearn.model_selection import TimeSeriesSplit

from pipeline.artifacts import Paths, write_bytes
from pipeline.bootstrap import Estimate, Resampling, gain
from pipeline.config import load_block
from pipeline.config.metrics import MetricId
from pipeline.errors import DataError
from pipeline.metrics import value
from pipeline.outcome import Outcome
from pipeline.polls import table_of
from pipeline.polls.poll import WEATHER, Poll, Seen
from pipeline.polls.series import Place
from pipeline.rows import Rows
from pipeline.source import canonical
from pipeline.table import table_bytes

LAST_DAY = "2026-07-23T00:00:00+00:00"
HORIZON, HOUR = 3600, 3600
DUBLIN_POLLS = {
    "horizon_minutes": 60,
    "tolerance_minutes": 8,
    "lags_minutes": [20, 60, 120, 1380],
    "timezone": "Europe/Dublin",
}
# The archive of the weather ends three weeks before the polls begin.
LEFT_OUT = {"temperature", "precipitation", "wind", "free_bikes_10020_ago", "weekday"}
ADDED = ("free_bikes_20_ago", "free_bikes_120_ago")

UCI_NUMBERS = ("yr", "mnth", "hr", "weekday", "temp", "atemp", "hum", "windspeed")
UCI_WORDS = ("season", "holiday", "workingday", "weathersit")
UCI_SOURCE = {"encoding": "utf-8", "delimiter": ",", "quoting": "standard", "member": "*/hour.csv"}


def amend(root: Path, model: str, like: str, **changes: Any) -> None:  # noqa: ANN401 - blocks are anything
    """Add a block that is like a shipped one, with some keys replaced."""
    yaml, file = YAML(typ="safe"), root / "params.yaml"
    params = yaml.load(file.read_text("utf-8"))
    params["models"][model] = params["models"][like] | changes
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(params, stream)


# Dublin


def dublin(root: Path, data: Path) -> None:
    """Fit both models on what was known before the last day, and ask them about it."""
    polls, places = list(dublin_polls(data / "bikes")), dublin_places(data / "bikes")
    for like in ("bikes-count", "bikes"):
        model = f"dublin-{like}"
        block = load_block(root, like)
        features: dict[str, Any] = {
            name: {"kind": feature.kind}
            for name, feature in block.features.items()
            if name not in LEFT_OUT
        }
        features |= {name: {"kind": "numeric"} for name in ADDED}
        own = {"row_id": "row", "timestamp": {"column": "at"}, "polls": {**DUBLIN_POLLS, "of": "x"}}
        amend(root, model, like, data=own, features=features)
        rows = dublin_rows(root, model, polls, places)
        start = datetime.fromisoformat(LAST_DAY).timestamp()
        # What came after a row must have been known before the last day began.
        fit, ask = rows.moment <= start - HORIZON, rows.moment >= start
        outcome = shipped(root, model, rows, np.flatnonzero(fit), np.flatnonzero(ask))
        tell = count_figures if like == "bikes-count" else binary_figures
        print(f"{model}: {fit.sum():,} rows train, {ask.sum():,} test")
        tell(rows.take(ask), outcome)


def dublin_polls(folder: Path) -> Iterator[Poll]:
    """Yield every poll; a station that rents nothing is closed, whatever it counts."""
    sizes = capacities(folder)
    for file in sorted(folder.glob("raw_*.parquet")):
        by_poll: dict[datetime, list[dict[str, Any]]] = {}
        for row in pq.read_table(file).to_pylist():
            by_poll.setdefault(row["poll_ts"], []).append(row)
        for at in sorted(by_poll):
            own = sorted(by_poll[at], key=lambda row: str(row["station_id"]))
            seen = tuple(seen_in(row, sizes) for row in own)
            yield Poll(f"{at:%Y-%m-%dT%H:%M:%SZ}", seen, (None,) * len(WEATHER))


def seen_in(row: dict[str, Any], sizes: dict[str, int]) -> Seen:
    """Read one station of a poll."""
    station = row["station_id"]
    status = "open" if row["is_renting"] and row["is_installed"] else "closed"
    updated = f"{row['last_reported']:%Y-%m-%dT%H:%M:%SZ}"
    free, empty = row["num_bikes_available"], row["num_docks_available"]
    return Seen(station, free, empty, sizes.get(station) or free + empty, status, updated)


def capacities(folder: Path) -> dict[str, int]:
    """Read how many places each station has."""
    rows = pq.read_table(folder / "stations_stations.parquet").to_pylist()
    return {row["station_id"]: row["capacity"] for row in rows}


def dublin_places(folder: Path) -> dict[str, Place]:
    """Read where each station is."""
    rows = pq.read_table(folder / "stations_stations.parquet").to_pylist()
    return {row["station_id"]: Place(row["lat"], row["lon"]) for row in rows}


def dublin_rows(root: Path, model: str, polls: list[Poll], places: dict[str, Place]) -> Rows:
    """Make a table of polls, as `ingest` does, and prepare it."""
    block = load_block(root, model)
    if block.data.polls is None:
        raise SystemExit(f"{model}: its block names no polls")
    table = canonical(block, table_of(block.data.polls, polls, places), "polls")
    write_bytes(Paths(root, model).table, table_bytes(table.header, table.rows))
    return in_order(rows_of(root, model))


def count_figures(rows: Rows, outcome: Outcome) -> None:
    """Compare with the count that stands there now."""
    count = np.asarray(rows.features["free_bikes"], np.float64)
    now = Outcome(outcome.truth, count, outcome.probabilities)
    skill("dublin count: MAE", "mean_absolute_error", (outcome, now), rows)
    skill("dublin count: RMSE", "root_mean_squared_error", (outcome, now), rows)


def binary_figures(rows: Rows, outcome: Outcome) -> None:
    """Compare with whether there are enough bikes now."""
    enough = (np.asarray(rows.features["free_bikes"], np.float64) >= 5).astype(np.int64)
    now = Outcome(outcome.truth, enough, np.eye(2)[enough])
    skill("dublin >= 5 bikes: Brier score", "brier_score", (outcome, now), rows)
    # Of labels alone, three days say too little: no goal.
    found = widest("matthews_corrcoef", (outcome, now), rows)
    span = f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    print(f"  MCC, gain over persistence: {span}; no goal")


def skill(what: str, metric: MetricId, pair: tuple[Outcome, Outcome], rows: Rows) -> None:
    """Print both sides, and the lower end of the share of persistence's loss that is gone."""
    found = widest(metric, pair, rows)
    ours, theirs = (value(metric, outcome) for outcome in pair)
    reached, low, high = (x / theirs for x in (found.value, found.low, found.high))
    print(f"  ours {ours:.4f}, persistence {theirs:.4f}: {reached:+.3f} [{low:+.3f}, {high:+.3f}]")
    show(Figure(f"{what}: lower end of the skill", low, 0.0, "-", "+.3f"))


def widest(metric: MetricId, pair: tuple[Outcome, Outcome], rows: Rows) -> Estimate:
    """Of two paired intervals, give the one that reaches lower: hours are drawn, or stations."""
    stations = np.unique(np.asarray(rows.features["station"], str), return_inverse=True)[1]
    groups = (rows.moment // HOUR, stations.astype(np.int64))
    found = [gain(metric, *pair, Resampling(group, 7)) for group in groups]
    return min(found, key=lambda x: x.low)


# UCI


def uci_hours(root: Path, data: Path) -> None:
    """Five folds in order of time, as scikit-learn's example cuts them."""
    features: dict[str, Any] = {name: {"kind": "numeric"} for name in UCI_NUMBERS}
    features |= {name: {"kind": "categorical"} for name in UCI_WORDS}
    changes: dict[str, Any] = {
        "data": {"row_id": "instant", "sources": {"uci": UCI_SOURCE}},
        "target": {"column": "cnt"},
        "split": {"method": "random", "validation": 0.2, "test": 0.2, "seed": 7},
        "estimator": {"name": "hist_gradient_boosting_regressor"},
        "evaluate": {},
    }
    file = data / "bikes" / "Bike-Sharing-Dataset.zip"
    parts = {name: {"kind": "numeric"} for name in ("casual", "registered")}
    amend(root, "uci-leak", "bikes-count", features=features | parts, **changes)
    try:
        ingest(root, "uci-leak", file, "uci")
        rows_of(root, "uci-leak")
    except DataError as error:
        print(f"uci bikes: with casual and registered, prepare refuses: {error.message}")
    amend(root, "uci-hours", "bikes-count", features=features, **changes)
    ingest(root, "uci-hours", file, "uci")
    rows = in_order(rows_of(root, "uci-hours"))
    folds = TimeSeriesSplit(n_splits=5, gap=48, max_train_size=10_000, test_size=1_000)
    most = float(rows.target.max())
    told = [(shipped(root, "uci-hours", rows, fit, ask), ask) for fit, ask in folds.split(rows.row)]
    published = ".044 / .068 (scikit-learn)"
    for metric, goal in (("mean_absolute_error", 0.044), ("root_mean_squared_error", 0.068)):
        errors = [value(metric, outcome) / most for outcome, _ in told]
        what = f"uci bikes: {metric} of 5 folds, share of the maximum"
        print(f"  by fold {', '.join(f'{x:.4f}' for x in errors)}")
        show(Figure(what, float(np.mean(errors)), goal, published, at_most=True))
    pairs = [(outcome, hour_before(rows, ask, outcome)) for outcome, ask in told]
    alone = [over_the_hour_before([pair]) for pair in pairs]
    print(f"  skill by fold {', '.join(f'{x:+.3f} (from {low:+.3f})' for x, low in alone)}")
    reached, low = over_the_hour_before(pairs)
    what = f"uci bikes: lower end of the skill over persistence, {reached:+.3f}"
    show(Figure(what, low, 0.0, "-", "+.3f"))


def hour_before(rows: Rows, ask: Index, outcome: Outcome) -> Outcome:
    """Tell every row the count of the row before."""
    before: NDArray[np.float64] = rows.target[ask - 1].astype(np.float64)
    return Outcome(outcome.truth, before, outcome.probabilities)


def over_the_hour_before(pairs: list[tuple[Outcome, Outcome]]) -> tuple[float, float]:
    """Give the skill in MAE of all folds together, and its lower end; days are drawn."""
    ours, theirs = (
        Outcome(
            np.concatenate([x.truth for x in side]),
            np.concatenate([x.told for x in side]),
            np.concatenate([x.probabilities for x in side]),
        )
        for side in zip(*pairs, strict=True)
    )
    day = np.concatenate([np.arange(len(x)) // 24 + 1000 * i for i, (x, _) in enumerate(pairs)])
    found = gain("mean_absolute_error", ours, theirs, Resampling(day, 7))
    lost = value("mean_absolute_error", theirs)
    return found.value / lost, found.low / lost
