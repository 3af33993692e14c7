"""The edge runtime answers as Python's onnxruntime does, in Node and in Chromium, both runtimes."""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from catalogue import NAMES, blocks, exported
from edge import BUNDLE, MODELS, WEB, Compared, compare, live_file, references
from edge_rows import hostile, random_rows
from house import REPOSITORY, House

from modelpress.model import Model, Prediction

FEW, MANY = 500, 10_000
OPTIONS = {
    "javascript": {"runtime": "javascript"},
    "onnxruntime": {"runtime": "onnxruntime"},
}

every_model = pytest.mark.parametrize("name", MODELS)
every_runtime = pytest.mark.parametrize("runtime", OPTIONS)


def asked(edge: Any, name: str, runtime: str, rows: list[Any], way: str) -> Any:
    """Ask in Node, where no site lies around the runtime."""
    options = {**OPTIONS[runtime], "onnxruntime": (WEB / BUNDLE).as_uri()}
    folder = str(REPOSITORY / "models" / name)
    return edge.ask(ask="predict", folder=folder, options=options, rows=rows, way=way)


def asked_in_page(in_page: Any, name: str, runtime: str, rows: list[Any], way: str) -> Any:
    """Ask in a page, by an address as seen from it."""
    options = OPTIONS[runtime]
    return in_page.ask(ask="predict", folder=f"models/{name}", options=options, rows=rows, way=way)


@cache
def references_of(name: str, count: int) -> list[Prediction]:
    """Let Python answer once what is asked four times."""
    return references(Model(live_file(name).read_bytes()), rows_of(name, count))


def both_ways(ask: Any, where: Any, name: str, runtime: str, count: int) -> None:
    """Ask together, a few also alone; print how far the answers are, and judge."""
    rows, expected = rows_of(name, count), references_of(name, count)
    for way in ("together",) if count == MANY else ("alone", "together"):
        answer = ask(where, name, runtime, rows, way)
        found = compare(expected, answer)
        sys.stdout.write(f"{name} {runtime} {way}: {said(found)}\n")
        assert answer["runtime"] == runtime
        assert found.fine, (name, runtime, way, found)


def said(found: Compared) -> str:
    return f"{found.rows} rows, {found.flips} flips, largest {found.largest:.1e}"


@cache
def rows_of(name: str, count: int) -> list[Any]:
    """Golden, hostile and random rows."""
    content = live_file(name).read_bytes()
    signature = Model(content).signature
    card = json.loads((live_file(name).parent / "card.json").read_text("utf-8"))
    golden = [entry["row"] for entry in card["golden"]]
    texts = 4000 if count == MANY else 150
    return [
        *golden,
        *hostile(signature, content, texts, seed=11),
        *random_rows(signature, content, count, seed=12),
    ]


@every_runtime
@every_model
def test_node_answers_as_python_does(name: str, runtime: str, edge: Any) -> None:
    both_ways(asked, edge, name, runtime, FEW)


@pytest.mark.chromium
@every_runtime
@every_model
def test_a_page_answers_as_python_does(name: str, runtime: str, in_page: Any) -> None:
    both_ways(asked_in_page, in_page, name, runtime, FEW)


@pytest.mark.slow
@every_runtime
@every_model
def test_node_answers_ten_thousand_rows_as_python_does(name: str, runtime: str, edge: Any) -> None:
    both_ways(asked, edge, name, runtime, MANY)


@pytest.mark.slow
@pytest.mark.chromium
@every_runtime
@every_model
def test_a_page_answers_ten_thousand_rows_as_python_does(
    name: str, runtime: str, in_page: Any
) -> None:
    both_ways(asked_in_page, in_page, name, runtime, MANY)


def test_one_long_text_among_many_rows_is_answered(edge: Any) -> None:
    """A batch is as wide as its longest text; so it becomes shorter."""
    rows = [{"text": "a prize to win"}] * 300 + [{"text": "prize" * 40_000}]
    answer = asked(edge, "spam", "javascript", rows, "together")
    found = compare(references(Model(live_file("spam").read_bytes()), rows), answer)
    assert found.fine


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_is_answered_in_javascript(name: str, edge: Any, tmp_path: Path) -> None:
    """One-hot columns, texts beside them, and several classes: each once."""
    answer_blocks(name, slice(1, None, 3), edge, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_of_the_catalogue_is_answered_in_javascript(
    name: str, edge: Any, tmp_path: Path
) -> None:
    """What the catalogue can emit never needs the 14 MB of onnxruntime-web."""
    answer_blocks(name, slice(None), edge, tmp_path)


def answer_blocks(name: str, chosen: slice, edge: Any, tmp_path: Path) -> None:
    house = House.make(tmp_path / "house")
    for number, block in enumerate(blocks(name)[chosen]):
        content = exported(house, block)
        model = Model(content)
        rows = hostile(model.signature, content, 40, number)
        rows += random_rows(model.signature, content, 60, number)
        place = tmp_path / f"v1.0.{number}"
        place.mkdir()
        (place / "model.onnx").write_bytes(content)
        (place / "card.json").write_text(json.dumps({"sha256": model.sha256}), "utf-8")
        options = {"version": place.name, "runtime": "javascript"}
        for way in ("alone", "together"):
            answer = edge.ask(
                ask="predict", folder=str(tmp_path), options=options, rows=rows, way=way
            )
            found = compare(references(model, rows), answer)
            sys.stdout.write(f"{name} {number} {way}: {said(found)}\n")
            assert found.fine, (name, number, way, found, block["features"].keys())
