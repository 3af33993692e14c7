"""From a repository to facts: one module per source."""

import os
from dataclasses import replace
from pathlib import Path

from pipeline.artifacts import Paths
from pipeline.clock import VARIABLE, now, stamp
from pipeline.config import load_params
from pipeline.errors import RunError
from pipeline.git import commits_named, head
from pipeline.report.facts import Event, Facts, Model
from pipeline.report.gather.activity import gather_activity
from pipeline.report.gather.attention import gather_attention
from pipeline.report.gather.ledger import Ledger
from pipeline.report.gather.lineage import gather_pipeline
from pipeline.report.gather.model import gather_model, registered
from pipeline.terms import Term, all_terms, in_utc

__all__ = ["gather_facts"]

_NO_HISTORY_YET = ("there is no Git here", "Git has no commit here yet")


def gather_facts(root: Path) -> Facts:
    """
    Read everything; what is damaged is a fact, too.

    Raises:
        ParamsError: params.yaml cannot be read at all.
        RunError: SOURCE_DATE_EPOCH is no number.
    """
    params = load_params(root)
    commit = head(root)
    built = _built(root, commit)
    ledger = Ledger()
    terms, history = _history(root, ledger)
    models: list[Model] = []
    events: list[Event] = []
    retired = [name for name in registered(root) if name not in params.names]
    for name in (*params.names, *retired):
        own = Ledger()
        for fault in params.faults.get(name, ()):
            own.note(fault)
        block = params.blocks.get(name)
        model, happened = gather_model(Paths(root, name), block, terms.get(name, ()), own)
        events += happened
        models.append(replace(model, retired=name in retired, damage=own.damage))
    return Facts(
        built=built,
        commit=commit,
        source=_source(),
        models=tuple(models),
        attention=gather_attention(models, built),
        activity=gather_activity(root, events),
        pipeline=gather_pipeline(root, params.names),
        history=history,
        faults=ledger.damage,
    )


def _built(root: Path, commit: str) -> str:
    """Name the moment of the site: of its commit, whatever the clock says."""
    if os.environ.get(VARIABLE):
        return stamp(now())
    known = commits_named(root, [commit]).get(commit) if commit else None
    return in_utc(known.moment) if known else ""


def _source() -> str:
    """Name the repository's page, if a workflow of GitHub says where it is."""
    server, name = (os.environ.get(f"GITHUB_{x}", "") for x in ("SERVER_URL", "REPOSITORY"))
    return f"{server.rstrip('/')}/{name}" if server and name else ""


def _history(root: Path, ledger: Ledger) -> tuple[dict[str, list[Term]], str]:
    """Read the production history, or say why there is none: that Git cannot say is a fault."""
    try:
        return all_terms(root), ""
    except RunError as error:
        if not error.message.startswith(_NO_HISTORY_YET):
            ledger.add(error.path, error.message.replace(str(root), "."), error.hint)
        # Where the checkout lies is nobody's business.
        return {}, ". ".join(error.lines()).replace(str(root), ".")
