"""
A small chart kit: a chart is described once, and drawn for a page or as a file.

`page` draws for a web page: an SVG in percent, so that it takes any width and its labels, which are
HTML, keep their size; colours are classes, so that both themes need one drawing; behind each
picture stands a table with its data. `file` draws a standalone SVG in fixed colours, for where a
page's styles do not reach. Everything is a pure function from values to text, and escapes what it
is given.
"""

from pipeline.charts.axis import Axis, date_axis, number_axis, share_axis
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
    Tone,
    Whiskers,
)
from pipeline.charts.diagram import Diagram, Edge, Node, diagram
from pipeline.charts.file import file
from pipeline.charts.heat_map import HeatMap, heat_map
from pipeline.charts.page import page
from pipeline.charts.small import sparkline, strip

__all__ = [
    "Axis",
    "Band",
    "Bars",
    "Chart",
    "Diagram",
    "Dots",
    "Edge",
    "Event",
    "HeatMap",
    "Key",
    "Limit",
    "Line",
    "Mark",
    "Node",
    "Row",
    "Table",
    "Tone",
    "Whiskers",
    "date_axis",
    "diagram",
    "file",
    "heat_map",
    "number_axis",
    "page",
    "share_axis",
    "sparkline",
    "strip",
]
