"""SVG path data, in whatever unit the two scales speak."""

from collections.abc import Callable, Iterable, Sequence

from pipeline.charts.axis import is_number
from pipeline.charts.chart import Band, Bars, Dots, Line, Whiskers

Scale = Callable[[float], float]


def written(value: float) -> str:
    """Write a coordinate with two places at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def runs(
    points: Iterable[tuple[float, float | None]],
) -> list[list[tuple[float, float]]]:
    """Split points where a value is missing."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is not None and is_number(y):
            found[-1].append((x, y))
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def mark_path(mark: Line | Band | Whiskers | Bars | Dots, x: Scale, y: Scale) -> str:
    """Draw what a mark shows, but for dots, which have no path."""
    match mark:
        case Line():
            return line_path(mark.points, x, y, step=mark.step)
        case Band():
            return band_path(mark.points, x, y)
        case Whiskers():
            return whisker_path(mark.points, x, y)
        case Bars():
            return bar_path(mark.bars, x, y)
        case Dots():
            return ""


def line_path(
    points: Iterable[tuple[float, float | None]], x: Scale, y: Scale, *, step: bool
) -> str:
    """Draw runs of points; a lone one as a line of no length, whose round ends are a dot."""
    return "".join(_run(run, x, y, step=step) for run in runs(points))


def _run(run: Sequence[tuple[float, float]], x: Scale, y: Scale, *, step: bool) -> str:
    places = [(written(x(a)), written(y(b))) for a, b in run]
    start = f"M{places[0][0]} {places[0][1]}"
    if len(places) == 1:
        return f"{start}h.01"
    if step:
        return start + "".join(f"H{a}V{b}" for a, b in places[1:])
    return start + "L" + " ".join(f"{a} {b}" for a, b in places[1:])


def band_path(
    points: Sequence[tuple[float, float | None, float | None]], x: Scale, y: Scale
) -> str:
    """Draw the room between low and high, run by run."""
    whole = [(a, (low, high)) for a, low, high in points if is_number(low) and is_number(high)]
    known = {a for a, _ in whole}
    drawn = []
    for run in runs((a, 0.0 if a in known else None) for a, *_ in points):
        ends = dict(whole)
        there = [f"{written(x(a))} {written(y(_number(ends[a][1])))}" for a, _ in run]
        back = [f"{written(x(a))} {written(y(_number(ends[a][0])))}" for a, _ in reversed(run)]
        drawn.append(f"M{' '.join(there + back)}Z")
    return "".join(drawn)


def _number(value: float | None) -> float:
    return 0.0 if value is None else value


def whisker_path(
    points: Sequence[tuple[float, float | None, float | None]], x: Scale, y: Scale
) -> str:
    """Draw a vertical line from low to high at each point."""
    return "".join(
        f"M{written(x(a))} {written(y(_number(low)))}V{written(y(_number(high)))}"
        for a, low, high in points
        if is_number(low) and is_number(high)
    )


def bar_path(bars: Sequence[tuple[float, float, float | None]], x: Scale, y: Scale) -> str:
    """Draw bars that stand on 0."""
    foot = written(y(0.0))
    return "".join(
        f"M{written(x(left))} {foot}V{written(y(_number(height)))}H{written(x(right))}V{foot}Z"
        for left, right, height in bars
        if is_number(height)
    )


def apart(places: Sequence[float], least: float) -> list[bool]:
    """Say which of some places, in order, can carry a label `least` away from the one before."""
    last, told = float("-inf"), []
    for place in places:
        told.append(place - last >= least)
        last = place if told[-1] else last
    return told
