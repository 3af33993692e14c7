"""Rows that do not fit are refused in Python's words, and those that do are read as there."""

import base64
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper
from plain_onnx import floats, node

from modelpress.errors import InputError
from modelpress.model import Model
from modelpress.signature import METADATA_KEY, Input, Signature
from modelpress.text import NORMALIZER

SIGNATURE = Signature(
    model="loan",
    task="regression",
    inputs=(
        Input("amount", "numeric"),
        Input("colour", "categorical", categories=("red", "7", "")),
        Input("note", "text"),
    ),
    normalizer=NORMALIZER,
)
ROW: dict[str, Any] = {"amount": 1.5, "colour": "red", "note": "Hello, World"}
LARGEST = float(np.finfo(np.float32).max)


def loan() -> bytes:
    """A graph that tells the amount, the code of the colour and that of the note apart."""
    ml = {"domain": "ai.onnx.ml", "default_float": 0.5}
    nodes = [
        node("LabelEncoder", ["colour"], ["c"], keys_strings=["red", "7", ""],
             values_floats=[100.0, 200.0, 400.0], **ml),
        node("LabelEncoder", ["note"], ["n"], keys_strings=["hello world", "", "cafe"],
             values_floats=[1000.0, 2000.0, 4000.0], **ml),
        node("Imputer", ["amount"], ["a"], domain="ai.onnx.ml", imputed_value_floats=[-7.0],
             replaced_value_float=math.nan),
        node("Add", ["a", "c"], ["ac"]), node("Add", ["ac", "n"], ["value"]),
    ]  # fmt: skip
    kinds = {"numeric": TensorProto.FLOAT, "categorical": TensorProto.STRING}
    inputs = [
        helper.make_tensor_value_info(x.name, kinds.get(x.kind, TensorProto.STRING), [None, 1])
        for x in SIGNATURE.inputs
    ]
    value = helper.make_tensor_value_info("value", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph(nodes, "loan", inputs, [value], [floats("zero", [1], 0.0)])
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model: ModelProto = helper.make_model(graph, opset_imports=imports, ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: SIGNATURE.to_json()})
    content: bytes = model.SerializeToString()
    return content


CONTENT = loan()
MODEL = Model(CONTENT)
CODED = base64.b64encode(CONTENT).decode()

BAD: list[Any] = [
    # no mapping
    1, "row", None, True, [], [ROW], 1.5,
    # names
    {}, {"amount": 1}, ROW | {"amuont": 1}, ROW | {"x": 1, "a": 2}, ROW | {"__proto__": 1},
    {"colour": "red", "note": "x"}, {**ROW, "": 1}, {"toString": 1, **ROW},
    # numbers
    *({**ROW, "amount": x} for x in (
        True, False, "1.5", "", [1.5], {"value": 1}, 1e39, -1e39, LARGEST * 1.01, [], {}, [[1]],
        "it's", 'say "it\'s"', "tab\tnew\nline\\", "\x00\x1f\x7f", "\u200b\u00a0\u2028", "x" * 200,
        "\U0001f600" * 100, "\ud800", "é", [True, None, 1.5, "a"], {"a": {"b": [None]}},
    )),
    # categories
    *({**ROW, "colour": x} for x in (
        True, 1.5, -0.25, 1e-5, 1e-7, 1.25e-10, ["red"], {"red": 1}, "re\ud800d", "\udc00",
        "red\x00", "\x00", "x" * 100 + "\x00",
    )),
    # texts
    *({**ROW, "note": x} for x in (1, 1.5, True, 0, -3, ["text"], {"text": "x"}, 123456.75)),
]  # fmt: skip

GOOD: list[Any] = [
    ROW,
    dict(reversed(ROW.items())),
    dict.fromkeys(ROW),
    *(ROW | {"amount": x} for x in (0, -7, 2.5, 1e-45, LARGEST, -LARGEST, 16777217, -0.0)),
    *(
        ROW | {"colour": x}
        for x in (7, "7", 0, -2, "", " red ", "never seen", "\U0001f600", 2**53 - 1)
    ),
    *(ROW | {"note": x} for x in ("", "a\ud800b", "CAFÉ", "hello\x00world", "HELLO world!")),
]


def refused(rows: list[Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        MODEL.predict(rows)
    return caught.value


@pytest.mark.parametrize("row", BAD, ids=lambda row: ascii(row)[:60])
def test_a_bad_row_is_refused_in_the_same_words(row: Any, edge: Any) -> None:
    for rows in ([row], [ROW, ROW, row]):
        error = refused(rows)
        answer = edge.ask(ask="predict", bytes=CODED, rows=rows)
        assert answer == {"error": "InputError", "message": error.message, "hint": error.hint}


@pytest.mark.parametrize(
    "rows",
    [
        [ROW | {"colour": 1.5}, ROW | {"amount": "many"}],
        [ROW | {"amount": "many"}, {"amount": 1}],
        [ROW | {"note": 1, "colour": True}],
    ],
)
def test_of_several_faults_the_same_is_named(rows: list[Any], edge: Any) -> None:
    error = refused(rows)
    answer = edge.ask(ask="predict", bytes=CODED, rows=rows)
    assert (answer["message"], answer["hint"]) == (error.message, error.hint)


def test_good_rows_are_read_as_in_python(edge: Any) -> None:
    answer = edge.ask(ask="predict", bytes=CODED, rows=GOOD)
    wanted = [x.value for x in MODEL.predict(GOOD)]
    assert [float(x) for x in answer["values"]] == pytest.approx(wanted, rel=1e-6)


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=100),
        # JavaScript has one kind of number: what is whole is an integer there.
        st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer()),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def reads_as_written(text: str) -> bool:
    """Leave out texts with signs that one side may not know yet, and an order that JSON has not."""
    return all(0x20 <= ord(x) < 0x250 or 0x4E00 <= ord(x) < 0x9000 for x in text)


@settings(max_examples=300)
@given(value=JSON, field=st.sampled_from(["amount", "colour", "note"]))
def test_any_value_is_answered_or_refused_as_in_python(value: Any, field: str, edge: Any) -> None:
    row = ROW | {field: value}
    answer = edge.ask(ask="predict", bytes=CODED, rows=[row])
    wanted = said_by_python(row)
    if isinstance(wanted, float):
        assert float(answer["values"][0]) == pytest.approx(wanted, rel=1e-6)
        return
    assert answer["error"] == "InputError"
    # The keys of an object that look like numbers come first in JavaScript.
    if reads_as_written(str(value)) and not isinstance(value, dict | list):
        assert answer["message"] == wanted


def said_by_python(row: Any) -> float | str | None:
    try:
        return MODEL.predict([row])[0].value
    except InputError as error:
        return error.message
