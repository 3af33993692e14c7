"""
Draw a chart for a web page: an SVG in percent of its box, with HTML labels over it.

Its classes are those of `site/assets/css/charts.css`.
"""

from collections.abc import Iterator, Sequence
from html import escape

from pipeline.charts.axis import Axis
from pipeline.charts.chart import (
    Band,
    Bars,
    Chart,
    Dots,
    Event,
    Key,
    Limit,
    Line,
    Mark,
    Row,
    Table,
)
from pipeline.charts.paths import apart, mark_path, runs, written

_LABEL_WIDTH = 9.0  # percent of the plot that a version's name takes on a narrow screen


def page(chart: Chart, kind: str = "") -> str:
    """Draw a chart as HTML: a figure with the picture, its legend and its data."""
    if chart.is_empty:
        return f'<p class="mp-empty">{escape(chart.empty)}</p>'
    size = "aspect-ratio:1" if chart.square else f"--height:{chart.height}px"
    tips = ' data-tips=""' if chart.table else ""
    return (
        f'<figure class="mp-chart {escape(kind)}">{_legend(chart.legend)}'
        f'<div class="mp-plot" style="{size}"{tips}>'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(chart.label)}">{_lines(chart.y)}{"".join(_shapes(chart))}</svg>'
        f'<div class="mp-labels" aria-hidden="true">{"".join(_labels(chart))}</div></div>'
        f"{data_table(chart.table, chart) if chart.table else ''}</figure>"
    )


def _down(axis: Axis, value: float) -> float:
    return 100 - axis.at(value)


def _lines(axis: Axis) -> str:
    places = "".join(f"M0 {written(_down(axis, tick.value))}H100" for tick in axis.ticks)
    return f'<path class="grid" d="{places}"/>' if places else ""


def _shapes(chart: Chart) -> Iterator[str]:
    for mark in chart.marks:
        if path := _path(mark, chart):
            yield f'<path class="{_kind(mark)}" d="{path}"/>'


def _path(mark: Mark, chart: Chart) -> str:
    def y(value: float) -> float:
        return _down(chart.y, value)

    x = chart.x.at
    match mark:
        case Limit():
            return f"M0 {written(y(mark.value))}H100"
        case Event():
            return f"M{written(x(mark.x))} 0V100"
        case Dots():
            return ""
        case _:
            return mark_path(mark, x, y)


def _kind(mark: Mark) -> str:
    """Classes for the style sheet."""
    match mark:
        case Band():
            return f"band {mark.tone}"
        case Bars():
            return f"bar {mark.tone}"
        case Event():
            return "line thin mark"
        case Limit():
            return f"line thin dashed {mark.tone}"
        case Line(dashed=True):
            return f"line dashed {mark.tone}"
        case _:
            return f"line {mark.tone}"


def _labels(chart: Chart) -> Iterator[str]:
    for tick in chart.y.ticks:
        place = written(_down(chart.y, tick.value))
        yield f'<i class="y" style="top:{place}%">{escape(tick.text)}</i>'
    for tick in chart.x.ticks:
        place = written(chart.x.at(tick.value))
        yield f'<i class="x" style="left:{place}%">{escape(tick.text)}</i>'
    if chart.y.title:
        yield f'<i class="y-title">{escape(chart.y.title)}</i>'
    if chart.x.title:
        yield f'<i class="x-title">{escape(chart.x.title)}</i>'
    yield from _event_labels(chart)
    for mark in chart.marks:
        yield from _mark_labels(mark, chart)


def _event_labels(chart: Chart) -> Iterator[str]:
    """Names of events; one that would cover the name before it is left to the table."""
    events = sorted((m for m in chart.marks if isinstance(m, Event)), key=lambda event: event.x)
    places = [chart.x.at(event.x) for event in events]
    for event, left, fits in zip(events, places, apart(places, _LABEL_WIDTH), strict=True):
        if fits and event.text:
            end = " end" if left > 88 else ""
            yield f'<i class="event{end}" style="left:{written(left)}%">{escape(event.text)}</i>'


def _mark_labels(mark: Mark, chart: Chart) -> Iterator[str]:
    if isinstance(mark, Limit) and mark.text:
        top = _down(chart.y, mark.value)
        below = " above" if top > 85 else ""
        yield (
            f'<i class="limit {mark.tone}{below}" style="top:{written(top)}%">'
            f"{escape(mark.text)}</i>"
        )
    if isinstance(mark, Dots):
        for x, y in (point for run in runs(mark.points) for point in run):
            place = f"left:{written(chart.x.at(x))}%;top:{written(_down(chart.y, y))}%"
            yield f'<i class="dot {mark.tone}" style="{place}"></i>'


def _legend(keys: Sequence[Key]) -> str:
    words = "".join(f'<span class="key {key.tone}">{escape(key.text)}</span>' for key in keys)
    return f'<div class="mp-legend">{words}</div>' if words else ""


def data_table(table: Table, chart: Chart) -> str:
    """Write the data behind a chart, folded away."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.headers)
    body = "".join(_table_row(row, chart) for row in table.rows)
    return (
        '<details class="mp-data"><summary>Show data</summary>'
        '<div class="mp-scroll" tabindex="0" role="region" '
        f'aria-label="{escape("Data: " + chart.label)}">'
        f'<table class="mp-plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div></details>"
    )


def _table_row(row: Row, chart: Chart) -> str:
    place = "" if row.x is None else f' data-x="{written(chart.x.at(row.x))}"'
    place += "" if row.y is None else f' data-y="{written(_down(chart.y, row.y))}"'
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
    return f"<tr{place}>{cells}</tr>"
