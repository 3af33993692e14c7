"""What `prepare` found out about a table: the contract of every later stage."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from modelpress.signature import Input, Task
from pipeline.artifacts import read_json, shown, write_json
from pipeline.errors import RegistryError


@dataclass(frozen=True)
class Facts:
    """
    Counts about the table as a whole.

    Attributes:
        sha256: Digest of `table.csv`.
        rows: Rows with a target.
        unlabelled: Rows without one; they are left out.
        duplicates: Rows whose features equal those of an earlier row.
        contradictions: Groups of equal features with different targets.
    """

    sha256: str
    rows: int
    unlabelled: int
    duplicates: int
    contradictions: int


@dataclass(frozen=True)
class Cut:
    """
    Where a number becomes one of two classes: the same place for training and for monitoring.

    Attributes:
        relation: `at_least`: the value itself counts as `1`; `above`: it counts as `0`.
        value: In the target's unit; a quantile is one of the training rows alone.
    """

    relation: Literal["at_least", "above"]
    value: float

    def label(self, number: float) -> str:
        """Tell the class of a number, `0` or `1`."""
        inside = number >= self.value if self.relation == "at_least" else number > self.value
        return "1" if inside else "0"


@dataclass(frozen=True)
class Schema:
    """
    Types, ranges, categories and missing shares, of the training rows.

    Attributes:
        classes: Labels in the order of their codes; in a binary task the positive one is last.
        ordered: Whether the parts follow one another in time.
        parts: Rows of train, validation and test.
        cut: What made the classes of a number; None if the table has the classes.
    """

    model: str
    task: Task
    target: str
    inputs: tuple[Input, ...]
    classes: tuple[str, ...]
    positive: str
    ordered: bool
    parts: dict[str, int]
    facts: Facts
    cut: Cut | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the order of the block."""
        return tuple(x.name for x in self.inputs)

    def of_kind(self, kind: str) -> list[str]:
        """The features of one kind."""
        return [x.name for x in self.inputs if x.kind == kind]


def write_schema(path: Path, schema: Schema) -> None:
    """Write the schema for the stages behind."""
    write_json(path, asdict(schema))


def read_schema(path: Path) -> Schema:
    """
    Read the schema that `prepare` wrote.

    Raises:
        RegistryError: The file is not there or not whole.
    """
    fields: dict[str, Any] = read_json(path)
    try:
        inputs = tuple(_frozen(Input(**entry)) for entry in fields.pop("inputs"))
        facts, classes = Facts(**fields.pop("facts")), tuple(fields.pop("classes"))
        raw = fields.pop("cut", None)
        cut = Cut(**raw) if raw else None
        return Schema(inputs=inputs, facts=facts, classes=classes, cut=cut, **fields)
    except (AttributeError, KeyError, TypeError) as error:
        raise RegistryError(
            "this is not what `prepare` writes", hint="run again", path=shown(path)
        ) from error


def _frozen(field: Input) -> Input:
    span = (field.range[0], field.range[1]) if field.range else None
    return replace(field, range=span, categories=tuple(field.categories))
