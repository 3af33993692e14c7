"""One model: everything that the repository says of it, damaged or not."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths
from pipeline.card import Card
from pipeline.config import ModelBlock
from pipeline.config.metrics import METRICS
from pipeline.promotion import current
from pipeline.registry import production, staging
from pipeline.report.facts import Event, Input, Interface, Metric, Model, Words
from pipeline.report.gather.activity import events_of
from pipeline.report.gather.decisions import gather_gate, gather_runs
from pipeline.report.gather.evaluation import gather_evaluation
from pipeline.report.gather.headline import gather_headline
from pipeline.report.gather.ledger import Ledger
from pipeline.report.gather.monitoring import gather_days, gather_monitoring
from pipeline.report.gather.production import gather_terms
from pipeline.report.gather.versions import gather_cards, gather_versions, kept_versions
from pipeline.terms import Term as Change

Told = Mapping[str, Any]


def gather_model(
    paths: Paths, block: ModelBlock | None, history: Sequence[Change], ledger: Ledger
) -> tuple[Model, list[Event]]:
    """
    Gather a model, and what happened to it.

    The days' files are read here and let go: of all models at once they would fill the memory.

    Args:
        paths: Its files.
        block: None for a model that is no longer in params.yaml, or whose block has faults.
        history: Its changes of production.
        ledger: Takes what cannot be read.
    """
    live = ledger.attempt(paths.production, lambda: _pointer(paths), "")
    next_one = ledger.attempt(paths.staging, lambda: staging(paths), "")
    cards = gather_cards(paths, ledger)
    kept = kept_versions(paths, live, next_one)
    versions = gather_versions(paths, cards, kept, ledger)
    _note_missing(paths, live, ledger)
    terms = gather_terms(versions, history)
    card = cards.get(live) or next(iter(reversed(cards.values())), None)
    metric = _metric(block, card)
    days = gather_days(paths, ledger)
    interface = ledger.attempt(paths.registry, lambda: _interface(card) if card else None, None)
    model = Model(
        name=paths.model,
        title=block.title if block else paths.model,
        owner=block.owner if block else "",
        task=block.task if block else str(card.fields.get("task", "")) if card else "",
        retired=block is None,
        target=block.target.column if block else "",
        metric=metric,
        words=_words(block),
        production=live,
        since=terms[-1].since if terms and terms[-1].version == live else "",
        staging=next_one,
        headline=ledger.attempt(
            paths.registry, lambda: gather_headline(cards, live, terms, metric), None
        ),
        versions=versions,
        terms=terms,
        runs=gather_runs(paths, cards, metric.id, ledger),
        gate=gather_gate(paths, cards, ledger),
        evaluation=gather_evaluation(paths, cards, interface.positive if interface else "", ledger),
        interface=interface,
        monitoring=ledger.attempt(
            paths.monitoring,
            lambda: gather_monitoring(paths, block, cards, live, days),
            None,
        )
        if block
        else None,
        damage=(),
        latest=(paths.data / "latest.json").is_file(),
        promotions=ledger.attempt(paths.registry, lambda: _counter(paths, history, live), 0),
    )
    return model, events_of(model, days)


def _pointer(paths: Paths) -> str:
    return production(paths) if paths.production.exists() else ""


def _note_missing(paths: Paths, live: str, ledger: Ledger) -> None:
    if live and not (paths.registry / live).is_dir():
        place = str(paths.production.relative_to(paths.root))
        hint = f"restore {live} from Git, or `modelpress promote {paths.model} VERSION`"
        ledger.add(place, f"it names {live}, which is not there", hint)


def _metric(block: ModelBlock | None, card: Card | None) -> Metric:
    """Take the gate's; of a model without a block, the one that its last gate compared by."""
    if block:
        name = block.gate.metric
        return Metric(name, METRICS[name].greater_is_better, block.gate.floors.get(name))
    rules = card.fields["gate"].get("rules", ()) if card else ()
    found = [str(rule.get("metric")) for rule in rules if isinstance(rule, dict)]
    known = [name for name in METRICS if name in found]
    if not known:
        return Metric("", greater_is_better=True)
    return Metric(known[0], METRICS[known[0]].greater_is_better)


def _words(block: ModelBlock | None) -> Words:
    if block is None:
        return Words()
    card = block.card
    return Words(card.summary, card.intended_use, card.limitations, card.license)


def _interface(card: Card) -> Interface:
    fields = card.fields
    threshold = fields.get("threshold")
    return Interface(
        version=card.version,
        inputs=tuple(_input(one) for one in fields.get("inputs", ())),
        outputs=tuple(map(str, fields.get("outputs", ()))),
        classes=tuple(map(str, fields.get("classes", ()))),
        positive=str(fields.get("positive", "")),
        threshold=None if threshold is None else float(threshold),
        normalizer=str(fields.get("normalizer", "")),
        golden=tuple(dict(one) for one in card.golden),
    )


def _input(told: Told) -> Input:
    span, typical = told.get("range"), told.get("typical", "")
    return Input(
        name=str(told["name"]),
        kind=str(told["kind"]),
        dtype=str(told.get("dtype", "")),
        range=(float(span[0]), float(span[1])) if span else None,
        categories=tuple(map(str, told.get("categories", ()))),
        missing=float(told.get("missing", 0.0)),
        typical=typical if isinstance(typical, int | float) else str(typical),
    )


def _counter(paths: Paths, history: Sequence[Change], live: str) -> int:
    """Count the promotions: as the record that is signed says, else as Git does."""
    signed = current(paths)
    if signed is not None:
        return signed.counter + (signed.version != live)
    return len(history) or int(bool(live))


def registered(root: Path) -> list[str]:
    """Name the folders of the registry that hold a version."""
    folder = root / "models"
    if not folder.is_dir():
        return []
    return sorted(place.name for place in folder.iterdir() if any(place.glob("v*/card.json")))
