"""
`status`: what is live, since when, and how good.

Reads: params.yaml, models/<model>/, artifacts/<model>/gate.json, Git
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.artifacts import Paths
from pipeline.config import ModelBlock, load_params
from pipeline.decision import read_decision
from pipeline.errors import ParamsError
from pipeline.git import commits_of, has_git
from pipeline.registry import live_card, staging, versions

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Status:
    """
    One model.

    Attributes:
        production: The version in production; empty if there is none.
        since: When it went there, by Git; empty if that is not committed.
        metric: The gate's metric.
        value: Its value on the test rows of the version's own run, with its interval.
        verdict: The gate's last word about the candidate; empty before the first.
        versions: How many there are.
        megabytes: What they take in the checkout.
    """

    model: str
    production: str
    since: str
    staging: str
    metric: str
    value: tuple[float | None, float | None, float | None]
    verdict: str
    versions: int
    megabytes: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def command(root: Path, options: argparse.Namespace) -> int:
    """
    Show every model.

    Raises:
        ParamsError: Some blocks have faults; the others are shown before.
    """
    params = load_params(root, options.models)
    told = [status_of(Paths(root, name), block) for name, block in params.blocks.items()]
    if options.format == "json":
        sys.stdout.write(json.dumps([asdict(one) for one in told], indent=1) + "\n")
    else:
        sys.stdout.write(_table(told) + "\n")
    if params.faults:
        raise ParamsError([fault for faults in params.faults.values() for fault in faults])
    return 0


def status_of(paths: Paths, block: ModelBlock) -> Status:
    """
    Look at one model.

    Raises:
        RegistryError: A pointer or a card is damaged.
    """
    card, metric, there = live_card(paths), block.gate.metric, versions(paths)
    found = card.test_metrics.get(metric, {}) if card else {}
    size = sum(place.stat().st_size for place in paths.registry.rglob("*") if place.is_file())
    return Status(
        model=paths.model,
        production=card.version if card else "",
        since=_since(paths) if card else "",
        staging=staging(paths),
        metric=metric,
        value=(found.get("value"), found.get("low"), found.get("high")),
        verdict=read_decision(paths).verdict if paths.gate.exists() else "",
        versions=len(there),
        megabytes=round(size / _MEGABYTE, 3),
    )


def _since(paths: Paths) -> str:
    if not has_git(paths.root):
        return ""
    commits = commits_of(paths.root, str(paths.production.relative_to(paths.root)))
    return commits[-1].moment[:10] if commits else ""


def _table(told: list[Status]) -> str:
    rows = [("model", "production", "since", "staging", "metric", "candidate", "versions", "MB")]
    rows += [
        (
            one.model,
            one.production or "nothing",
            one.since or "-",
            one.staging or "-",
            _figure(one),
            one.verdict or "-",
            str(one.versions),
            f"{one.megabytes:.2f}",
        )
        for one in told
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _figure(one: Status) -> str:
    value, low, high = one.value
    if value is None:
        return one.metric
    interval = f" [{low:.4f}, {high:.4f}]" if low is not None and high is not None else ""
    return f"{one.metric} {value:.4f}{interval}"
