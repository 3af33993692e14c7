"""Rows become tensors, or are refused with the field's name."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelpress.encode import encode
from modelpress.errors import InputError
from modelpress.signature import Input, Signature

SIGNATURE = Signature(
    model="loan",
    task="binary",
    inputs=(
        Input("amount", "numeric"),
        Input("colour", "categorical", categories=("red",)),
        Input("note", "text"),
    ),
    classes=("no", "yes"),
)
ROW: dict[str, Any] = {"amount": 1.5, "colour": "red", "note": "Hello, World"}
FLOAT32_LARGEST = float(np.finfo(np.float32).max)


def refusal(**changes: object) -> InputError:
    with pytest.raises(InputError) as caught:
        encode(SIGNATURE, [ROW | changes])
    return caught.value


def encoded(field: str, value: object) -> object:
    return encode(SIGNATURE, [ROW | {field: value}])[field][0, 0]


def test_every_input_becomes_a_column_of_its_type() -> None:
    feeds = encode(SIGNATURE, [ROW, ROW, ROW])
    assert list(feeds) == ["amount", "colour", "note"]
    assert {name: (str(x.dtype), x.shape) for name, x in feeds.items()} == {
        "amount": ("float32", (3, 1)),
        "colour": ("object", (3, 1)),
        "note": ("object", (3, 1)),
    }


def test_no_rows_become_columns_without_rows() -> None:
    assert {x.shape for x in encode(SIGNATURE, []).values()} == {(0, 1)}


def test_the_order_of_fields_does_not_matter() -> None:
    backwards = dict(reversed(ROW.items()))
    assert encode(SIGNATURE, [backwards])["note"][0, 0] == "hello world"


@pytest.mark.parametrize("value", [0, -7, 2.5, 1e-45, FLOAT32_LARGEST, -FLOAT32_LARGEST])
def test_a_number_passes_rounded_to_32_bits(value: float) -> None:
    assert encoded("amount", value) == np.float32(value)


@pytest.mark.parametrize("value", [True, "1.5", b"1", [1.5], {"value": 1}, 1j])
def test_what_is_no_number_is_refused(value: object) -> None:
    assert refusal(amount=value).message == f"row 0: field `amount`: `{value!r}` is not a number"


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, FLOAT32_LARGEST * 1.01, -1e39, 10**400]
)
def test_a_number_beyond_32_bits_is_refused(value: float) -> None:
    error = refusal(amount=value)
    assert "is not a finite 32-bit number" in error.message
    assert error.hint == "`null` says that a value is missing"


def test_a_number_too_long_to_be_written_is_refused_all_the_same() -> None:
    """Python refuses to write integers of more than 4,300 digits, in messages too."""
    assert "is not a finite 32-bit number" in refusal(amount=10**5000).message
    assert "is not a category" in refusal(colour=10**5000).message
    assert "is not text" in refusal(note=10**5000).message


@given(st.one_of(st.integers(), st.floats()))
def test_a_number_is_encoded_finite_or_refused(value: float) -> None:
    try:
        assert np.isfinite(encoded("amount", value))
    except InputError:
        assert not abs(value) <= FLOAT32_LARGEST


@pytest.mark.parametrize("value", ["red", "never seen", "", " red ", "Ünïcode 😀", "NaN"])
def test_a_category_passes_as_it_is_known_or_not(value: str) -> None:
    assert encoded("colour", value) == value


@pytest.mark.parametrize(("value", "expected"), [(7, "7"), (-2, "-2"), (0, "0")])
def test_a_whole_number_is_a_category(value: int, expected: str) -> None:
    assert encoded("colour", value) == expected


@pytest.mark.parametrize("value", [True, False, 1.0, math.nan, b"red", ["red"], 2**64])
def test_what_is_no_category_is_refused(value: object) -> None:
    error = refusal(colour=value)
    assert error.message == f"row 0: field `colour`: `{value!r}` is not a category"
    assert error.hint == "write it as text"


def test_half_of_a_character_is_no_category() -> None:
    """JSON can carry it; the graph, whose strings are UTF-8, cannot."""
    assert (
        refusal(colour="re\ud800d").message
        == "row 0: field `colour`: `'re\\ud800d'` is not a category"
    )


def test_text_is_normalised() -> None:
    assert encoded("note", "CAFÉ, \n naïve!") == "cafe naive"


def test_half_of_a_character_in_a_text_goes() -> None:
    assert encoded("note", "a\ud800b") == "a b"


@pytest.mark.parametrize("value", [1, 1.5, True, b"text", ["text"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    assert refusal(note=value).message == f"row 0: field `note`: `{value!r}` is not text"


def test_none_is_a_missing_value_of_any_kind() -> None:
    feeds = encode(SIGNATURE, [dict.fromkeys(ROW)])
    assert math.isnan(feeds["amount"][0, 0])
    assert (feeds["colour"][0, 0], feeds["note"][0, 0]) == ("", "")


def test_an_unknown_field_is_refused_by_name() -> None:
    error = refusal(amuont=1.0)
    assert error.message == "row 0: unknown field `amuont`"
    assert error.hint == "the fields of `loan` are amount, colour, note"


def test_an_unknown_field_may_have_a_name_of_any_type() -> None:
    with pytest.raises(InputError, match="unknown field `1`"):
        encode(SIGNATURE, [{1: "one", "x": "two"} | ROW])  # type: ignore[dict-item]


def test_an_absent_field_is_refused_by_name_and_row() -> None:
    with pytest.raises(InputError) as caught:
        encode(SIGNATURE, [ROW, {"amount": 1.0, "note": "x"}])
    assert caught.value.message == "row 1: field `colour` is absent"
    assert caught.value.lines()[1] == (
        "hint: give every field; `null` says that a value is missing"
    )


def test_a_message_shows_the_start_of_a_long_value() -> None:
    message = refusal(amount="x" * 1_000_000).message
    assert "'xxxx" in message
    assert len(message) < 200


def test_the_row_that_is_refused_is_named() -> None:
    rows = [ROW, ROW, ROW | {"amount": "many"}]
    with pytest.raises(InputError, match="row 2: field `amount`"):
        encode(SIGNATURE, rows)


@pytest.mark.parametrize("value", [np.float32(1.5), np.float64(1.5), np.int64(3)])
def test_numbers_of_numpy_are_numbers(value: object) -> None:
    assert encoded("amount", value) == np.float32(value)


def test_a_nul_in_a_category_is_refused() -> None:
    """onnxruntime-web would end the string there, and Python would not."""
    assert "is not a category" in refusal(colour="red\x00").message


def test_a_row_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(InputError, match="row 0: `1` is no mapping"):
        encode(SIGNATURE, [1])  # type: ignore[list-item]
