"""Charts of the last candidate on its test rows."""

from collections.abc import Sequence

from pipeline.charts import (
    Axis,
    Chart,
    Dots,
    HeatMap,
    Key,
    Line,
    Row,
    Table,
    number_axis,
    share_axis,
)
from pipeline.report.facts import Cell, Evaluation, Thresholds
from pipeline.report.facts import Point as CurvePoint
from pipeline.report.pages.words import figure


def receiver_operating(evaluation: Evaluation) -> Chart:
    """ROC: hits against false alarms."""
    return _curve(evaluation.roc, "False positive rate", "True positive rate", chance=True)


def precision_recall(evaluation: Evaluation) -> Chart:
    """Precision against recall."""
    return _curve(evaluation.precision_recall, "Recall", "Precision", chance=False)


def _curve(points: Sequence[CurvePoint], x: str, y: str, *, chance: bool) -> Chart:
    diagonal = Line(((0.0, 0.0), (1.0, 1.0)), "mark", dashed=True)
    ordered = sorted(points, key=lambda point: -point.threshold)
    rows = tuple(
        Row((figure(one.x), figure(one.y), figure(one.threshold)), one.x, one.y) for one in ordered
    )
    return Chart(
        label=f"{y} against {x.lower()} for every threshold.",
        x=share_axis(x),
        y=share_axis(y),
        marks=(
            *([diagonal] if chance and ordered else []),
            Line(tuple((one.x, one.y) for one in ordered)),
        ),
        table=Table((x, y, "Threshold"), rows),
        square=True,
        empty="No curve was kept.",
    )


def calibration(evaluation: Evaluation, task: str) -> Chart:
    """What came true against what was told, in bins."""
    bins = evaluation.calibration
    told, observed = [one.told for one in bins], [one.observed for one in bins]
    both = number_axis([*told, *observed])
    x, y = (both, both) if task == "regression" else (share_axis(), share_axis())
    words = ("Told", "Came true")
    ends = (x.low, x.high)
    return Chart(
        label="What was told against what came true, in bins of as many rows each.",
        x=Axis(x.low, x.high, x.ticks, words[0]),
        y=Axis(y.low, y.high, y.ticks, words[1]),
        marks=(
            Line(tuple((end, end) for end in ends), "mark", dashed=True),
            Line(tuple((one.told, one.observed) for one in bins)),
            Dots(tuple((one.told, one.observed) for one in bins)),
        )
        if bins
        else (),
        table=Table(
            (*words, "Rows"),
            tuple(
                Row((figure(one.told), figure(one.observed), str(one.rows)), one.told, one.observed)
                for one in bins
            ),
        ),
        square=True,
        empty="No calibration was kept.",
    )


def confusion(cells: Sequence[Cell]) -> HeatMap | None:
    """What was told of the test rows of each class."""
    if not cells:
        return None
    labels = tuple(dict.fromkeys(name for one in cells for name in (one.actual, one.predicted)))
    counts = {(one.actual, one.predicted): one.rows for one in cells}
    return HeatMap(
        "Test rows by what they are and what was told",
        labels,
        tuple(tuple(counts.get((row, column), 0) for column in labels) for row in labels),
    )


def threshold(found: Thresholds) -> Chart:
    """Precision and recall at every threshold."""
    counts = hits_and_alarms(found)
    recall = tuple((at, hits / found.positives) for at, hits, _ in counts if found.positives)
    precision = tuple((at, hits / (hits + alarms)) for at, hits, alarms in counts if hits + alarms)
    return Chart(
        label="Precision and recall at every threshold, on the test rows.",
        x=share_axis(),
        y=share_axis(),
        marks=(Line(recall, "second"), Line(precision)),
        table=Table(
            ("Threshold", "Hits", "False alarms"),
            tuple(Row((figure(at), str(hits), str(alarms)), at) for at, hits, alarms in counts),
        ),
        legend=(Key("first", "precision"), Key("second", "recall")),
        height=150,
        empty="No curve was kept.",
    )


def hits_and_alarms(found: Thresholds) -> list[tuple[float, int, int]]:
    """Threshold, hits and false alarms, the lowest threshold first."""
    return sorted(
        (one.threshold, round(one.y * found.positives), round(one.x * found.negatives))
        for one in found.points
    )
