"""
`train`: rows in, a fitted estimator and its threshold out.

Reads: params.yaml (estimator, tune, threshold), artifacts/<model>/{schema.json, train.parquet}
Writes: artifacts/<model>/{estimator.skops, training.json, plots/tuning.json}
"""

import logging
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from pipeline.artifacts import Paths, write_json
from pipeline.config import EstimatorBlock, ModelBlock, load_block
from pipeline.config.file import PARAMS_FILE
from pipeline.errors import DataError
from pipeline.estimators import build, frame
from pipeline.rows import Rows, read_rows
from pipeline.schema import Schema, read_schema
from pipeline.train.folds import cut_folds, out_of_fold
from pipeline.train.store import write_estimator
from pipeline.train.threshold import Chosen, choose_threshold
from pipeline.train.tune import Trial, best_of, tune, with_parameters

log = logging.getLogger(__name__)


def run(root: Path, model: str) -> None:
    """
    Train one model.

    Raises:
        ParamsError: Its block has faults.
        DataError: The rows do not go with the estimator.
        RegistryError: What `prepare` wrote is not there.
    """
    paths = Paths(root, model)
    block = load_block(root, model)
    schema, rows = read_schema(paths.schema), read_rows(paths.part("train"))
    with warnings.catch_warnings():
        # Tuning walks through corners where a solver stops early; the score says what that costs.
        warnings.simplefilter("ignore", ConvergenceWarning)
        _refuse_negative(block.estimator, rows)
        estimator, trials = _tuned(block, schema, rows)
        chosen = _threshold(block, estimator, schema, rows)
        pipeline = build(estimator, schema, block.split.seed)
        pipeline.fit(frame(rows), rows.target)
    write_estimator(paths.estimator, pipeline)
    write_json(paths.plot("tuning"), [_point(trial) for trial in trials])
    write_json(paths.training, _record(estimator, chosen, len(trials)))
    log.info("%s train: %s", model, _summary(estimator, chosen, len(trials)))


def _refuse_negative(estimator: EstimatorBlock, rows: Rows) -> None:
    if estimator.name == "poisson" and rows.target.min() < 0:
        raise DataError(
            f"`poisson` counts, and the lowest target in the training rows is "
            f"{rows.target.min():g}",
            hint="write ridge or hist_gradient_boosting_regressor",
            path=PARAMS_FILE,
        )


def _tuned(block: ModelBlock, schema: Schema, rows: Rows) -> tuple[EstimatorBlock, list[Trial]]:
    if not block.tune.trials:
        return block.estimator, []
    metric = block.tune.metric or block.gate.metric
    trials = tune(block.estimator, block.tune, schema, rows, (metric, block.split.seed))
    return with_parameters(block.estimator, best_of(trials, metric).parameters), trials


def _threshold(
    block: ModelBlock, estimator: EstimatorBlock, schema: Schema, rows: Rows
) -> Chosen | None:
    if block.threshold.policy == "none":
        return None
    seed = block.split.seed
    folds = cut_folds(schema, rows, block.threshold.folds, seed)
    position, answers = out_of_fold(build(estimator, schema, seed), rows, folds, 2)
    positive = np.asarray(rows.target[position] == 1)
    return choose_threshold(block.threshold, positive, answers[:, 1])


def _record(estimator: EstimatorBlock, chosen: Chosen | None, trials: int) -> dict[str, Any]:
    return {
        "schema": 1,
        "estimator": estimator.model_dump(mode="json"),
        "threshold": asdict(chosen) if chosen else None,
        "trials": trials,
    }


def _point(trial: Trial) -> dict[str, Any]:
    return {"trial": trial.number, "score": trial.score, **trial.parameters}


def _summary(estimator: EstimatorBlock, chosen: Chosen | None, trials: int) -> str:
    words: list[str] = [estimator.name]
    if trials:
        words.append(f"best of {trials} trials")
    if chosen:
        words.append(f"threshold {chosen.value:.4f} ({chosen.branch})")
    return ", ".join(words)
