"""
`label`: merge labels that came later than their rows.

Reads: params.yaml, FILE, data/<model>/{table.csv, current/, labels.csv}
Writes: data/<model>/labels.csv
"""

import argparse
import logging
import math
from pathlib import Path

from pipeline.answer import add_format, write
from pipeline.artifacts import Paths, shown
from pipeline.clock import now
from pipeline.config import ModelBlock, load_block
from pipeline.errors import DataError
from pipeline.labels import (
    Labels,
    Late,
    LateLabel,
    known_labels,
    read_labels,
    read_late,
    refuse_conflicts,
    write_late,
)

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument(
        "--from", dest="place", metavar="FILE", type=Path, required=True, help="row ids and targets"
    )
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Merge one file; nothing is written if a single label does not fit."""
    block, paths = load_block(root, options.model), Paths(root, options.model)
    known = known_labels(paths, block)
    given = read_labels(options.place, block)
    _refuse_unknown(block, known, given, options.place)
    refuse_conflicts(known, given, options.place)
    new = {row: word for row, word in given.items() if row not in known}
    if new:
        today = now().date().isoformat()
        added = {row: LateLabel(word, today) for row, word in new.items()}
        write_late(paths, block, Late({**read_late(paths, block).by_row, **added}))
    log.info(
        "%s label: %s new, %s known already",
        *(options.model, f"{len(new):,}", f"{len(given) - len(new):,}"),
    )
    write(options, {"new": len(new), "known": len(given) - len(new)})
    return 0


def _refuse_unknown(block: ModelBlock, known: Labels, given: Labels, path: Path) -> None:
    """
    Refuse what cannot be a target.

    Raises:
        DataError: A class that no row has, or a number that is none.
    """
    if block.task == "regression":
        wrong, hint = [x for x in given.items() if not _finite(x[1])], "write a plain number"
    else:
        classes = set(block.target.classes) or set(known.values())
        wrong = [x for x in given.items() if x[1] not in classes]
        hint = f"known are {', '.join(f'`{x}`' for x in sorted(classes)) or '(none)'}"
    if wrong:
        row, word = wrong[0]
        raise DataError(
            f"{len(wrong):,} rows have a target that is none, first `{row}`: `{word[:40]}`",
            hint=hint,
            path=shown(path),
        )


def _finite(word: str) -> bool:
    try:
        return math.isfinite(float(word)) and "_" not in word
    except ValueError:
        return False
