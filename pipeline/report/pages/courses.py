"""Charts of the key metric: day by day, and version by version."""

from collections.abc import Sequence
from datetime import date

from pipeline.charts import (
    Band,
    Chart,
    Dots,
    Event,
    Key,
    Limit,
    Line,
    Row,
    Table,
    Tone,
    Whiskers,
    date_axis,
    number_axis,
)
from pipeline.charts.axis import Axis
from pipeline.charts.chart import Mark
from pipeline.charts.ticks import Tick
from pipeline.report.facts import Day, Estimate, Model
from pipeline.report.pages.words import day, figure, interval, metric

_SHORT = 7  # days that are drawn one by one
_GAP = 7  # days without a file that a line does not bridge
_ONCE: Tone = "first"
_NEVER: Tone = "mark"
_NAMES = 8  # versions that have room below an axis


def performance(model: Model) -> Chart | None:
    """The key metric of production day by day, and what changed there; None if never watched."""
    if not model.monitoring or not model.monitoring.days:
        return None
    days, limit, name = model.monitoring.days, model.monitoring.limit, metric(model.metric.id)
    dates = [date.fromisoformat(one.date) for one in days]
    places = [float(when.toordinal()) for when in dates]
    ends = [end for one in days for end in (one.estimate.low, one.estimate.high)]
    values = [value for one in days for value in (one.estimate.value, one.expected.value)]
    guessed = any(one.expected.value is not None for one in days)
    return Chart(
        label=_course(name, model, days),
        x=date_axis(dates),
        y=number_axis([*values, *ends, limit]),
        marks=(
            *_promotions(model, dates),
            *_limit(model, model.monitoring.limit_is, limit),
            *_measured(days, places),
        ),
        table=Table(
            ("Day", name, "Interval", "Estimated without labels", "Labelled rows", "Version"),
            tuple(_day_row(one, x) for one, x in zip(days, places, strict=True)),
        ),
        legend=(
            Key("first", f"measured, {model.monitoring.window}"),
            *([Key("second", "estimated without labels")] if guessed else []),
        ),
        empty=f"No labelled rows yet, so {name} cannot be measured.",
    )


def _limit(model: Model, name: str, value: float | None) -> list[Mark]:
    """What the metric is held against; a floor that lies above is a limit."""
    if value is None:
        return []
    told = name if model.metric.greater_is_better else name.replace("floor", "limit")
    return [Limit(value, f"{told} {figure(value)}")]


def _measured(days: Sequence[Day], places: Sequence[float]) -> list[Mark]:
    """The course itself; a short one as points with intervals, for a line would be none."""
    ends = [(one.estimate.low, one.estimate.high) for one in days]
    expected = _broken(places, [(one.expected.value, None) for one in days])
    measured = _broken(places, [(one.estimate.value, None) for one in days])
    dashed = Line(tuple((x, y) for x, (y, _) in expected), "second", dashed=True)
    line = tuple((x, y) for x, (y, _) in measured)
    if sum(y is not None for _, y in line) <= _SHORT:
        whiskers = Whiskers(
            tuple((x, low, high) for x, (low, high) in zip(places, ends, strict=True))
        )
        return [whiskers, dashed, Line(line), Dots(line)]
    return [Band(tuple(_gaps(places, ends))), dashed, Line(line)]


def _course(name: str, model: Model, days: Sequence[Day]) -> str:
    known = [one for one in days if one.estimate.value is not None]
    if not known:
        return f"{name} of {model.title}: nothing measured yet."
    first, last = known[0], known[-1]
    return (
        f"{name} of {model.title}, day by day: from {figure(first.estimate.value)} on "
        f"{day(first.date)} to {figure(last.estimate.value)} on {day(last.date)}."
    )


def _promotions(model: Model, dates: Sequence[date]) -> list[Event]:
    """What went into production while it was watched."""
    first, last = min(dates), max(dates)
    moments = [(date.fromisoformat(term.since[:10]), term) for term in model.terms]
    return [
        Event(float(when.toordinal()), term.version or "nothing")
        for when, term in moments
        if first <= when <= last
    ]


Pair = tuple[float | None, float | None]


def _broken(places: Sequence[float], values: Sequence[Pair]) -> list[tuple[float, Pair]]:
    """Put a gap between days that are far from one another."""
    found: list[tuple[float, Pair]] = []
    for place, value in zip(places, values, strict=True):
        if found and place - found[-1][0] > _GAP:
            found.append((place - 1, (None, None)))
        found.append((place, value))
    return found


def _gaps(
    places: Sequence[float], ends: Sequence[Pair]
) -> list[tuple[float, float | None, float | None]]:
    return [(place, low, high) for place, (low, high) in _broken(places, ends)]


def _day_row(one: Day, place: float) -> Row:
    cells = (
        day(one.date),
        figure(one.estimate.value),
        interval(one.estimate),
        figure(one.expected.value),
        str(one.n),
        one.version,
    )
    return Row(cells, place, one.estimate.value)


def versions(model: Model) -> Chart | None:
    """The key metric of every version, each on the test rows of its own run."""
    if not model.versions:
        return None
    name, floor = metric(model.metric.id), model.metric.floor
    found = [one.metrics.get(model.metric.id, Estimate()) for one in model.versions]
    live = {term.version for term in model.terms} | {model.production}
    points = [(float(at), one.value) for at, one in enumerate(found)]
    once = tuple(p for p, one in zip(points, model.versions, strict=True) if one.version in live)
    never = tuple(
        p for p, one in zip(points, model.versions, strict=True) if one.version not in live
    )
    ends = [(float(at), one.low, one.high) for at, one in enumerate(found)]
    axis = _names([one.version for one in model.versions])
    return Chart(
        label=f"{name} of each of the {len(found)} versions of {model.title}, with intervals.",
        x=axis,
        y=number_axis([*(end for one in found for end in (one.value, one.low, one.high)), floor]),
        marks=(
            *_limit(model, "floor", floor),
            *(
                mark
                for tone, chosen in ((_NEVER, never), (_ONCE, once))
                for mark in (
                    Whiskers(tuple(ends[int(x)] for x, _ in chosen), tone),
                    Dots(chosen, tone),
                )
            ),
        ),
        table=Table(
            ("Version", name, "Interval", "Made"),
            tuple(
                Row(
                    (one.version, figure(of.value), interval(of), day(one.created)),
                    float(at),
                    of.value,
                )
                for at, (one, of) in enumerate(zip(model.versions, found, strict=True))
            ),
        ),
        legend=(
            Key("first", "has been in production"),
            *([Key("mark", "has not")] if never else []),
        ),
        height=200,
        empty=f"No card names {name}.",
    )


def _names(names: Sequence[str]) -> Axis:
    every = -(-len(names) // _NAMES)
    last = len(names) - 1
    ticks = [Tick(at, name) for at, name in enumerate(names) if (last - at) % every == 0]
    return Axis(-0.5, last + 0.5, tuple(ticks))


def terms(model: Model) -> list[tuple[str, str]]:
    """When what went into production, for a script to look a day up."""
    return [(term.since, term.version) for term in model.terms]
