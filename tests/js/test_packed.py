"""The edge runtime as one small file, for other people's pages: it answers as its modules do."""

import gzip
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from edge import ASSETS, MODELS, compare, live_file, references
from edge_rows import hostile, random_rows
from house import REPOSITORY

from modelpress.model import Model

BUDGET = 10 * 1024
"""Bytes, compressed as little as servers do."""


def test_it_is_one_file_of_ten_kilobytes(packed: Path) -> None:
    """Whatever it may still import is for rare cases, and is there."""
    content = packed.read_bytes()
    size = len(gzip.compress(content, 6))
    sys.stdout.write(f"packed: {size:,} bytes of gzip, {len(content):,} plain\n")
    rare = re.findall(r'import\("([^"]+)"\)', content.decode())

    assert size <= BUDGET
    assert not re.search(r'\b(import|from)\s*["{*]', content.decode())
    assert {Path(x).stem for x in rare} == {"files", "onnxruntime", "refusal", "sha256"}
    assert all((packed.parent / name).is_file() for name in rare)


@pytest.mark.parametrize("name", MODELS)
def test_it_answers_as_python_does(name: str, packed_edge: Any) -> None:
    content = live_file(name).read_bytes()
    model = Model(content)
    rows = [
        *hostile(model.signature, content, 50, seed=31),
        *random_rows(model.signature, content, 100, seed=32),
    ]
    answer = packed_edge.ask(ask="predict", folder=str(REPOSITORY / "models" / name), rows=rows)

    assert answer["runtime"] == "javascript"
    assert compare(references(model, rows), answer).fine


def test_it_refuses_in_the_words_of_python(packed_edge: Any) -> None:
    told = packed_edge.ask(ask="predict", folder=str(REPOSITORY / "models" / "iris"), rows=[{}])
    assert told["error"] == "InputError"
    assert told["message"] == "row 0: field `sepal_length` is absent"
    assert told["hint"] == "give every field; `null` says that a value is missing"


def test_the_packed_file_is_never_committed() -> None:
    source = (ASSETS / "modelpress.js").read_text("utf-8")
    assert source.endswith('export * from "./runtime/modelpress.js";\n')
