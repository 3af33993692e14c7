"""Parameters by search: Optuna proposes, cross-validation on the training rows judges."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna

from pipeline.config import EstimatorBlock
from pipeline.config.judge import Search, Tune
from pipeline.config.metrics import METRICS, MetricId
from pipeline.estimators import build
from pipeline.metrics import value
from pipeline.rows import Rows
from pipeline.schema import Schema
from pipeline.train.folds import cut_folds, most_probable, out_of_fold, outcome


@dataclass(frozen=True)
class Trial:
    """One set of parameters and what it scored out of fold."""

    number: int
    parameters: dict[str, Any]
    score: float


def tune(
    block: EstimatorBlock, tuning: Tune, schema: Schema, rows: Rows, setting: tuple[MetricId, int]
) -> list[Trial]:
    """
    Try parameters within the budget; the first trial is the block's own.

    Args:
        block: The estimator.
        tuning: Budget, folds and search space.
        schema: The model's schema.
        rows: Training rows.
        setting: The metric to improve, and the seed.
    """
    metric, seed = setting
    folds = cut_folds(schema, rows, tuning.folds, seed)
    tell = most_probable if schema.classes else None
    own = block.parameters.model_dump()

    def objective(trial: optuna.Trial) -> float:
        proposed = {
            name: _propose(trial, name, space, whole=isinstance(own[name], int))
            for name, space in tuning.search.items()
        }
        pipeline = build(with_parameters(block, proposed), schema, seed)
        position, answers = out_of_fold(pipeline, rows, folds, len(schema.classes))
        score = value(metric, outcome(rows, position, answers, tell))
        # Rounded, so that the last bit of a sum cannot lead the search elsewhere.
        return round(float(np.nan_to_num(score)), 9)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize" if METRICS[metric].greater_is_better else "minimize",
        sampler=optuna.samplers.TPESampler(seed=seed),
    )
    study.enqueue_trial({name: own[name] for name in tuning.search}, skip_if_exists=True)
    study.optimize(objective, n_trials=tuning.trials)
    return [Trial(t.number, t.params, float(t.value or 0)) for t in study.trials]


def best_of(trials: list[Trial], metric: MetricId) -> Trial:
    """Pick the best score; of equals, the earliest."""
    sign = 1 if METRICS[metric].greater_is_better else -1
    return max(trials, key=lambda trial: (sign * trial.score, -trial.number))


def with_parameters(block: EstimatorBlock, parameters: dict[str, Any]) -> EstimatorBlock:
    """Replace some of an estimator's parameters, checked as if they stood in the file."""
    merged = type(block.parameters).model_validate(block.parameters.model_dump() | parameters)
    return block.model_copy(update={"parameters": merged})


def _propose(
    trial: optuna.Trial, name: str, space: Search, *, whole: bool
) -> float | str | bool | None:
    if space.choices:
        return trial.suggest_categorical(name, space.choices)
    low, high = space.low or 0.0, space.high or 0.0
    if whole:
        return trial.suggest_int(name, int(low), int(high), log=space.log)
    return trial.suggest_float(name, low, high, log=space.log)
