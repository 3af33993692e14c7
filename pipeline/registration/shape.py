"""The shape of `card.json`; its JSON Schema is `modelpress/schemas/card.schema.json`."""

from dataclasses import dataclass
from typing import Any, Literal

from modelpress.signature import Task
from pipeline.decision import Decision
from pipeline.schema import Cut

Estimates = dict[str, dict[str, float | None]]
"""By metric: value, low and high."""


@dataclass(frozen=True)
class DataFacts:
    """The table that a version learnt from."""

    sha256: str
    rows: int


@dataclass(frozen=True)
class CardFile:
    """
    What is written down about a version, for good.

    Attributes:
        parent: The version in production when it was made; empty for the first.
        commit: The commit that holds exactly its inputs, unless `dirty` says otherwise.
        inputs: Name, kind, dtype, categories or range, missing, typical.
        metrics: Estimates for train, validation and test.
        gate: The decision that accepted it.
        reference: Counts of the training rows by feature; `@target`, and `@prediction` by the
            held-out rows. Cards of earlier days have features alone.
        golden: Made-up rows with its answers.
        cut: What made two classes of a number; null if the table had the classes.
        overruled: Why a person promoted what the gate could not compare; empty otherwise.
    """

    schema: Literal[1]
    model: str
    version: str
    parent: str
    created: str
    commit: str
    dirty: bool
    sha256: str
    size_bytes: int
    gzip_kb: int
    task: Task
    inputs: list[dict[str, Any]]
    outputs: list[str]
    classes: list[str]
    positive: str
    threshold: float | None
    normalizer: str
    seed: int
    metrics: dict[Literal["train", "validation", "test"], Estimates]
    slices: list[dict[str, Any]]
    baselines: dict[str, Estimates]
    parity: dict[str, Any]
    gate: Decision
    reference: dict[str, dict[str, Any]]
    golden: list[dict[str, Any]]
    data: DataFacts
    params_sha256: str
    code_sha256: str
    lock_sha256: str
    environment: dict[str, str]
    overruled: str = ""
    cut: Cut | None = None
