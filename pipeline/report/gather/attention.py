"""What a person should look at, in words, with the remedy."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from pipeline.report.facts import Alert, Attention, Model
from pipeline.report.facts.events import Kind, Urgency
from pipeline.version import parse_version

STALE_DAYS = 3
"""Days that a watched model may go without a new day before somebody should look."""

_URGENCIES: tuple[Urgency, ...] = ("act", "watch", "note")
_REMEDIES = {
    "retrain": ("train it anew", "modelpress retrain {}"),
    "roll back": ("put an earlier version back", 'modelpress rollback {} --reason "…"'),
    "look at the feed": ("look at what delivers data/{}/current", ""),
    "look at the service": ("look at the service", ""),
}
_STATES = {"alert": "alert", "recovering": "alert that recovers", "suspect": "first signs"}
_OF_PERFORMANCE = {"performance", "estimated_performance", "service"}
_ANCHORS: dict[Kind, str] = {
    "damaged": "damage",
    "alert": "drift",
    "suspect": "drift",
    "rejected": "gate",
    "not_comparable": "gate",
    "nothing_live": "versions",
    "staging": "versions",
    "withdrawn": "versions",
    "unwatched": "drift",
}


def gather_attention(models: Iterable[Model], built: str) -> tuple[Attention, ...]:
    """List everything, the most urgent first, else in the order of the models."""
    found = [one for model in models for one in _of(model, built)]
    return tuple(sorted(found, key=lambda one: _URGENCIES.index(one.urgency)))


def _of(model: Model, built: str) -> Iterator[Attention]:
    for damage in model.damage:
        says = f"{damage.path}: {damage.message}" if damage.path else damage.message
        yield _note(model, "act", "damaged", (says, damage.hint, ""))
    if not model.retired:
        yield from _alerts(model)
        yield from _gate(model)
        yield from _pointers(model)
        yield from _watching(model, built)


def _note(
    model: Model, urgency: Urgency, kind: Kind, words: tuple[str, str, str], since: str = ""
) -> Attention:
    says, remedy, command = words
    anchor = _ANCHORS[kind]
    return Attention(model.name, model.title, urgency, kind, says, remedy, command, since, anchor)


def _alerts(model: Model) -> Iterator[Attention]:
    for alert in model.monitoring.alerts if model.monitoring else ():
        if alert.state == "ok":
            continue
        urgency: Urgency = "act" if alert.state == "alert" else "watch"
        kind: Kind = "alert" if alert.active else "suspect"
        note = _note(model, urgency, kind, _alert(model, alert), alert.since)
        yield replace(note, anchor="performance") if alert.cause in _OF_PERFORMANCE else note


def _alert(model: Model, alert: Alert) -> tuple[str, str, str]:
    says = f"{_STATES.get(alert.state, alert.state)}: {alert.reason}"
    if alert.action not in _REMEDIES:
        return says, alert.action, ""
    remedy, command = _REMEDIES[alert.action]
    return says, remedy.format(model.name), command.format(model.name)


def _gate(model: Model) -> Iterator[Attention]:
    gate = model.gate
    if gate is None or gate.verdict not in ("rejected", "not_comparable"):
        return
    since = model.runs[0].date if model.runs else ""
    first = gate.failed[0].reason if gate.failed else ""
    if gate.verdict == "not_comparable":
        words = (
            "the last candidate cannot be compared with the version in production",
            "look at its metrics; a person may promote it",
            f'modelpress promote {model.name} --reason "…"',
        )
        yield _note(model, "act", "not_comparable", words, since=since)
        return
    name = gate.failed[0].id if gate.failed else "the gate"
    more = f", and {len(gate.failed) - 1} more" if len(gate.failed) > 1 else ""
    stands = f"{model.production} stays in production" if model.production else "nothing is live"
    words = (
        f"the last candidate was rejected: {name}: {first}{more}",
        f"{stands}; look at the failed rules, then at data and parameters",
        "",
    )
    yield _note(model, "act", "rejected", words, since=since)


def _pointers(model: Model) -> Iterator[Attention]:
    if not model.production:
        if model.versions:
            says, command = "no version is in production", f"modelpress promote {model.name}"
        else:
            says, command = "there is no version yet", f"modelpress run --register {model.name}"
        words = (says, "put one there", command)
        yield _note(model, "note", "nothing_live", words)
    elif _is_later(model.staging, model.production) and not _is_withdrawn(model, model.staging):
        words = (
            f"{model.staging} waits in staging; {model.production} is in production",
            "promote it, if it is what you want",
            f"modelpress promote {model.name}",
        )
        yield _note(model, "note", "staging", words)
    if model.versions and (note := model.versions[-1].withdrawn):
        words = (
            f"{model.versions[-1].version}, the newest version, was withdrawn: {note.why}",
            "change what it was made of; the gate rejects the same again",
            "",
        )
        yield _note(model, "note", "withdrawn", words, since=note.when)


def _is_later(first: str, second: str) -> bool:
    one, other = parse_version(first), parse_version(second)
    return one is not None and other is not None and one > other


def _is_withdrawn(model: Model, version: str) -> bool:
    found = model.version(version)
    return found is not None and found.withdrawn is not None


def _watching(model: Model, built: str) -> Iterator[Attention]:
    if not model.production:
        return
    last = model.monitoring.last if model.monitoring else ""
    command = f"modelpress monitor {model.name}"
    if not last:
        words = ("nobody watches it: there is no day of `monitor`", "watch it every day", command)
        yield _note(model, "note", "unwatched", words)
    elif built and (_day(built) - _day(last)).days > STALE_DAYS:
        says = f"the last day that was watched is {last}"
        words = (says, "see why `monitor` does not run", command)
        yield _note(model, "watch", "unwatched", words, since=last)


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])
