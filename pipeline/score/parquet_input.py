"""A Parquet file of any size, a part of a row group at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.artifacts import shown
from pipeline.errors import DataError
from pipeline.score.chunk import Chunk, Position
from pipeline.score.csv_input import ROWS, Choose

_BUFFER_BYTES = 1024 * 1024


class ParquetInput:
    """
    Opens a file and reads its columns' names.

    Args:
        path: The file.
        choose: Finds the model's columns in a header.

    Raises:
        DataError: It is no Parquet file, or has not the model's columns.
    """

    def __init__(self, path: Path, choose: Choose) -> None:
        self._path, self.start = path, Position()
        with self._open() as file:
            self._rows = file.metadata.num_rows
            self.columns = choose(file.schema_arrow.names)

    def share(self, position: Position) -> float:
        """How much of the input lies before a position, 0 to 1."""
        return position.rows / self._rows if self._rows else 1.0

    def chunks(self, position: Position) -> Iterator[Chunk]:
        """Read from a position on to the end; no chunk reaches into another row group."""
        with self._open() as file:
            start = 0
            for group in range(file.num_row_groups):
                end = start + file.metadata.row_group(group).num_rows
                if position.rows < end:
                    yield from self._group(file, group, start, position.rows)
                start = end

    def _group(self, file: pq.ParquetFile, group: int, start: int, skip: int) -> Iterator[Chunk]:
        names = list(dict.fromkeys([*self.columns.features, *filter(None, [self.columns.row_id])]))
        try:
            for batch in file.iter_batches(ROWS, row_groups=[group], columns=names):
                end = start + batch.num_rows
                if end > skip:
                    yield self._chunk(batch, start)
                start = end
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(
                f"row group {group} cannot be read: {error}", path=shown(self._path)
            ) from error

    def _chunk(self, batch: pa.RecordBatch, start: int) -> Chunk:
        numbers = range(start + 1, start + batch.num_rows + 1)
        columns = [batch.column(name).to_pylist() for name in self.columns.features]
        row_ids: Sequence[str] = [f"r{number:06d}" for number in numbers]
        if self.columns.row_id:
            named = batch.column(self.columns.row_id).to_pylist()
            row_ids = ["" if name is None else str(name) for name in named]
        return Chunk(numbers, row_ids, columns, [], Position(rows=start + batch.num_rows))

    def _open(self) -> pq.ParquetFile:
        try:
            # Or a whole column of a row group would be read at once.
            return pq.ParquetFile(self._path, buffer_size=_BUFFER_BYTES)
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"this is not Parquet: {error}", path=shown(self._path)) from error
