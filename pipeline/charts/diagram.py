"""A graph of few nodes as a drawing: HTML boxes in layers, joined by lines in percent."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pipeline.charts.paths import written


@dataclass(frozen=True)
class Node:
    """
    A box.

    Attributes:
        state: A class beside its own, for its colour.
    """

    name: str
    text: str
    note: str = ""
    state: str = ""


@dataclass(frozen=True)
class Edge:
    """A line between two boxes, by their names."""

    source: str
    target: str


@dataclass(frozen=True)
class Diagram:
    """A graph without cycles; an edge to or from an unknown node is left out."""

    label: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


Place = tuple[float, float]


def diagram(graph: Diagram) -> str:
    """
    Draw the graph from left to right, and once more from top to bottom for narrow screens.

    The style sheet shows one of the two. What is beside it in words must say the same: the drawing
    is one picture to a listener.
    """
    layers = layered(graph)
    return "".join(
        f'<div class="mp-graph {way}" role="img" aria-label="{escape(graph.label)}" '
        f'style="--layers:{len(layers)};--lanes:{max(map(len, layers), default=1)}">'
        f"{_drawn(graph, layers, down=way == 'down')}</div>"
        for way in ("across", "down")
    )


def layered(graph: Diagram) -> list[list[Node]]:
    """Put each node one layer after the last of those that lead to it."""
    depth = {node.name: 0 for node in graph.nodes}
    known = [edge for edge in graph.edges if edge.source in depth and edge.target in depth]
    for _ in graph.nodes:  # as often as the longest way can be; a cycle ends there, too
        for edge in known:
            depth[edge.target] = max(depth[edge.target], depth[edge.source] + 1)
    deepest = sorted(set(depth.values()))
    return [[node for node in graph.nodes if depth[node.name] == layer] for layer in deepest]


def _drawn(graph: Diagram, layers: Sequence[Sequence[Node]], *, down: bool) -> str:
    places = {
        node.name: ((at + 0.5) / len(layers) * 100, (lane + 0.5) / len(layer) * 100)
        for at, layer in enumerate(layers)
        for lane, node in enumerate(layer)
    }
    turned = {name: (lane, at) if down else (at, lane) for name, (at, lane) in places.items()}
    ranks = {node.name: at for at, layer in enumerate(layers) for node in layer}
    lines = "".join(
        _line(
            turned[edge.source],
            turned[edge.target],
            ranks[edge.target] - ranks[edge.source],
            down=down,
        )
        for edge in graph.edges
        if edge.source in turned and edge.target in turned
    )
    svg = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{lines}</svg>'
    return svg + "".join(_box(node, turned[node.name]) for node in graph.nodes)


def _line(source: Place, target: Place, ranks: int, *, down: bool) -> str:
    """A line; one that passes over a layer swings out, so as not to run through its box."""
    swing = 34.0 if ranks > 1 else 0.0
    (x1, y1), (x2, y2) = source, target
    if down:
        bends = (x1 + swing, y1 + (y2 - y1) / 3, x2 + swing, y2 - (y2 - y1) / 3)
    else:
        bends = (x1 + (x2 - x1) / 3, y1 - swing, x2 - (x2 - x1) / 3, y2 - swing)
    words = [written(value) for value in (x1, y1, *bends, x2, y2)]
    kind = "far" if ranks > 1 else "near"
    return f'<path class="{kind}" d="M{words[0]} {words[1]}C{" ".join(words[2:])}"/>'


def _box(node: Node, place: Place) -> str:
    left, top = map(written, place)
    note = f"<small>{escape(node.note)}</small>" if node.note else ""
    inner = f"<b>{escape(node.text)}</b>{note}"
    return f'<span class="node {escape(node.state)}" style="left:{left}%;top:{top}%">{inner}</span>'
