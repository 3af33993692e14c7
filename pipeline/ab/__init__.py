"""
`ab`: compare two versions by a log of what they said, and the labels that came later.

Reads: params.yaml, LOG, data/<model>/{table.csv, current/, labels.csv}, models/<model>/*/card.json
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.ab.answers import NEED_PROBABILITIES, Words, outcome_of
from pipeline.ab.judge import Comparison, Design, incomparable, judge
from pipeline.ab.log import Entry, read_log
from pipeline.answer import add_format, write
from pipeline.artifacts import Paths, shown
from pipeline.card import Card, read_card
from pipeline.config import ModelBlock, load_block
from pipeline.errors import DataError, RegistryError
from pipeline.labels import Labels, known_labels
from pipeline.registry import versions
from pipeline.version import FIRST, parse_version

Side = dict[str, Entry]
"""What one version said, by row; of a row asked twice, the last."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("log", metavar="LOG", type=Path, help="CSV, JSON lines or SQLite")
    parser.add_argument(
        "--versions", nargs=2, metavar=("A", "B"), help="default: the two in the log, older first"
    )
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Compare; 1 if the second version is worse, or if that cannot be said."""
    block, paths = load_block(root, options.model), Paths(root, options.model)
    sides = _sides(options.log, options.model, options.versions)
    labelled, found = _compare(paths, block, sides)
    answer: dict[str, Any] = {
        "model": options.model,
        "versions": list(sides),
        "rows": [len(side) for side in sides.values()],
        "labelled": labelled,
        **_plain(asdict(found)),
    }
    write(options, answer, _lines(answer, found))
    return int(found.verdict in {"worse", "not comparable"})


def _sides(log: Path, model: str, wanted: Sequence[str] | None) -> dict[str, Side]:
    """
    Read what two versions of a model said.

    Raises:
        DataError: The log has not the two, or has others and nobody says which.
    """
    sides: dict[str, Side] = {}
    for entry in read_log(log, model):
        sides.setdefault(entry.version, {})[entry.row_id] = entry
    names = list(wanted or sorted(sides, key=lambda name: (parse_version(name) or FIRST, name)))
    if len(set(names)) != 2 or not sides.keys() >= set(names):
        raise DataError(
            f"the log speaks of {', '.join(f'`{name}`' for name in sides) or 'no version'}",
            hint="two versions are compared: --versions A B",
            path=shown(log),
        )
    return {name: sides[name] for name in names}


def _compare(
    paths: Paths, block: ModelBlock, sides: Mapping[str, Side]
) -> tuple[list[int], Comparison]:
    truth = known_labels(paths, block)
    first, second = sides.values()
    design, rows = _design(first, second, truth)
    labelled, metric = [len(keys) for keys in rows], block.gate.metric
    classes = {tuple(_card(paths, version).fields["classes"]) for version in sides}
    if len(classes) > 1:
        return labelled, incomparable(metric, design, "the versions answer other classes")
    words = Words(classes.pop(), block.target.classes, metric in NEED_PROBABILITIES)
    outcomes = [
        outcome_of(words, [side[key] for key in keys], [truth[key] for key in keys])
        for side, keys in zip(sides.values(), rows, strict=True)
    ]
    return labelled, judge(metric, *outcomes, design=design, seed=block.split.seed)


def _card(paths: Paths, version: str) -> Card:
    if version not in (known := versions(paths)):
        raise RegistryError(
            f"there is no version {version}",
            hint=f"there are: {', '.join(known) or 'none yet'}",
            path=shown(paths.registry),
        )
    return read_card(paths, version)


def _design(first: Side, second: Side, truth: Labels) -> tuple[Design, list[list[str]]]:
    """
    Find out whether both versions were asked the same rows, and list those with a label.

    Most of the rows of one side: a retry or two among split traffic make no pairs.
    """
    known = [sorted(side.keys() & truth.keys()) for side in (first, second)]
    both = sorted(set(known[0]) & set(known[1]))
    if 2 * len(both) >= max(1, min(map(len, known))):
        return "paired", [both, both]
    return "split", known


def _plain(value: Any) -> Any:  # noqa: ANN401 - what JSON can say
    """Write what is not defined as null, and seven digits of what is."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.6g}")
    return value


def _lines(answer: Mapping[str, Any], found: Comparison) -> Iterator[str]:
    first, second = answer["versions"]
    how = "the same rows" if found.design == "paired" else "rows of its own each"
    yield f"{answer['model']} ab: {second} against {first} by {found.metric}, {how}"
    scores = (found.first, found.second)
    for name, rows, labelled, score in zip(
        answer["versions"], answer["rows"], answer["labelled"], scores, strict=True
    ):
        yield f"{name}  {score:.4f}  {rows:,} rows, {labelled:,} with a label"
    if found.reason:
        yield f"not comparable: {found.reason}"
    else:
        of = found.difference
        yield f"difference {of.value:+.4f} [{of.low:+.4f}, {of.high:+.4f}]: {found.verdict}"
