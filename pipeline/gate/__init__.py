"""
`gate`: may the candidate replace the champion?

Reads: params.yaml (gate, evaluate), artifacts/<model>/{schema.json, export.json, model.onnx,
    train.parquet, validation.parquet, test.parquet}, models/<model>/production
Writes: artifacts/<model>/gate.json

The stage ends well whenever it has a verdict, so that one model's rejection stops no other;
`modelpress gate --check` and `modelpress run` turn it into an exit code.
"""

import argparse
import logging
import sys
from pathlib import Path

import numpy as np

from pipeline.artifacts import PARTS, Paths, read_fields
from pipeline.baselines import baselines
from pipeline.bootstrap import Resampling, days
from pipeline.candidate import load_candidate
from pipeline.card import read_card
from pipeline.config import ModelBlock, load_block
from pipeline.decision import Decision, write_decision
from pipeline.gate.judge import (
    Candidate,
    Opponent,
    judge,
    judge_other,
    judge_same,
    judge_withdrawn,
)
from pipeline.gate.render import as_json, markdown, text
from pipeline.gate.rules import Scored, Unseen
from pipeline.registry import (
    Registered,
    read_champion,
    read_version,
    withdrawal,
    withdrawn,
)
from pipeline.rows import Rows, join, read_rows
from pipeline.schema import Schema, read_schema
from pipeline.scoring import outcome_of
from pipeline.slices import cut_slices

log = logging.getLogger(__name__)


FORMATS = {"text": text, "markdown": markdown, "json": as_json}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="models of params.yaml")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 unless accepted or unchanged"
    )


def command(root: Path, options: argparse.Namespace) -> int:
    """Decide, and show it."""
    decisions = [run(root, model) for model in options.models]
    sys.stdout.write("\n".join(FORMATS[options.format](one) for one in decisions) + "\n")
    return int(options.check and not all(decision.passes for decision in decisions))


def run(root: Path, model: str) -> Decision:
    """
    Decide on one model's candidate.

    Raises:
        RegistryError: The champion, or what earlier stages wrote, is not sound.
    """
    paths = Paths(root, model)
    decision = _decided(paths, load_block(root, model))
    write_decision(paths, decision)
    failed = [rule.id for rule in decision.rules if not rule.passed]
    log.info("%s gate: %s%s", model, decision.verdict, f" by {', '.join(failed)}" if failed else "")
    return decision


def _decided(paths: Paths, block: ModelBlock) -> Decision:
    schema, champion = read_schema(paths.schema), read_champion(paths)
    parts = {name: read_rows(paths.part(name)) for name in PARTS}
    candidate = _candidate(paths, block, schema, parts)
    if recall := _recalled(paths, candidate):
        holder = champion.version if champion else ""
        return judge_withdrawn(paths.model, block.gate, candidate, holder, recall)
    if champion is None:
        return judge(paths.model, block.gate, candidate, [])
    if champion.card.is_of(candidate.model, candidate.record["made_of"]):
        return judge_same(paths.model, block.gate, candidate, champion)
    if candidate.model.signature.interface != champion.model.signature.interface:
        return judge_other(paths.model, block.gate, candidate, champion)
    return judge(paths.model, block.gate, candidate, _opponents(paths, champion, parts["test"]))


def _candidate(
    paths: Paths, block: ModelBlock, schema: Schema, parts: dict[str, Rows]
) -> Candidate:
    model, test = load_candidate(paths), parts["test"]
    rows = join([parts["validation"], test])
    unseen = Unseen(
        outcome_of(model, rows),
        baselines(schema, block.evaluate.series, parts, rows),
        _resampling(block, schema, rows),
    )
    scored = Scored(
        unseen.outcome.take(np.arange(len(rows) - len(test), len(rows))),
        _resampling(block, schema, test),
        tuple(cut_slices(schema, block.evaluate.slices, test)),
    )
    return Candidate(model, read_fields(paths.export, "made_of", "parity"), scored, unseen)


def _resampling(block: ModelBlock, schema: Schema, rows: Rows) -> Resampling:
    return Resampling(days(rows.moment) if schema.ordered else rows.group, block.split.seed)


def _recalled(paths: Paths, candidate: Candidate) -> tuple[str, str] | None:
    """Find the withdrawn version that the candidate is, and why it was withdrawn."""
    for version in withdrawn(paths):
        note = withdrawal(paths, version)
        if note and read_card(paths, version).is_of(candidate.model, candidate.record["made_of"]):
            return version, str(note["why"])
    return None


def _opponents(paths: Paths, champion: Registered, test: Rows) -> list[Opponent]:
    """Let the champion, and the best version so far, answer today's test rows."""
    holder = Opponent(champion.version, outcome_of(champion.model, test))
    if champion.card.anchor == champion.version:
        return [holder, holder]
    best = read_version(paths, champion.card.anchor)
    return [holder, Opponent(best.version, outcome_of(best.model, test))]
