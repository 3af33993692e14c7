"""What goes from reader to scorer and from scorer to writer: values that travel well."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Position(NamedTuple):
    """
    Where a reader stands, between two rows.

    Attributes:
        rows: Rows before it, the refused ones too.
        offset: Bytes before it; 0 in a Parquet file.
        line: Lines before it; 0 in a Parquet file.
    """

    rows: int = 0
    offset: int = 0
    line: int = 0


class Reject(NamedTuple):
    """A row that got no answer: its line (in Parquet its row), and what is wrong with it."""

    line: int
    row_id: str
    field: str
    value: str
    reason: str


class Chunk(NamedTuple):
    """
    Some rows as they stand in the input.

    Attributes:
        lines: Where each begins, counted from 1; in a Parquet file the number of the row.
        row_ids: Their names.
        columns: The values of each feature, in the order of the model's inputs; numbers that
            were read already as an array.
        rejects: Rows among them that could not even be cut into fields.
        end: Where the reader stood behind them.
    """

    lines: Sequence[int]
    row_ids: Sequence[str]
    columns: Sequence[Sequence[object] | NDArray[np.float64]]
    rejects: Sequence[Reject]
    end: Position


class Scored(NamedTuple):
    """
    What became of a chunk.

    Attributes:
        content: Lines of the output.
        refused: Lines of the rejects.
        rejects: How many there are.
        end: Where the reader stood behind the chunk.
    """

    content: bytes
    refused: bytes
    rejects: int
    end: Position
