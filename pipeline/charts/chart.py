"""What a chart is made of. A value that is None or not finite is a gap."""

from dataclasses import dataclass
from typing import Literal

from pipeline.charts.axis import Axis, is_number

Tone = Literal["first", "second", "third", "limit", "mark", "reference"]
"""What a mark stands for, which each backend knows a colour for."""

Point = tuple[float, float | None]


@dataclass(frozen=True)
class Line:
    """A line through points; a lone one is drawn as a dot."""

    points: tuple[Point, ...]
    tone: Tone = "first"
    step: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """The room between two lines, e.g. an interval day by day: x, low, high."""

    points: tuple[tuple[float, float | None, float | None], ...]
    tone: Tone = "first"


@dataclass(frozen=True)
class Whiskers:
    """Intervals of single points: x, low, high."""

    points: tuple[tuple[float, float | None, float | None], ...]
    tone: Tone = "first"


@dataclass(frozen=True)
class Dots:
    """Points by themselves."""

    points: tuple[Point, ...]
    tone: Tone = "first"


@dataclass(frozen=True)
class Bars:
    """Bars that stand on 0: left, right, height."""

    bars: tuple[tuple[float, float, float | None], ...]
    tone: Tone = "first"


@dataclass(frozen=True)
class Limit:
    """A horizontal line that something is held against."""

    value: float
    text: str = ""
    tone: Tone = "limit"


@dataclass(frozen=True)
class Event:
    """A vertical line: something happened there."""

    x: float
    text: str = ""


Mark = Line | Band | Whiskers | Dots | Bars | Limit | Event


@dataclass(frozen=True)
class Row:
    """A row of the table behind a chart; with its place in the picture, pointing at it finds it."""

    cells: tuple[str, ...]
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Table:
    """The data behind a chart, in words."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Key:
    """What a tone stands for."""

    tone: Tone
    text: str


@dataclass(frozen=True)
class Chart:
    """
    A chart.

    Attributes:
        label: What the picture shows, as a sentence: all that a listener gets.
        height: In pixels, where it is not square.
        empty: What to say where there is nothing to draw.
    """

    label: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    table: Table | None = None
    legend: tuple[Key, ...] = ()
    height: int = 240
    square: bool = False
    empty: str = "Nothing to draw yet."

    @property
    def is_empty(self) -> bool:
        """Whether no mark has anything to draw; limits and events alone say nothing."""
        return not any(map(_shows, self.marks))


def _shows(mark: Mark) -> bool:
    match mark:
        case Limit() | Event():
            return False
        case Bars():
            return any(is_number(height) for *_, height in mark.bars)
        case _:
            return any(is_number(point[1]) for point in mark.points)
