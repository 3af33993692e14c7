"""Every metric and label that a rule or a panel asks for is one that the service has."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_RANGE = re.compile(r"\[[^\]]*\]")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_NAME = re.compile(r"(?<![\w:])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])")
_LABEL = re.compile(r"[a-zA-Z_]\w*")
_OPERATORS = {"and", "or", "unless", "bool", "offset", "by", "on"}


class Asked(NamedTuple):
    """What a query names: metrics, the labels selected of each, and the labels grouped by."""

    metrics: set[str]
    selected: dict[str, set[str]]
    grouped: set[str]


def asked(query: str) -> Asked:
    """Take a query apart; what is no function, label or operator is a metric."""
    bare = _RANGE.sub("", _STRING.sub('""', query))
    selected: dict[str, set[str]] = {}
    for name, labels in _SELECTOR.findall(bare):
        selected.setdefault(name, set()).update(_LABEL.findall(labels.replace('""', "")))
    bare = _SELECTOR.sub(r"\1", bare)
    grouped = {label for labels in _GROUPING.findall(bare) for label in _LABEL.findall(labels)}
    bare = _GROUPING.sub("", bare)
    return Asked(set(_NAME.findall(bare)) - _OPERATORS, selected, grouped)


def faults(query: str, names: dict[str, Any]) -> Iterator[str]:
    """Tell what the service does not have."""
    every = names["OF_EVERY_TARGET"]
    known = names["series"]() | names["OF_PROMETHEUS"]
    metrics, selected, grouped = asked(query)
    yield from (f"no metric {name}" for name in metrics - known.keys())
    for name, labels in selected.items():
        yield from (f"no label {x} of {name}" for x in labels - known.get(name, set()) - every)
    has = every.union(*(known.get(name, set()) for name in metrics))
    yield from (f"no label {x} to group by" for x in grouped - has)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(rate(modelpres_requests_total[5m]))", ["no metric modelpres_requests_total"]),
        ('up{jobs="modelpress"} == 0', ["no label jobs of up"]),
        ("sum by (rout) (modelpress_requests_total)", ["no label rout to group by"]),
        ("modelpress_ready and on (job) modelpress_score", ["no metric modelpress_score"]),
        ('1 - modelpress_ready{instance="no{model=x}"} offset 5m', []),
    ],
)
def test_a_name_that_nobody_has_is_found(
    query: str, expected: list[str], names: dict[str, Any]
) -> None:
    assert list(faults(query, names)) == expected


def test_rules_ask_for_what_the_service_has(
    rules: list[dict[str, Any]], names: dict[str, Any]
) -> None:
    assert {rule["alert"]: list(faults(rule["expr"], names)) for rule in rules} == {
        rule["alert"]: [] for rule in rules
    }


def test_panels_ask_for_what_the_service_has(
    queries: dict[str, str], names: dict[str, Any]
) -> None:
    told = {panel: list(faults(query, names)) for panel, query in queries.items()}

    assert told
    assert {panel: wrong for panel, wrong in told.items() if wrong} == {}


def test_so_do_variables_and_annotations(board: dict[str, Any], names: dict[str, Any]) -> None:
    annotations = [x["expr"] for x in board["annotations"]["list"] if "expr" in x]
    lists = [
        re.fullmatch(r"label_values\((.+), (\w+)\)", x["query"]["query"])
        for x in board["templating"]["list"]
    ]
    queries = [f"count by ({found[2]}) ({found[1]})" for found in lists if found]

    assert len(queries) == len(lists)
    assert [list(faults(query, names)) for query in annotations + queries] == [[]] * 3


def test_legends_show_labels_that_the_query_keeps(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            grouped = asked(target["expr"]).grouped | {"instance"}

            assert shown <= grouped, panel["title"]


def test_most_of_what_the_service_counts_is_shown(
    rules: list[dict[str, Any]], queries: dict[str, str], names: dict[str, Any]
) -> None:
    """A sum or a count comes with its histogram."""
    texts = [*queries.values(), *(rule["expr"] for rule in rules)]
    used = set[str]().union(*(asked(text).metrics for text in texts))

    assert {x for x in names["series"]() if not x.endswith(("_sum", "_count"))} <= used


def test_names_are_read_from_what_a_service_says(names: dict[str, Any]) -> None:
    text = (
        "# TYPE modelpress_requests_total counter\n"
        'modelpress_requests_total{route="/",method="GET",status="200"} 3\n'
        "# TYPE modelpress_ready gauge\n"
        "modelpress_ready 1\n"
    )

    assert names["exposed"](text) == {
        "modelpress_requests_total": {"route", "method", "status"},
        "modelpress_ready": set(),
    }
