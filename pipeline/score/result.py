"""From the files of a journal to the result: all of it appears, or none."""

import glob
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from pipeline.score.journal import Journal
from pipeline.score.scorer import TEXTS

_BLOCK_BYTES = 8 * 1024 * 1024


def rejects_of(output: Path) -> Path:
    """Where the rows without an answer stand."""
    return output.with_name(f"{output.name}.rejects.csv")


def deliver(journal: Journal, output: Path, header: list[str]) -> None:
    """
    Give the files of a finished journal their names.

    What was done before a kill is not done again, so that this may be called until it ends.
    """
    refused = rejects_of(output)
    if journal.rows.exists():
        if output.suffix == ".parquet":
            _to_parquet(journal.rows, output, header)
            journal.rows.unlink()
        else:
            journal.rows.replace(output)
    if journal.rejects.exists():
        if journal.progress.rejects:
            journal.rejects.replace(refused)
        else:
            # Nor may those of an earlier run be taken for this one's.
            refused.unlink(missing_ok=True)
            journal.rejects.unlink()
    journal.record.unlink(missing_ok=True)
    # What a kill has left of writing the record.
    for left in output.parent.glob(f".{glob.escape(journal.record.name)}.*.tmp"):
        left.unlink(missing_ok=True)


def _to_parquet(rows: Path, output: Path, header: list[str]) -> None:
    """Write the rows again, a block at a time: a Parquet file cannot be appended to."""
    beside = output.with_name(f".{output.name}.tmp")
    try:
        with (
            pacsv.open_csv(
                rows,
                pacsv.ReadOptions(block_size=_BLOCK_BYTES),
                pacsv.ParseOptions(newlines_in_values=True),
                pacsv.ConvertOptions(column_types=_types(header), strings_can_be_null=False),
            ) as blocks,
            pq.ParquetWriter(beside, blocks.schema, compression="zstd") as writer,
        ):
            for block in blocks:
                writer.write_batch(block)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)


def _types(header: list[str]) -> dict[str, pa.DataType]:
    return {name: pa.string() if name in TEXTS else pa.float32() for name in header}
