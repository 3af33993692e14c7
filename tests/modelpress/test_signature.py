"""A signature is written into a model file and read from there, whole or not at all."""

import json
from typing import Any

import pytest

from modelpress.errors import FileError
from modelpress.signature import METADATA_KEY, Input, Signature, read_signature

SIGNATURE = Signature(
    model="loan",
    task="binary",
    inputs=(
        Input("amount", "numeric", range=(-3.0, 3.0), missing=0.25, typical=0.5),
        Input("colour", "categorical", categories=("red", "blå"), typical="red"),
    ),
    classes=("no", "yes"),
    positive="yes",
    threshold=0.75,
    normalizer="modelpress-text-1",
)
WRITTEN = (
    '{"classes":["no","yes"],"inputs":['
    '{"categories":[],"kind":"numeric","missing":0.25,"name":"amount",'
    '"range":[-3.0,3.0],"typical":0.5},'
    '{"categories":["red","blå"],"kind":"categorical","missing":0.0,"name":"colour",'
    '"range":null,"typical":"red"}],'
    '"model":"loan","normalizer":"modelpress-text-1","positive":"yes","schema":1,'
    '"task":"binary","threshold":0.75}'
)


def read(text: str) -> Signature:
    return read_signature({METADATA_KEY: text})


def changed(**changes: Any) -> str:
    return json.dumps(json.loads(WRITTEN) | changes)


def test_it_is_written_as_one_line_of_sorted_keys() -> None:
    assert SIGNATURE.to_json() == WRITTEN


def test_what_old_files_say_is_read() -> None:
    """The text above stands in files that are never edited: it must stay readable."""
    assert read(WRITTEN) == SIGNATURE


def test_a_regression_has_no_classes() -> None:
    signature = Signature(model="height", task="regression", inputs=(Input("age", "numeric"),))
    assert read(signature.to_json()) == signature
    assert (signature.classes, signature.threshold) == ((), None)


def test_numbers_are_32_bits_wide_and_all_else_are_strings() -> None:
    assert [Input("x", kind).dtype for kind in ("numeric", "categorical", "text")] == [
        "float32",
        "string",
        "string",
    ]


def test_the_interface_is_what_a_client_relies_on() -> None:
    assert SIGNATURE.interface == {
        "task": "binary",
        "inputs": [
            {"name": "amount", "kind": "numeric"},
            {"name": "colour", "kind": "categorical"},
        ],
        "classes": ["no", "yes"],
        "positive": "yes",
        "normalizer": "modelpress-text-1",
    }


def test_retraining_leaves_the_interface_alone() -> None:
    retrained = read(changed(threshold=0.5, inputs=json.loads(WRITTEN)["inputs"]))
    assert retrained != SIGNATURE
    assert retrained.interface == SIGNATURE.interface


@pytest.mark.parametrize("metadata", [{}, {"onnx.other": "x"}, {METADATA_KEY.upper(): WRITTEN}])
def test_a_file_without_a_signature_is_refused(metadata: dict[str, str]) -> None:
    with pytest.raises(FileError, match="has no Modelpress signature") as caught:
        read_signature(metadata)
    assert caught.value.hint == "it was not made by `modelpress`"


@pytest.mark.parametrize("schema", [2, 0, "1", None])
def test_another_schema_is_refused(schema: object) -> None:
    with pytest.raises(FileError, match="has another schema") as caught:
        read(changed(schema=schema, surprise="a field of a later schema"))
    assert caught.value.hint == "update `modelpress`"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "[1]",
        '"text"',
        "[" * 100_000,
        '{"schema":1}',
        changed(surprise=1),
        changed(inputs=None),
        changed(inputs=["amount"]),
        changed(inputs=[{"name": "amount", "kind": "numeric"}]),
        changed(inputs=[json.loads(WRITTEN)["inputs"][0] | {"range": [1.0]}]),
        changed(inputs=[json.loads(WRITTEN)["inputs"][0] | {"surprise": 1}]),
        changed(classes=None),
    ],
)
def test_a_damaged_signature_is_refused(text: str) -> None:
    with pytest.raises(FileError, match="signature"):
        read(text)
