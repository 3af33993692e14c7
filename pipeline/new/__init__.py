"""
`new`: write a params.yaml block by looking at a table, and take the table over.

Reads: params.yaml, the file
Writes: params.yaml, data/<model>/{table.csv, source.json}, models/<model>/production (empty)
"""

import argparse
import logging
import sys
from collections import Counter
from pathlib import Path

from pipeline.amend import add_block, read_defaults
from pipeline.artifacts import Paths, shown
from pipeline.config import load_block, name_fault, read_raw
from pipeline.config.file import PARAMS_FILE
from pipeline.connectors import Delivery, fetch
from pipeline.errors import DataError, ParamsError, PipelineError
from pipeline.new.compose import Draft, compose, task_of
from pipeline.new.look import look_at, words_for_nothing
from pipeline.new.names import said
from pipeline.new.sniff import sniff
from pipeline.registry import lay_pointer
from pipeline.source import accept, pointer, read, unharmed

log = logging.getLogger(__name__)

# YAML reads these as values, not as names.
_NO_NAMES = frozenset({"true", "false", "null"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("name", metavar="NAME", help="a letter, then small letters, digits, dashes")
    parser.add_argument("--data", required=True, metavar="PATH|URL", help="the table")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="what to learn")


def command(root: Path, options: argparse.Namespace) -> int:
    """Add one model, or leave everything as it was."""
    paths = Paths(root, options.name)
    _refuse_name(paths)
    delivery = fetch(options.data)
    draft = _draft(options.name, options.target, delivery)
    block = compose(draft, read_defaults(root))
    with unharmed(paths, root / PARAMS_FILE, paths.production):
        add_block(root, options.name, block)
        written = load_block(root, options.name)
        lay_pointer(paths)
        source, declared = next(iter(written.data.sources.items()))
        accept(root, written, (options.name, source), delivery, read(written, declared, delivery))
    sys.stdout.write(f"  {options.name}:\n" + "".join(f"    {x}\n" for x in block.split("\n")))
    log.info(
        "%s new: %s rows; look the block over in params.yaml, then `modelpress run %s`",
        options.name,
        f"{draft.rows:,}",
        options.name,
    )
    return 0


def _refuse_name(paths: Paths) -> None:
    name, fault = paths.model, name_fault(paths.model)
    if name in _NO_NAMES:
        fault = f"`{name}` is a value in YAML, and no name"
    if fault:
        raise ParamsError([PipelineError(fault, hint="choose another name", path=PARAMS_FILE)])
    if name in read_raw(paths.root)[1]["models"]:
        raise _taken(f"there is a model `{name}` already", PARAMS_FILE)
    for place in (paths.table, pointer(paths)):
        if place.exists():
            raise _taken(f"there is a table of a model `{name}` already", shown(place))


def _taken(message: str, path: str) -> ParamsError:
    hint = "choose another name, or `modelpress ingest` into the model that is there"
    return ParamsError([PipelineError(message, hint=hint, path=path)])


def _draft(name: str, target: str, delivery: Delivery) -> Draft:
    source, parsed = sniff(delivery)
    if target not in parsed.header:
        raise DataError(
            f"there is no column `{target}`",
            hint=f"the columns are {', '.join(f'`{said(column)}`' for column in parsed.header)}",
            path=delivery.name,
        )
    raw = dict(zip(parsed.header, zip(*parsed.rows, strict=True), strict=True))
    missing = words_for_nothing(raw, target)
    columns = {
        name: ["" if value in missing else value for value in values]
        for name, values in raw.items()
    }
    looks = [
        look_at(column, values, first=column == parsed.header[0])
        for column, values in columns.items()
        if column != target
    ]
    answers = [value for value in columns[target] if value]
    task, labels = task_of(answers), Counter(answers)
    draft = Draft(name, task, target, labels, looks, source, missing, len(parsed.rows))
    _refuse_hopeless(draft, delivery.name)
    return draft


def _refuse_hopeless(draft: Draft, path: str) -> None:
    """
    Refuse a table that no block could be written for.

    Raises:
        DataError: Nothing can be learnt, or from nothing.
    """
    labels, rows = len(draft.labels), draft.labels.total()
    if labels < 2 or (draft.task == "multiclass" and labels > rows / 2):
        raise DataError(
            f"the target `{draft.target}` has {labels:,} different values in {rows:,} rows",
            hint="a class needs rows to be learnt from; a number must be written as one",
            path=path,
        )
    if not draft.features:
        seen = "; ".join(f"`{said(x.column)}` is {x.role} ({said(x.why)})" for x in draft.looks)
        raise DataError(
            f"no column can be a feature: {seen or 'there is only the target'}",
            hint="a feature has more than one value, and does not name its row",
            path=path,
        )
