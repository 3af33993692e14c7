"""A day of polls as Parquet: the same bytes for the same polls."""

import io
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.polls.poll import WEATHER, Poll, Seen

_SCHEMA = pa.schema(
    [
        *(("at", pa.string()), ("station", pa.string())),
        *(("free", pa.int32()), ("empty", pa.int32()), ("slots", pa.int32())),
        *(("status", pa.string()), ("updated", pa.string())),
        *((name, pa.float64()) for name in WEATHER),
    ]
)


def packed(polls: list[Poll]) -> bytes:
    """Write a row per poll and station."""
    rows = [(poll.at, *seen, *poll.weather) for poll in polls for seen in poll.stations]
    columns = [list(column) for column in zip(*rows, strict=True)]
    table = pa.Table.from_arrays(
        [pa.array(x, field.type) for x, field in zip(columns, _SCHEMA, strict=True)],
        schema=_SCHEMA,
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", compression_level=9)
    return buffer.getvalue()


def unpacked(content: bytes) -> list[Poll]:
    """
    Read the polls of a day.

    Raises:
        ValueError: The file is damaged, or another.
    """
    try:
        table = pq.read_table(pa.BufferReader(content), use_threads=False)
        if table.schema.names != _SCHEMA.names:
            raise ValueError("these are no polls")
        rows: Any = zip(*(table[name].to_pylist() for name in _SCHEMA.names), strict=True)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"this is no Parquet file, or a damaged one: {error}") from error
    seen = len(Seen._fields)
    return [
        Poll(at, tuple(Seen(*row[1 : 1 + seen]) for row in own), own[0][1 + seen :])
        for at, own in ((at, list(own)) for at, own in groupby(rows, key=lambda row: row[0]))
    ]
