"""Charts of how a feature is spread."""

from itertools import pairwise

from pipeline.charts import Axis, Bars, Chart, Line, Row, Table
from pipeline.report.facts import Distribution, Feature


def distribution(feature: Feature) -> Chart | None:
    """A feature's values: of the rows that production learnt from, and of those that arrived."""
    reference, current = feature.reference, feature.current
    if reference is None:
        return None
    before = _shares(reference)
    now = _shares(current) if current else []
    names = _bins(reference)
    while len(before) > 1 and not before[-1] and not any(now[len(before) - 1 :]):
        before, now, names = before[:-1], now[: len(before) - 1], names[:-1]
    steps = [(float(at + end), value) for at, value in enumerate(now) for end in (0, 1)]
    rows = tuple(
        Row(
            (name, _percent(share), *([_percent(now[at])] if at < len(now) else [])),
            at + 0.5,
            share,
        )
        for at, (name, share) in enumerate(zip(names, before, strict=True))
    )
    return Chart(
        label=f"Shares of the values of {feature.title}"
        + (", learnt from and arrived." if now else ", learnt from."),
        x=Axis(0, len(before)),
        y=Axis(0, 1.08 * max([*before, *now], default=0) or 1),
        marks=(
            Bars(
                tuple((at + 0.08, at + 0.92, share) for at, share in enumerate(before)), "reference"
            ),
            *([Line(tuple(steps))] if steps else []),
        ),
        table=Table(("Values", "Learnt from", *(["Arrived"] if now else [])), rows),
        height=84,
        empty="No rows to count.",
    )


def _shares(counted: Distribution) -> list[float]:
    """Shares of the bins, with that of missing values last if there are any anywhere."""
    counts = [*counted.counts, counted.missing]
    whole = sum(counts) or 1
    return [value / whole for value in counts]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _bins(counted: Distribution) -> list[str]:
    if counted.categories:
        names = [*counted.categories, "others"]
    else:
        edges = [f"{edge:g}" for edge in counted.edges]
        middle = [f"{low} to {high}" for low, high in pairwise(edges)]
        names = [f"up to {edges[0]}", *middle, f"above {edges[-1]}"] if edges else ["all"]
    given = len(counted.counts)
    return [*(names + ["others"] * given)[:given], "missing"]
