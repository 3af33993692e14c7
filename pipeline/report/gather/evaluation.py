"""How the last candidate did on its test rows: metrics, slices, curves."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from pipeline.artifacts import Paths, read_json
from pipeline.card import Card
from pipeline.report.facts import Bin, Cell, Estimate, Evaluation, Point, Slice, Thresholds
from pipeline.report.gather.ledger import Ledger
from pipeline.report.gather.versions import estimates

Part = TypeVar("Part")
Told = Mapping[str, Any]
Metrics = dict[str, dict[str, Estimate]]


class _Told(NamedTuple):
    """`evaluation.json`; the threshold is that of the version that the candidate is, if any."""

    version: str
    threshold: float | None
    metrics: Metrics
    slices: tuple[Slice, ...]
    baselines: Metrics
    calibration_error: float | None


def gather_evaluation(
    paths: Paths, cards: Mapping[str, Card], positive: str, ledger: Ledger
) -> Evaluation | None:
    """Read what `evaluate` wrote; a curve that is damaged is left out."""
    if not paths.evaluation.exists():
        return None
    told = ledger.attempt(paths.evaluation, lambda: _told(paths, cards), None)
    if told is None:
        return None
    cells = _curve(paths, "confusion", ledger, _cell)
    roc = _curve(paths, "roc", ledger, _roc)
    return Evaluation(
        version=told.version,
        metrics=told.metrics,
        baselines=told.baselines,
        slices=told.slices,
        calibration_error=told.calibration_error,
        roc=roc,
        precision_recall=_curve(paths, "pr", ledger, _precision_recall),
        calibration=_curve(paths, "calibration", ledger, _bin),
        confusion=cells,
        thresholds=_thresholds(positive, cells, roc, told.threshold),
    )


def _told(paths: Paths, cards: Mapping[str, Card]) -> _Told:
    record = read_json(paths.evaluation)
    same = [card for card in cards.values() if card.sha256 == record.get("sha256")]
    threshold = same[-1].fields.get("threshold") if same else None
    error = record.get("calibration_error")
    return _Told(
        same[-1].version if same else "",
        None if threshold is None else float(threshold),
        {str(part): estimates(told) for part, told in record["metrics"].items()},
        tuple(_slice(one) for one in record.get("slices", ())),
        {str(name): estimates(told) for name, told in record.get("baselines", {}).items()},
        None if error is None else float(error),
    )


def _curve(
    paths: Paths, name: str, ledger: Ledger, part: Callable[[Told], Part]
) -> tuple[Part, ...]:
    place = paths.plot(name)
    if not place.exists():
        return ()
    return ledger.attempt(place, lambda: tuple(part(one) for one in read_json(place)), ())


def _roc(told: Told) -> Point:
    places = (told["false_positive_rate"], told["true_positive_rate"], told["threshold"])
    return Point(*map(float, places))


def _precision_recall(told: Told) -> Point:
    return Point(*map(float, (told["recall"], told["precision"], told["threshold"])))


def _bin(told: Told) -> Bin:
    return Bin(float(told["told"]), float(told["observed"]), int(told["rows"]))


def _cell(told: Told) -> Cell:
    return Cell(str(told["actual"]), str(told["predicted"]), int(told["rows"]))


def _slice(told: Mapping[str, Any]) -> Slice:
    return Slice(
        str(told["feature"]), str(told["slice"]), int(told["rows"]), estimates(told["metrics"])
    )


def _thresholds(
    positive: str, cells: tuple[Cell, ...], roc: tuple[Point, ...], current: float | None
) -> Thresholds | None:
    """Count the classes; what a threshold does to them follows from the points of the ROC."""
    if not positive or not roc or len({cell.actual for cell in cells}) != 2:
        return None
    positives = sum(cell.rows for cell in cells if cell.actual == positive)
    negatives = sum(cell.rows for cell in cells if cell.actual != positive)
    return Thresholds(positive, positives, negatives, current, roc)
