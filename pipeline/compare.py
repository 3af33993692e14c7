"""
`compare`: two versions of a model side by side, by their cards.

Reads: models/<model>/<version>/card.json
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths
from pipeline.card import Card
from pipeline.config import load_block
from pipeline.errors import PipelineError
from pipeline.registry import read_version


@dataclass(frozen=True)
class Pair:
    """
    A test metric of two versions, each on the test rows of its own run.

    Attributes:
        apart: Whether the intervals do not touch; the rows may differ, so the gate's paired
            comparison says more.
    """

    metric: str
    first: dict[str, float | None]
    second: dict[str, float | None]
    apart: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("first", metavar="A", help="a version")
    parser.add_argument("second", metavar="B", help="another one")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def command(root: Path, options: argparse.Namespace) -> int:
    """Show what differs."""
    load_block(root, options.model)
    paths = Paths(root, options.model)
    if options.first == options.second:
        raise PipelineError(
            f"this is {options.first} beside itself", hint="name two versions of the model"
        )
    first, second = (read_version(paths, x).card for x in (options.first, options.second))
    pairs, changed = metrics(first, second), made_of(first, second)
    if options.format == "json":
        told: Any = {"metrics": [asdict(pair) for pair in pairs], "changed": changed}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
        return 0
    sys.stdout.write(f"made of other {', '.join(changed) or 'nothing'}\n")
    for pair in pairs:
        mark = "  apart" if pair.apart else ""
        row = f"{pair.metric:24} {_shown(pair.first):28} {_shown(pair.second):28}{mark}"
        sys.stdout.write(f"{row.rstrip()}\n")
    return 0


def metrics(first: Card, second: Card) -> list[Pair]:
    """Lay the test metrics that both have side by side."""
    left, right = first.test_metrics, second.test_metrics
    return [
        Pair(name, left[name], right[name], _apart(left[name], right[name]))
        for name in left
        if name in right
    ]


def made_of(first: Card, second: Card) -> list[str]:
    """Name what the two were made of that differs: data, params, code, lock."""
    before, after = first.made_of, second.made_of
    return [name.removesuffix("_sha256") for name in before if before[name] != after[name]]


def _apart(left: dict[str, float | None], right: dict[str, float | None]) -> bool:
    ends = [left["low"], left["high"], right["low"], right["high"]]
    if any(end is None for end in ends):
        return False
    low, high, other_low, other_high = (float(end or 0) for end in ends)
    return high < other_low or other_high < low


def _shown(found: dict[str, float | None]) -> str:
    if found["value"] is None:
        return "not defined"
    return f"{found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]"
