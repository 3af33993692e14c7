"""Which columns of an input are the model's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modelpress.signature import Signature
from pipeline.artifacts import shown
from pipeline.config import ModelBlock
from pipeline.errors import DataError
from pipeline.table import ROW_ID


@dataclass(frozen=True)
class Columns:
    """
    The columns of an input that `score` looks at; all others are ignored.

    Attributes:
        features: One name per input of the model, in its order.
        numeric: Which of them are numbers.
        row_id: The name of the column that names the rows; empty if they are numbered.
        missing: Words that stand for nothing.
    """

    features: tuple[str, ...]
    numeric: tuple[bool, ...]
    row_id: str
    missing: frozenset[str]


def find_columns(
    signature: Signature, block: ModelBlock, header: Sequence[str], path: Path
) -> Columns:
    """
    Find each input of a model by its name or an alias of it, and the rows' names.

    Raises:
        DataError: A column is missing or stands twice.
    """
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise DataError(f"the column `{twice[0]}` stands twice in the header", path=shown(path))
    names = {field.name: _names(block, field.name) for field in signature.inputs}
    found = {field: [name for name in known if name in header] for field, known in names.items()}
    missing = [field for field, columns in found.items() if not columns]
    if missing:
        raise DataError(
            f"there is no column {_listed(missing)}; the columns are {_listed(header)}",
            hint="name the column as the model does, or give the feature an alias in params.yaml",
            path=shown(path),
        )
    for field, columns in found.items():
        # A column of the feature's own name is the feature; two aliases are a doubt.
        if field not in columns and len(columns) > 1:
            raise DataError(f"{_listed(columns)} are all `{field}`", path=shown(path))
    row_id = next((name for name in (ROW_ID, block.data.row_id) if name in header), "")
    return Columns(
        tuple(columns[0] for columns in found.values()),
        tuple(field.kind == "numeric" for field in signature.inputs),
        row_id,
        frozenset({"", *block.data.missing}),
    )


def _names(block: ModelBlock, field: str) -> tuple[str, ...]:
    """Name a field as the block does, which may have forgotten what an old version asks for."""
    feature = block.features.get(field)
    return (field, *feature.aliases) if feature else (field,)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
