"""Draw a chart as a standalone SVG: for a comment on a pull request, where no style sheet is."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from pipeline.charts.axis import is_number
from pipeline.charts.chart import (
    Band,
    Bars,
    Chart,
    Dots,
    Event,
    Limit,
    Line,
    Mark,
    Tone,
    Whiskers,
)
from pipeline.charts.paths import apart, mark_path, written
from pipeline.charts.themes import THEMES, Colours, Theme

_FONT = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" '
    f'role="img" aria-label="{{2}}" font-family="{_FONT}" font-size="11">'
)
_CHARACTER = 6.2  # a letter's usual width at 11 px, for want of a way to measure


@dataclass(frozen=True)
class _Frame:
    """Where the plot lies in the picture, in pixels."""

    chart: Chart
    width: int
    height: int
    colours: Colours
    left: int = 56
    right: int = 16
    top: int = 40
    bottom: int = 32

    def x(self, value: float) -> float:
        return self.left + self.chart.x.at(value) / 100 * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        return self.foot - self.chart.y.at(value) / 100 * (self.foot - self.top)

    @property
    def foot(self) -> int:
        return self.height - self.bottom

    @property
    def end(self) -> int:
        return self.width - self.right

    def tone(self, tone: Tone) -> str:
        return self.colours.tones[tone]


def file(chart: Chart, title: str, theme: Theme = "light", width: int = 720) -> str:
    """Draw a chart as an SVG file of that width."""
    height = width if chart.square else chart.height + 72
    frame = _Frame(chart, width, height, THEMES[theme])
    colours = frame.colours
    parts = [
        _SVG.format(width, height, escape(chart.label)),
        f'<rect width="{width}" height="{height}" rx="6" fill="{colours.ground}"/>',
        _text(16, 22, title, colours.text, 'font-size="13" font-weight="600"'),
        *_legend(frame),
    ]
    if chart.is_empty:
        parts.append(_text(16, 46, chart.empty, colours.muted))
    else:
        parts += [*_axes(frame), *_events(frame)]
        parts += [part for mark in chart.marks for part in _draw(mark, frame)]
    return "".join(parts) + "</svg>\n"


def _text(x: float, y: float, words: str, fill: str, more: str = "") -> str:
    place = f'x="{written(x)}" y="{written(y)}"'
    return f'<text {place} fill="{fill}" {more}>{escape(words)}</text>'


def _path(data: str, stroke: str, more: str = 'stroke-width="1.75"') -> str:
    if not data:
        return ""
    joints = 'stroke-linejoin="round" stroke-linecap="round"'
    return f'<path d="{data}" fill="none" stroke="{stroke}" {joints} {more}/>'


def _axes(frame: _Frame) -> Iterator[str]:
    colours = frame.colours
    for tick in frame.chart.y.ticks:
        y = frame.y(tick.value)
        yield _path(f"M{frame.left} {written(y)}H{frame.end}", colours.grid, "")
        yield _text(frame.left - 8, y + 4, tick.text, colours.muted, 'text-anchor="end"')
    for tick in frame.chart.x.ticks:
        place = frame.x(tick.value), frame.height - 12
        yield _text(*place, tick.text, colours.muted, 'text-anchor="middle"')


def _legend(frame: _Frame) -> Iterator[str]:
    """Keys from the right, the last one outermost."""
    right: float = frame.end
    for key in reversed(frame.chart.legend):
        yield _text(right, 22, key.text, frame.colours.muted, 'text-anchor="end"')
        right -= _CHARACTER * len(key.text) + 18
        yield (
            f'<rect x="{written(right)}" y="17" width="12" height="3" rx="1.5" '
            f'fill="{frame.tone(key.tone)}"/>'
        )
        right -= 16


def _events(frame: _Frame) -> Iterator[str]:
    events = sorted((m for m in frame.chart.marks if isinstance(m, Event)), key=lambda one: one.x)
    places = [frame.x(event.x) for event in events]
    for event, x, fits in zip(events, places, apart(places, 64), strict=True):
        yield _path(f"M{written(x)} {frame.top}V{frame.foot}", frame.tone("mark"), 'opacity=".6"')
        if fits and event.text:
            late = x > frame.width * 0.88
            anchor = 'text-anchor="end"' if late else ""
            yield _text(
                x + (-4 if late else 4), frame.top + 9, event.text, frame.colours.muted, anchor
            )


def _draw(mark: Mark, frame: _Frame) -> Iterator[str]:
    match mark:
        case Band() | Bars():
            data = mark_path(mark, frame.x, frame.y)
            faint = ' opacity=".15"' if isinstance(mark, Band) else ""
            yield f'<path d="{data}" fill="{frame.tone(mark.tone)}"{faint}/>'
        case Line() | Whiskers():
            dashed = isinstance(mark, Line) and mark.dashed
            more = 'stroke-width="1" stroke-dasharray="4 4"' if dashed else 'stroke-width="1.75"'
            yield _path(mark_path(mark, frame.x, frame.y), frame.tone(mark.tone), more)
        case Dots():
            yield from _dots(mark, frame)
        case Limit():
            yield from _limit(mark, frame)
        case Event():
            pass


def _dots(mark: Dots, frame: _Frame) -> Iterator[str]:
    for x, y in mark.points:
        if y is not None and is_number(y):
            place = f'cx="{written(frame.x(x))}" cy="{written(frame.y(y))}"'
            yield f'<circle {place} r="3" fill="{frame.tone(mark.tone)}"/>'


def _limit(mark: Limit, frame: _Frame) -> Iterator[str]:
    y = frame.y(mark.value)
    tone = frame.tone(mark.tone)
    yield _path(f"M{frame.left} {written(y)}H{frame.end}", tone, 'stroke-dasharray="4 4"')
    if mark.text:
        down = -5 if y > frame.foot - 20 else 13
        yield _text(frame.left + 4, y + down, mark.text, tone)
