"""
The rows of train, validation and test, as `prepare` leaves them for every later stage.

Numbers are float32 once and for all, text is normalised, a missing number is NaN, a missing
category or text is empty.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.artifacts import shown, unreadable, write_bytes
from pipeline.errors import RegistryError

Column = NDArray[np.float32] | NDArray[np.object_]

NO_MOMENT = -1
"""The moment of a row without a timestamp."""

_TARGET, _GROUP, _MOMENT, _ROW = "@target", "@group", "@moment", "@row"


@dataclass(frozen=True)
class Rows:
    """
    A part of a table.

    Attributes:
        features: One array of shape `[n]` per feature.
        target: Class codes (int64) or numbers (float64), shape `[n]`.
        group: Rows with equal features share a number.
        moment: Seconds since 1970, or `NO_MOMENT` where the table has no timestamp.
        row: Row ids.
    """

    features: Mapping[str, Column]
    target: NDArray[np.int64] | NDArray[np.float64]
    group: NDArray[np.int64]
    moment: NDArray[np.int64]
    row: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.target)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Rows":
        """Select rows by position or by mask."""
        features = {name: column[index] for name, column in self.features.items()}
        return Rows(
            features, self.target[index], self.group[index], self.moment[index], self.row[index]
        )

    def feeds(self) -> dict[str, Column]:
        """The tensors of shape `[n, 1]` that a graph takes."""
        return {name: column.reshape(-1, 1) for name, column in self.features.items()}


def join(parts: Sequence[Rows]) -> Rows:
    """Lay parts one below the other."""
    features = {
        name: np.concatenate([part.features[name] for part in parts]) for name in parts[0].features
    }
    return Rows(
        features,
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.moment for part in parts]),
        np.concatenate([part.row for part in parts]),
    )


def numbers_of(column: Column) -> NDArray[np.float64]:
    """Give a number per row: the value, or how many words a text has; NaN where it is missing."""
    if column.dtype == np.float32:
        return column.astype(np.float64)
    words = (len(str(text).split()) for text in column)
    return np.array([count or np.nan for count in words], np.float64)


def write_rows(path: Path, rows: Rows) -> None:
    """Write a part as Parquet, the same bytes for the same rows."""
    columns = {name: pa.array(column) for name, column in rows.features.items()}
    columns |= {
        _TARGET: pa.array(rows.target),
        _GROUP: pa.array(rows.group),
        _MOMENT: pa.array(rows.moment),
        _ROW: pa.array(rows.row),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    write_bytes(path, buffer.getvalue())


def read_rows(path: Path) -> Rows:
    """
    Read a part.

    Raises:
        RegistryError: The file is not there or not whole.
    """
    try:
        table = pq.read_table(pa.BufferReader(path.read_bytes()))
    except FileNotFoundError as error:
        hint = "run `modelpress run --force`, or `dvc pull`"
        raise RegistryError("there is no such file", hint=hint, path=shown(path)) from error
    except OSError as error:
        raise unreadable(path, error) from error
    except pa.ArrowInvalid as error:
        message = f"this is not Parquet: {error}"
        raise RegistryError(message, hint="run again", path=shown(path)) from error
    if lacking := [n for n in (_TARGET, _GROUP, _MOMENT, _ROW) if n not in table.column_names]:
        message = f"there is no column `{lacking[0]}`"
        raise RegistryError(message, hint="run again", path=shown(path))
    columns = {name: table[name].to_numpy() for name in table.column_names}
    target, group, moment, row = (columns.pop(n) for n in (_TARGET, _GROUP, _MOMENT, _ROW))
    return Rows(columns, target, group, moment, row)
