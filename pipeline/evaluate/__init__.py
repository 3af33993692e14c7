"""
`evaluate`: how good `model.onnx` is, with intervals; never the scikit-learn object.

Reads: params.yaml (evaluate), artifacts/<model>/{schema, golden}.json, model.onnx, *.parquet
Writes: artifacts/<model>/{metrics.json, evaluation.json, plots/*.json}; timing.json outside DVC
"""

import logging
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from modelpress.golden import Golden
from modelpress.model import Model
from pipeline.artifacts import PARTS, Paths, write_json
from pipeline.baselines import baselines
from pipeline.bootstrap import Estimate, Resampling, days, estimate
from pipeline.calibration import calibration_error
from pipeline.candidate import load_candidate, read_golden
from pipeline.config import ModelBlock, load_block
from pipeline.config.metrics import MetricId, metric_ids
from pipeline.evaluate.curves import (
    calibration_points,
    confusion_points,
    pr_points,
    roc_points,
)
from pipeline.outcome import Outcome
from pipeline.rows import Rows, read_rows
from pipeline.schema import Schema, read_schema
from pipeline.scoring import outcome_of
from pipeline.slices import cut_slices

log = logging.getLogger(__name__)

_TIMED_CALLS = 200


def run(root: Path, model: str) -> None:
    """
    Evaluate one model.

    Raises:
        RegistryError: What earlier stages wrote is not there.
    """
    paths = Paths(root, model)
    block = load_block(root, model)
    schema = read_schema(paths.schema)
    onnx = load_candidate(paths)
    golden = read_golden(paths)
    parts = {name: read_rows(paths.part(name)) for name in PARTS}
    outcomes = {name: outcome_of(onnx, rows) for name, rows in parts.items()}
    evaluation = _evaluation(block, schema, parts, outcomes)
    write_json(paths.evaluation, {"schema": 1, "sha256": onnx.sha256, **evaluation})
    test = evaluation["metrics"]["test"]
    write_json(paths.metrics, {name: entry["value"] for name, entry in test.items()})
    _write_plots(paths, schema, outcomes["test"])
    write_json(paths.timing, {"sha256": onnx.sha256, **_timing(onnx, golden)})
    log.info("%s evaluate: %s", model, _summary(test, block.gate.metric))


def _evaluation(
    block: ModelBlock, schema: Schema, parts: dict[str, Rows], outcomes: dict[str, Outcome]
) -> dict[str, Any]:
    ids = metric_ids(schema.task, schema.positive)
    test, seed = parts["test"], block.split.seed
    metrics = {
        name: _estimates(ids, outcomes[name], _resampling(schema, parts[name], seed))
        for name in PARTS
    }
    naive = baselines(schema, block.evaluate.series, parts, test)
    return {
        "metrics": metrics,
        "gap": {
            name: _rounded(metrics["train"][name]["value"], metrics["test"][name]["value"])
            for name in ids
        },
        "calibration_error": round(calibration_error(outcomes["test"]), 6),
        "baselines": {
            name: _estimates(ids, outcome, _resampling(schema, test, seed))
            for name, outcome in naive.items()
        },
        "slices": _slices(block, schema, test, outcomes["test"]),
    }


def _slices(
    block: ModelBlock, schema: Schema, rows: Rows, outcome: Outcome
) -> list[dict[str, Any]]:
    ids = metric_ids(schema.task, schema.positive)
    return [
        {
            "feature": cut.feature,
            "slice": cut.name,
            "rows": int(cut.mask.sum()),
            "metrics": _estimates(
                ids,
                outcome.take(cut.mask),
                _resampling(schema, rows.take(cut.mask), block.split.seed),
            ),
        }
        for cut in cut_slices(schema, block.evaluate.slices, rows)
    ]


def _resampling(schema: Schema, rows: Rows, seed: int) -> Resampling:
    return Resampling(days(rows.moment) if schema.ordered else rows.group, seed)


def _estimates(
    ids: list[MetricId], outcome: Outcome, resampling: Resampling
) -> dict[str, dict[str, float | None]]:
    found = estimate(ids, outcome, resampling)
    return {name: _plain(entry) for name, entry in zip(ids, found, strict=True)}


def _plain(entry: Estimate) -> dict[str, float | None]:
    named = {"value": entry.value, "low": entry.low, "high": entry.high}
    return {name: None if np.isnan(x) else round(x, 6) for name, x in named.items()}


def _rounded(train: float | None, test: float | None) -> float | None:
    return None if train is None or test is None else round(train - test, 6)


def _write_plots(paths: Paths, schema: Schema, outcome: Outcome) -> None:
    write_json(paths.plot("roc"), roc_points(outcome))
    write_json(paths.plot("pr"), pr_points(outcome))
    write_json(paths.plot("calibration"), calibration_points(outcome))
    write_json(paths.plot("confusion"), confusion_points(outcome, schema.classes))


def _timing(model: Model, golden: list[Golden]) -> dict[str, float]:
    """Time single rows; no clock may enter what DVC tracks, so this goes beside it."""
    row = golden[0]["row"]
    times = []
    for _ in range(_TIMED_CALLS):
        start = time.perf_counter()
        model.predict(row)
        times.append(1000 * (time.perf_counter() - start))
    return {"median_ms": round(statistics.median(times), 4)}


def _summary(test: dict[str, dict[str, float | None]], metric: MetricId) -> str:
    entry = test[metric]
    if entry["value"] is None:
        return f"{metric} is not defined on the test rows"
    return f"{metric} {entry['value']:.4f} [{entry['low']:.4f}, {entry['high']:.4f}]"
