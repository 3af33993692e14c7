"""Drift by feature: the tests of the last day, their course, and the rows behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.artifacts import Paths
from pipeline.card import Card
from pipeline.config import ModelBlock
from pipeline.registry import PREDICTION
from pipeline.report.facts import Distribution, DriftState, Feature, Test
from pipeline.report.facts.monitoring import CHANCE
from pipeline.report.gather.arrived import count_arrived
from pipeline.report.gather.words import feature_title, unit_of

Told = Mapping[str, Any]


def share_of(test: Told) -> float:
    """Give a test's effect as a share of its limit: `Test.share`, without making one."""
    nothing = CHANCE if test["test"] == "domain_auc" else 0.0
    room = test["limit"] - nothing
    return max(test["value"] - nothing, 0.0) / room if room > 0 else 0.0


def gather_features(
    paths: Paths, block: ModelBlock, card: Card | None, days: Sequence[Told]
) -> tuple[Feature, ...]:
    """
    Tell every feature that was tested on the last day, the strongest drift first.

    `card` is that of the version that was watched then, which may be in production no more.
    """
    last = days[-1]
    tests: dict[str, list[Test]] = {}
    for one in last["drift"]:
        tests.setdefault(str(one["feature"]), []).append(_test(one))
    reference = card.reference if card else {}
    current = count_arrived(paths, block, card, last["date"]) if card else {}
    if PREDICTION in tests:
        current |= _answers(last, block)
    recent = [_shares(told) for told in days]
    found = [
        Feature(
            name=name,
            title=feature_title(name),
            kind=block.features[name].kind if name in block.features else "",
            state=_state(name, last, ran),
            tests=tuple(sorted(ran, key=lambda test: test.share, reverse=True)),
            recent=tuple(shares.get(name) for shares in recent),
            reference=_distribution(reference.get(name)),
            current=current.get(name),
            missing=last["quality"]["missing"].get(name),
        )
        for name, ran in tests.items()
    ]
    return tuple(sorted(found, key=lambda feature: feature.share, reverse=True))


def _test(told: Told) -> Test:
    return Test(
        test=str(told["test"]),
        unit=unit_of(str(told["test"])),
        value=float(told["value"]),
        limit=float(told["limit"]),
        p=float(told["p"]),
        fired=told["fired"] is True,
    )


def _shares(told: Told) -> dict[str, float]:
    found: dict[str, float] = {}
    for test in told["drift"]:
        name = test["feature"]
        found[name] = max(found.get(name, 0.0), round(share_of(test), 3))
    return found


def _state(name: str, last: Told, ran: Sequence[Test]) -> DriftState:
    causes = {"@target": {"prior"}, "@prediction": {"prediction"}}.get(name)
    states = {
        one["state"]
        for cause, one in last["alert"].items()
        if (cause in causes if causes else cause.partition(":")[2] == name)
    }
    if "alert" in states:
        return "drift"
    sign = states & {"suspect", "recovering"} or any(test.fired for test in ran)
    return "watch" if sign else "stable"


def _distribution(told: Told | None) -> Distribution | None:
    if not told:
        return None
    return Distribution(
        edges=tuple(map(float, told.get("edges", ()))),
        categories=tuple(map(str, told.get("categories", ()))),
        counts=tuple(map(int, told["counts"])),
        missing=int(told["missing"]),
    )


def _answers(last: Told, block: ModelBlock) -> dict[str, Distribution]:
    """Take the answers of the first window from the day's file, which has them in its bins."""
    told = last["predictions"].get(f"{block.monitor.windows_days[0]}d", {})
    if "counts" in told:
        counts = tuple(map(int, told["counts"]))
        edges = tuple(map(float, told["edges"]))
        return {PREDICTION: Distribution(edges, (), counts, 0)}
    if "told" in told:
        counts = (*map(int, told["told"]), 0)
        return {PREDICTION: Distribution((), tuple(map(str, told["labels"])), counts, 0)}
    return {}
