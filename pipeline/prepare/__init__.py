"""
`prepare`: a table in, its schema and the rows of train, validation and test out.

Reads: params.yaml (task, target, features, contract, split), data/<model>/table.csv
Writes: artifacts/<model>/{schema.json, train.parquet, validation.parquet, test.parquet}
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.artifacts import PARTS, Paths, sha256_of
from pipeline.columns import (
    read_features,
    read_labels,
    read_moments,
    read_numbers,
    read_row_ids,
)
from pipeline.config import ModelBlock, load_block
from pipeline.prepare.cut import cut_of
from pipeline.prepare.describe import describe
from pipeline.prepare.groups import contradictions, number_groups, row_keys
from pipeline.prepare.refuse import (
    refuse_constants,
    refuse_empty_parts,
    refuse_fallen_rows,
    refuse_leaks,
    refuse_missing_moments,
    refuse_one_number,
    refuse_wrong_classes,
)
from pipeline.prepare.split import TRAIN, split_at_random, split_by_time
from pipeline.rows import Rows, write_rows
from pipeline.schema import Cut, Facts, Schema, write_schema
from pipeline.table import Table, read_table, resolve_columns

log = logging.getLogger(__name__)


class _Labelled(NamedTuple):
    """The rows with a target; `classes` is empty in a regression, and before a number is cut."""

    rows: Rows
    keys: list[bytes]
    classes: tuple[str, ...]
    unlabelled: int
    cut: Cut | None = None


def run(root: Path, model: str) -> None:
    """
    Prepare one model.

    Raises:
        ParamsError: Its block has faults.
        DataError: Its table breaks the contract.
    """
    paths = Paths(root, model)
    block = load_block(root, model)
    table = read_table(paths.table)
    refuse_fallen_rows(block, table, paths.source)
    labelled = _labelled(block, table)
    if block.target.cuts:
        labelled = _cut(block, table, labelled)
    refuse_leaks(block, table, labelled.rows)
    part = _split(block, table, labelled)
    refuse_empty_parts(block, table, labelled.classes, (labelled.rows, part))
    refuse_constants(block, table, labelled.rows.take(part == TRAIN), "training")
    schema = _schema(paths, block, labelled, part)
    for index, name in enumerate(PARTS):
        write_rows(paths.part(name), labelled.rows.take(part == index))
    write_schema(paths.schema, schema)
    log.info("%s prepare: %s", model, _summary(schema))


def _labelled(block: ModelBlock, table: Table) -> _Labelled:
    names = resolve_columns(block, list(table.columns), table.path)
    everything = read_features(block, table, names)
    target, present, classes = _target(block, table, names[block.target.column])
    features = {name: column[present] for name, column in everything.items()}
    keys = row_keys(features)
    moment, row = read_moments(table)[present], read_row_ids(table)[present]
    rows = Rows(features, target[present], number_groups(keys), moment, row)
    refuse_constants(block, table, rows, "labelled")
    return _Labelled(rows, keys, classes, int(np.count_nonzero(~present)))


def _target(
    block: ModelBlock, table: Table, column: str
) -> tuple[NDArray[np.int64] | NDArray[np.float64], NDArray[np.bool_], tuple[str, ...]]:
    """Read the target: its values, where they are present, and its classes."""
    if block.task == "regression" or block.target.cuts:
        numbers = read_numbers(table, column)
        present = ~np.isnan(numbers)
        refuse_one_number(block, table, numbers[present])
        return numbers, present, ()
    labels = read_labels(block.target, table, column)
    refuse_wrong_classes(block, table, labels)
    classes = _classes(block, labels)
    codes = {label: code for code, label in enumerate(classes)}
    values = np.array([codes.get(label, -1) for label in labels], np.int64)
    return values, values >= 0, classes


def _cut(block: ModelBlock, table: Table, labelled: _Labelled) -> _Labelled:
    """Make two classes of a number; a quantile is taken of the training rows alone."""
    numbers = labelled.rows.target
    train = numbers[_split(block, table, labelled) == TRAIN].astype(np.float64)
    cut = cut_of(block.target, train)
    labels = [block.target.classes.get(code, code) for code in map(cut.label, numbers)]
    refuse_wrong_classes(block, table, labels)
    classes = _classes(block, labels)
    codes = np.array([classes.index(label) for label in labels], np.int64)
    rows = replace(labelled.rows, target=codes)
    return labelled._replace(rows=rows, classes=classes, cut=cut)


def _classes(block: ModelBlock, labels: list[str]) -> tuple[str, ...]:
    """Sort the labels, the positive one last: its probability is the last column."""
    found = set(labels) - {""}
    return (*sorted(found - {block.target.positive}), *sorted(found & {block.target.positive}))


def _split(block: ModelBlock, table: Table, labelled: _Labelled) -> NDArray[np.int64]:
    rows = labelled.rows
    if block.split.method == "time":
        refuse_missing_moments(table, rows.moment)
        return split_by_time(block.split, rows.group, rows.moment)
    # The numbers of a regression are no codes of classes; nor may a cut move the parts by which
    # it was found.
    coded = labelled.classes and not block.target.cuts
    codes = rows.target.astype(np.int64) if coded else np.zeros(len(rows), np.int64)
    return split_at_random(block.split, labelled.keys, rows.group, codes)


def _schema(
    paths: Paths, block: ModelBlock, labelled: _Labelled, part: NDArray[np.int64]
) -> Schema:
    rows = labelled.rows
    classes = labelled.classes
    return Schema(
        model=paths.model,
        task=block.task,
        target=block.target.column,
        inputs=describe(block, rows.take(part == TRAIN)),
        classes=classes,
        positive=block.target.positive,
        ordered=block.split.method == "time",
        parts={name: int(np.sum(part == index)) for index, name in enumerate(PARTS)},
        facts=Facts(
            sha256=sha256_of(paths.table),
            rows=len(rows),
            unlabelled=labelled.unlabelled,
            duplicates=len(rows) - len(np.unique(rows.group)),
            contradictions=contradictions(rows.group, rows.target.astype(np.int64))
            if classes
            else 0,
        ),
        cut=labelled.cut,
    )


def _summary(schema: Schema) -> str:
    facts, parts = schema.facts, ", ".join(f"{n} {count:,}" for n, count in schema.parts.items())
    text = f"{facts.rows:,} rows ({parts}), {facts.duplicates:,} of them duplicates"
    if schema.cut is None:
        return text
    return f"{text}; `{schema.target}` {schema.cut.relation.replace('_', ' ')} {schema.cut.value:g}"
