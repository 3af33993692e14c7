"""The proof that the ONNX file says what the estimator says."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelpress.model import Model
from modelpress.signature import Signature
from pipeline.errors import ExportError
from pipeline.estimators import frame
from pipeline.rows import Rows
from pipeline.scoring import answer_rows

PROBABILITY = 2e-6
RELATIVE = 1e-5
TIE = 1e-6
_LISTED_TIES = 20


@dataclass(frozen=True)
class Parity:
    """
    The comparison of one set of rows.

    Attributes:
        rows: How many were compared.
        largest: The largest difference of a probability; of a value, as a share of it or of what
            is usual, whichever is more.
        ties: Rows so near to the threshold (or to a draw of two classes) that rounding decides;
            they are listed, and no flip.
    """

    rows: int
    largest: float
    ties: list[str]

    def record(self) -> dict[str, Any]:
        """Write it for the model's record."""
        return asdict(self)


def prove(pipeline: Any, model: Model, rows: Rows) -> Parity:  # noqa: ANN401 - sklearn: no types
    """
    Compare scikit-learn and onnxruntime on the same rows.

    Raises:
        ExportError: A label flips, or a number is off by more than is allowed; the row is named.
    """
    prove_task = _prove_values if model.signature.task == "regression" else _prove_classes
    # Hostile numbers overflow in scikit-learn's own checks; what counts is what it answers.
    with np.errstate(over="ignore", invalid="ignore"):
        return prove_task(pipeline, model, rows)


def _prove_values(pipeline: Any, model: Model, rows: Rows) -> Parity:  # noqa: ANN401 - as above
    wanted = np.asarray(pipeline.predict(frame(rows)), np.float64).ravel()
    got = answer_rows(model, rows).values.astype(np.float64)
    off = np.abs(wanted - got) / np.maximum(np.abs(wanted), _scale(wanted))
    _refuse_far(off, RELATIVE, "the value", rows)
    return Parity(len(rows), _rounded(off), [])


def _scale(wanted: NDArray[np.float64]) -> float:
    """
    Give the size that the model's numbers usually have.

    A sum of trees rounds by the size of its summands: an answer near zero is off by as much as any
    other, which would be a lot of nearly nothing.
    """
    sizes = np.abs(wanted[np.isfinite(wanted)])
    return max(1.0, float(np.median(sizes))) if len(sizes) else 1.0


def _prove_classes(pipeline: Any, model: Model, rows: Rows) -> Parity:  # noqa: ANN401 - as above
    wanted = np.asarray(pipeline.predict_proba(frame(rows)), np.float64)
    answer = answer_rows(model, rows)
    off = np.abs(wanted - answer.probabilities).max(axis=1)
    _refuse_far(off, PROBABILITY, "a probability", rows)
    near = _margin(model.signature, wanted) <= TIE
    flipped = (_labels(model.signature, wanted) != answer.labels) & ~near
    if flipped.any():
        row = int(np.argmax(flipped))
        raise ExportError(
            f"row {_named(rows, row)}: onnxruntime says `{answer.labels[row]}`, "
            f"the estimator {_labels(model.signature, wanted)[row]}",
            hint="this estimator does not survive the export: choose another",
        )
    ties = [_named(rows, int(row)) for row in np.flatnonzero(near)[:_LISTED_TIES]]
    return Parity(len(rows), _rounded(off), ties)


def _refuse_far(off: NDArray[np.float64], limit: float, what: str, rows: Rows) -> None:
    # NaN compares false: `not <=` catches it, too.
    far = ~(off <= limit)
    if far.any():
        row = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
        raise ExportError(
            f"{what} is off by {off[row]:.2g} ({limit:g} is allowed) in {far.sum():,} of "
            f"{len(off):,} rows, most in row {_named(rows, row)}",
            hint="this estimator does not survive the export: choose another",
        )


def _labels(signature: Signature, probabilities: NDArray[np.float64]) -> NDArray[np.object_]:
    names = np.array(signature.classes, np.object_)
    if signature.threshold is None:
        return np.asarray(names[np.argmax(probabilities, axis=1)])
    return np.asarray(names[(probabilities[:, 1] >= signature.threshold).astype(np.int64)])


def _margin(signature: Signature, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each row is from another label."""
    if signature.threshold is not None:
        return np.abs(probabilities[:, 1] - signature.threshold)
    ranked = np.sort(probabilities, axis=1)
    return np.asarray(ranked[:, -1] - ranked[:, -2])


def _named(rows: Rows, row: int) -> str:
    # By its id alone: a customer's values belong neither into a log nor into a record.
    return f"`{rows.row[row]}`"


def _rounded(off: NDArray[np.float64]) -> float:
    # Two digits say enough, and hold on another processor.
    return float(f"{off.max(initial=0):.1e}")
