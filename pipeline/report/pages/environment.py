"""The one place that knows Jinja2."""

import html
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from pipeline import charts
from pipeline.report.pages import courses, curves, spread, words
from pipeline.report.pages.stages import graph

_FILTERS = ("metric", "figure", "signed", "share", "count", "size", "day", "minute", "rule", "test")


def environment(templates: Path) -> Environment:
    """
    Make the templates' environment: everything is escaped, and a name that is not there is a fault.

    Drawings are the kit's, which escapes what it is given.
    """
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({name: getattr(words, name) for name in _FILTERS})
    made.filters.update(
        code=_code,
        interval=words.interval,
        several=words.several,
        draw=_draw,
        front=_front,
        compact=partial(json.dumps, separators=(",", ":"), allow_nan=False),
    )
    made.globals.update(
        metric_names=words.METRICS,
        courses=courses,
        curves=curves,
        distribution=spread.distribution,
        graph=graph,
        sparkline=_marked(charts.sparkline),
        strip=_marked(charts.strip),
        heat_map=_marked(charts.heat_map),
        diagram=_marked(charts.diagram),
    )
    return made


def _draw(chart: charts.Chart, kind: str = "") -> Markup:
    return Markup(charts.page(chart, kind))  # noqa: S704 - the kit escapes


def _marked(draw: Any) -> Any:  # noqa: ANN401 - a function of any shape, as it is but for its result
    def drawn(*given: Any, **named: Any) -> Markup:  # noqa: ANN401
        return Markup(draw(*given, **named))  # noqa: S704 - the kit escapes

    return drawn


def _code(text: str) -> Markup:
    """Write what stands between backticks as code."""
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _front(text: str) -> Markup:
    """
    Write a value of the front matter: JSON, which is YAML, of escaped HTML.

    MkDocs' themes put the title and the description into a page as they are.
    """
    return Markup(words.quoted(html.escape(text)))  # noqa: S704 - just escaped
