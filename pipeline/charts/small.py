"""Pictures the size of a word: for a cell of a table, which says the same in figures."""

from collections.abc import Sequence
from html import escape

from pipeline.charts.axis import Axis, is_number
from pipeline.charts.paths import line_path, runs, written

_WIDTH, _HEIGHT = 128, 28
_POINTS = 45  # more cannot be told apart at that width
_STRIP_HEIGHT, _STRIP_MOST = 22, 2.0


def sparkline(values: Sequence[float | None], label: str, limit: float | None = None) -> str:
    """
    Draw a course, with a dot at its end and the line it is held against.

    That line is left out where the values stay so far from it that it would flatten them.
    """
    known = [value for value in values if value is not None and is_number(value)]
    if not known:
        return ""
    low, high = min(known), max(known)
    near = limit is not None and is_number(limit) and _near(limit, low, high)
    ends = [low, high, limit] if near and limit is not None else [low, high]
    axis = Axis(min(ends), max(ends))

    def y(value: float) -> float:
        return 3 + (_HEIGHT - 6) * (100 - axis.at(value)) / 100

    def x(place: float) -> float:
        return 2 + (_WIDTH - 6) * place / max(len(values) - 1, 1)

    points = _thinned(values)
    last = [point for run in runs(points) for point in run][-1]
    floor = (
        f'<path class="limit" d="M0 {written(y(limit))}H{_WIDTH}"/>'
        if near and limit is not None
        else ""
    )
    return (
        f'<svg class="mp-spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-label="{escape(label)}">{floor}'
        f'<path d="{line_path(points, x, y, step=False)}"/>'
        f'<circle cx="{written(x(last[0]))}" cy="{written(y(last[1]))}" r="2.25"/></svg>'
    )


def _near(limit: float, low: float, high: float) -> bool:
    """Whether a line is so close to the values that both can be seen."""
    room = max(high - low, abs(high) * 0.02) * 2
    return low - room <= limit <= high + room


def _thinned(values: Sequence[float | None]) -> list[tuple[float, float | None]]:
    """Keep every n-th value, counted from the last, and gaps as they are."""
    every = -(-len(values) // _POINTS)
    last = len(values) - 1
    return [(float(at), value) for at, value in enumerate(values) if (last - at) % every == 0]


def strip(shares: Sequence[float | None], label: str) -> str:
    """
    Draw a bar per day: how far something went towards its limit, which is the dotted line.

    A day without a figure is a gap. The height says what the colour says.
    """
    wide = _WIDTH / max(len(shares), 1)
    bars: dict[str, str] = {"calm": "", "near": "", "over": ""}
    for at, share in enumerate(shares):
        if share is not None and is_number(share):
            bars[_level(share)] += _bar(at * wide, wide, share)
    drawn = "".join(f'<path class="{level}" d="{path}"/>' for level, path in bars.items() if path)
    if not drawn:
        return ""
    line = written(_STRIP_HEIGHT * (1 - 1 / _STRIP_MOST))
    return (
        f'<svg class="mp-strip" viewBox="0 0 {_WIDTH} {_STRIP_HEIGHT}" width="{_WIDTH}" '
        f'height="{_STRIP_HEIGHT}" role="img" aria-label="{escape(label)}">{drawn}'
        f'<path class="at" d="M0 {line}H{_WIDTH}"/></svg>'
    )


def _level(share: float) -> str:
    return "over" if share >= 1 else "near" if share >= 0.5 else "calm"


def _bar(left: float, wide: float, share: float) -> str:
    tall = max(1.5, min(share, _STRIP_MOST) / _STRIP_MOST * _STRIP_HEIGHT)
    gap = min(1.2, wide / 4)
    return (
        f"M{written(left)} {_STRIP_HEIGHT}v-{written(tall)}h{written(wide - gap)}V{_STRIP_HEIGHT}Z"
    )
