"""The fast way decodes only what means the same to the strict way."""

import json
from typing import Any

import numpy as np
import pytest
from house import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st

from modelpress import load
from modelpress.encode import encode
from modelpress.errors import InputError
from modelpress.signature import Signature
from service.decoder import Decoder
from service.problem import Problem
from service.rows import read_rows

MIXED = load(REPOSITORY / "models" / "tickets").signature
NUMBERS = load(REPOSITORY / "models" / "iris").signature

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["email", "gold", "a: b", '"', "\\", "\\u0000", "\x00", "\ud800", "Ä", "1e3"]),
    st.just([]),
)


def bodies(signature: Signature) -> st.SearchStrategy[Any]:
    names = [field.name for field in signature.inputs]
    whole = st.fixed_dictionaries(dict.fromkeys(names, VALUES))
    fitting = st.fixed_dictionaries(
        {
            field.name: st.none()
            | (st.floats(-1e30, 1e30) if field.kind == "numeric" else st.text(max_size=9))
            for field in signature.inputs
        }
    )
    odd = st.dictionaries(st.sampled_from([*names, "x"]), VALUES)
    row = st.one_of(fitting, fitting, whole, odd)
    return st.one_of(row, st.lists(row, max_size=4))


def strict(body: bytes, signature: Signature) -> Any:
    try:
        asked = read_rows(body, signature, most=100, latest=lambda: None)
        return encode(signature, asked.rows) if asked.rows else None
    except (Problem, InputError):
        return None


@pytest.mark.parametrize("signature", [MIXED, NUMBERS], ids=["tickets", "iris"])
@given(data=st.data())
def test_what_passes_means_the_same(signature: Signature, data: st.DataObject) -> None:
    found = data.draw(bodies(signature))
    ascii_only = data.draw(st.booleans())
    body = json.dumps(found, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    agree(body, signature)


@given(st.binary(max_size=80))
def test_any_bytes_pass_only_if_they_are_rows(body: bytes) -> None:
    agree(body, NUMBERS)


@given(st.data())
def test_a_key_that_stands_twice_never_passes(data: st.DataObject) -> None:
    row = {field.name: 1.0 for field in NUMBERS.inputs}
    text, name = json.dumps(row), data.draw(st.sampled_from(list(row)))
    escaped = "".join(f"\\u{ord(c):04x}" for c in name)
    twice = data.draw(st.sampled_from([name, escaped]))
    space = data.draw(st.sampled_from(["", " ", "\n\t"]))
    body = text.replace("}", f',{space}"{twice}"{space}:{space}2}}').encode()
    assert Decoder(NUMBERS).rows(body) is None


def agree(body: bytes, signature: Signature) -> None:
    decoder = Decoder(signature)
    decoded = decoder.rows(body)
    if decoded is None:
        return
    feeds, wanted = decoder.feeds(decoded[0]), strict(body, signature)
    assert wanted is not None, body
    assert feeds.keys() == wanted.keys()
    for name, column in feeds.items():
        assert column.shape == wanted[name].shape
        assert column.dtype == wanted[name].dtype
        equal_nan = column.dtype == np.float32
        assert np.array_equal(column, wanted[name], equal_nan=equal_nan)
