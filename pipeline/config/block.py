"""One entry of `models:`, whole."""

from typing import Annotated

from pydantic import Field

from pipeline.config.data import Contract, Data, Feature, Split, Target
from pipeline.config.estimators import EstimatorBlock
from pipeline.config.judge import Card, Evaluate, Gate, Threshold, Tune
from pipeline.config.metrics import Task
from pipeline.config.strict import Strict
from pipeline.config.watch import Monitor, Retrain

NAME_PATTERN = r"^[a-z][a-z0-9-]{0,39}$"
FEATURE_PATTERN = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
FeatureName = Annotated[str, Field(pattern=FEATURE_PATTERN)]


class ModelBlock(Strict):
    """
    A model: what it learns from, how, and what it must show.

    Every key that a stage depends on is required, in the block itself or through `<<: *defaults`:
    DVC tracks them by name.
    """

    title: str
    owner: str
    task: Task
    data: Data
    contract: Contract
    target: Target
    features: Annotated[dict[FeatureName, Feature], Field(min_length=1)]
    split: Split
    estimator: EstimatorBlock
    tune: Tune
    threshold: Threshold
    evaluate: Evaluate
    gate: Gate
    monitor: Monitor
    retrain: Retrain = Field(default_factory=Retrain)
    card: Card
