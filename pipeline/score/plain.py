"""
Rows of a CSV file in which nothing is quoted, missing a field, or otherwise remarkable.

Arrow reads them in a fraction of the time. Where it meets anything else it gives the rows back, and
they are read one by one: which way they went must not show in any result.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from pipeline.score.header import Columns

_REMARKABLE = (b'"', b"\r", b"\0")
_LARGEST = float(np.finfo(np.float32).max)

Values = Sequence[object] | NDArray[np.float64]


@dataclass(frozen=True)
class Plain:
    """
    Some rows.

    Attributes:
        rows: How many.
        length: How many bytes they take.
        features: The columns of the model's inputs.
        row_ids: The rows' names; None if they have none.
    """

    rows: int
    length: int
    features: list[Values]
    row_ids: list[str] | None


def first_lines(block: bytes, rows: int, *, last: bool, longest: int) -> bytes | None:
    """
    Cut so many lines off a block.

    Args:
        block: Bytes of a file, from the beginning of a line on.
        rows: How many lines.
        last: Whether the file ends with the block; then there may be fewer.
        longest: How many bytes a line may have.

    Returns:
        The lines; None if there are fewer, or one is too long.
    """
    lines = block.split(b"\n", rows)
    if len(lines) <= rows:
        return block if last and max(map(len, lines)) < longest else None
    if max(map(len, lines[:-1])) >= longest - 1:
        return None
    return block[: len(block) - len(lines[-1])]


def read_plain(block: bytes, header: list[str], columns: Columns) -> Plain | None:
    """Read lines; None if there is anything remarkable in them."""
    if not block or any(mark in block for mark in _REMARKABLE):
        return None
    names = [*columns.features, *filter(None, [columns.row_id])]
    numbers = dict(zip(columns.features, columns.numeric, strict=True))
    types = {name: pa.float64() if numbers.get(name) else pa.string() for name in names}
    try:
        # A column that nobody asks for is text that must be readable, too.
        block.decode("utf-8")
        table = pacsv.read_csv(
            pa.BufferReader(block),
            pacsv.ReadOptions(column_names=header, use_threads=False, block_size=len(block) + 1),
            pacsv.ParseOptions(quote_char=False),
            pacsv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=sorted(columns.missing),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    if table.num_rows != block.count(b"\n") + (not block.endswith(b"\n")):
        return None
    features = [_values(table[name]) for name in columns.features]
    if any(values is None for values in features):
        return None
    row_ids = table[columns.row_id].to_pylist() if columns.row_id else None
    return Plain(table.num_rows, len(block), [x for x in features if x is not None], row_ids)


def _values(column: pa.ChunkedArray) -> Values | None:
    if column.type != pa.float64():
        texts: list[object] = column.to_pylist()
        return texts
    values = np.asarray(column.to_numpy(), np.float64)
    # Whoever spells out `nan`, or a number that is too large, is told so.
    fits = np.count_nonzero(np.abs(values) <= _LARGEST)
    return values if fits + column.null_count == len(values) else None
