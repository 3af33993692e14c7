"""
The one function of `score`: a chunk of rows in, lines of the output out.

It depends on its two arguments alone, so that a thread here and a process on another machine give
the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from modelpress.model import Answer, Model
from pipeline.rows import Rows
from pipeline.score.cells import Tensor, read_cells
from pipeline.score.chunk import Chunk, Reject, Scored
from pipeline.scoring import answer_rows
from pipeline.table import ROW_ID, table_bytes

if TYPE_CHECKING:
    from pipeline.score.sparse import SparsePlan

TEXTS = (ROW_ID, "label", "version")
"""The columns of an output that are no numbers."""

REJECTS_HEADER = ("line", "row_id", "field", "value", "reason")

_LONGEST_SHOWN = 80
_TO_QUOTE = frozenset('",\r\n')


@dataclass(frozen=True)
class Job:
    """
    What every chunk of an input needs.

    Attributes:
        content: The model file.
        version: The version that answers.
        names: The input's own names for the model's fields, for the rejects.
        missing: Words that stand for nothing.
    """

    content: bytes
    version: str
    names: tuple[str, ...]
    missing: frozenset[str]


class Scorer:
    """
    A model, opened, with the fastest way to its answers.

    Args:
        job: The model file and its version.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._model = Model(job.content, version=job.version)
        self._plan = _sparse_plan(self._model, job.content)

    @property
    def header(self) -> list[str]:
        """The columns of the output."""
        signature = self._model.signature
        if signature.task == "regression":
            return [ROW_ID, "value", "version"]
        return [ROW_ID, "label", *(f"probability_{x}" for x in signature.classes), "version"]

    @property
    def plan(self) -> str:
        """How texts are answered: `sparse`, or by `onnxruntime` alone."""
        return "sparse" if self._plan else "onnxruntime"

    def score(self, chunk: Chunk) -> Scored:
        """Answer the rows of a chunk, and say why some have no answer."""
        tensors, refused = self._read(chunk)
        kept = np.setdiff1d(np.arange(len(chunk.lines)), list(refused))
        row_ids = [chunk.row_ids[row] for row in kept]
        content = b""
        if len(kept):
            content = _lines(row_ids, self._answer(tensors, kept, row_ids), self._job.version)
        rejects = sorted([*chunk.rejects, *refused.values()])
        return Scored(content, reject_lines(rejects), len(rejects), chunk.end)

    def _read(self, chunk: Chunk) -> tuple[dict[str, Tensor], dict[int, Reject]]:
        tensors: dict[str, Tensor] = {}
        rejects: dict[int, Reject] = {}
        signature = self._model.signature
        for field, name, given in zip(
            signature.inputs, self._job.names, chunk.columns, strict=True
        ):
            if isinstance(given, np.ndarray):
                tensors[field.name] = given.astype(np.float32)
                continue
            column = [None if isinstance(x, str) and x in self._job.missing else x for x in given]
            tensors[field.name], reasons = read_cells(signature, field, column)
            for row, reason in reasons.items():
                value = str(given[row])[:_LONGEST_SHOWN]
                rejects.setdefault(
                    row, Reject(chunk.lines[row], chunk.row_ids[row], name, value, reason)
                )
        return tensors, rejects

    def _answer(
        self, tensors: dict[str, Tensor], kept: NDArray[np.int64], row_ids: Sequence[str]
    ) -> Answer:
        features = {name: tensor[kept] for name, tensor in tensors.items()}
        if self._plan:
            return self._plan.answer({name: x.reshape(-1, 1) for name, x in features.items()})
        nothing = np.zeros(len(kept), np.int64)
        rows = Rows(features, nothing, nothing, nothing, np.array(row_ids, np.object_))
        return answer_rows(self._model, rows)


def _sparse_plan(model: Model, content: bytes) -> "SparsePlan | None":
    if not any(field.kind == "text" for field in model.signature.inputs):
        return None
    # Here, not above: a model without text needs neither onnx nor scipy.
    from pipeline.score.sparse import sparse_plan  # noqa: PLC0415

    return sparse_plan(model, content)


@lru_cache(maxsize=2)
def open_scorer(job: Job) -> Scorer:
    """Open a model once per process."""
    return Scorer(job)


def score_chunk(job: Job, chunk: Chunk) -> Scored:
    """Answer a chunk, wherever this runs."""
    return open_scorer(job).score(chunk)


def reject_lines(rejects: Sequence[Reject]) -> bytes:
    """Write rejects as lines of a table."""
    lines = [tuple(map(str, reject)) for reject in rejects]
    return table_bytes(lines[0], lines[1:]) if lines else b""


def _lines(row_ids: Sequence[str], answer: Answer, version: str) -> bytes:
    if len(answer.values):
        columns = [pa.array(row_ids), _written(answer.values)]
    else:
        probabilities = [_written(column) for column in answer.probabilities.T]
        columns = [pa.array(row_ids), pa.array(answer.labels, pa.string()), *probabilities]
    columns.append(pa.repeat(version, len(row_ids)))
    if _TO_QUOTE.isdisjoint("".join(row_ids)) and _TO_QUOTE.isdisjoint("".join(set(answer.labels))):
        lines = pc.binary_join_element_wise(*columns, ",").to_pylist()
        return ("\n".join(lines) + "\n").encode("utf-8")
    rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
    return table_bytes(rows[0], rows[1:])


def _written(numbers: NDArray[np.float32]) -> pa.Array:
    """Write each as the shortest text that reads as the same 32-bit number."""
    return pc.cast(pa.array(numbers), pa.string())
