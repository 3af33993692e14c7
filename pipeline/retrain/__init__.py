"""
`retrain`: train anew where an alert, age and new rows call for it.

Reads: params.yaml (retrain, data, target, features), models/<model>/, monitoring/<model>/,
data/<model>/{table.csv, current/, labels.csv}
Writes: data/<model>/table.csv; and what `ingest` and `run --register` write, which it starts
"""

import argparse
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.answer import add_format, write
from pipeline.artifacts import Paths
from pipeline.card import read_card
from pipeline.clock import now
from pipeline.config import load_block, load_params
from pipeline.errors import ParamsError
from pipeline.retrain.call import ingest, run
from pipeline.retrain.fresh import Fresh, fresh_rows, lay
from pipeline.retrain.why import why

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """
    What became of a model.

    Attributes:
        because: What called for a retrain; empty if nothing did.
        new_rows: Labelled rows that the version in production was not made of.
        ran: Whether it was trained anew.
        code: How `ingest` or `run` ended: 0 fine, 1 the gate kept the champion, 2 something failed.
        note: What there is to say.
    """

    model: str
    because: str
    note: str
    new_rows: int = 0
    ran: bool = False
    code: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument("--check", action="store_true", help="only say what would be done")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Retrain one model after the other; the worst outcome is the exit code."""
    params = load_params(root, options.models)
    if faults := [fault for found in params.faults.values() for fault in found]:
        raise ParamsError(faults)
    done = [retrain(root, model, check=options.check) for model in params.blocks]
    write(options, done, map(_line, done))
    return max((one.code for one in done), default=0)


def retrain(root: Path, model: str, *, check: bool) -> Outcome:
    """
    Retrain one model, if something calls for it and there is something to learn.

    Champion and candidate are judged on the same rows: the gate lets both answer the test rows of
    the new table, and the champion stays unless the candidate passes.
    """
    paths, rules, today = Paths(root, model), load_block(root, model).retrain, now().date()
    version, because = why(paths, rules, today)
    if not because:
        return Outcome(model, "", f"nothing calls for it: {version or 'no version'} stands")
    log.info("%s retrain: because %s", model, because)
    planned = Outcome(model, because, "would ingest and run")
    if not check and (code := ingest(root, model)):
        return replace(planned, note="not ingested, so nothing was trained", code=code)
    fresh = fresh_rows(paths, rules, today)
    planned = replace(planned, new_rows=_new(paths, version, fresh))
    if planned.new_rows < rules.min_new_rows:
        short = f"{planned.new_rows:,} new labelled rows, {rules.min_new_rows:,} are asked"
        return replace(planned, note=f"nothing to learn yet: {short}")
    return planned if check else _trained(paths, fresh, planned)


def _trained(paths: Paths, fresh: Fresh, planned: Outcome) -> Outcome:
    lay(paths, fresh)
    code = run(paths.root, paths.model)
    notes = {0: "trained anew", 1: "trained anew, and the champion stays"}
    return replace(planned, ran=True, code=code, note=notes.get(code, "the run failed"))


def _new(paths: Paths, version: str, fresh: Fresh) -> int:
    """Count what the version was not made of: merged rows, and those that `ingest` brought."""
    made_of = int(read_card(paths, version).fields["data"]["rows"])
    return fresh.merged + max(0, fresh.labelled_before - made_of)


def _line(outcome: Outcome) -> str:
    because = f"because {outcome.because}: " if outcome.because else ""
    return f"{outcome.model} retrain: {because}{outcome.note}"
