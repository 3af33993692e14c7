"""An explanation in plain words; whatever a row says, the words stay plain."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelpress.explanation import Contribution, Explanation, explain, sentences
from modelpress.model import Model, Prediction

SPAM = Explanation(
    Prediction("v1.2.0", label="spam", probabilities={"ham": 0.03, "spam": 0.97}),
    "log-odds",
    exact=True,
    margin=3.476,
    baseline=-2.0,
    contributions=(
        Contribution("text", 3.612, word="winner"),
        Contribution("text", 2.36, word="call"),
        Contribution("text", -0.496, word="later"),
        Contribution("text", 0.0002, word="the"),
    ),
    positive="spam",
    threshold=0.86,
)
COUNT = Explanation(
    Prediction("v1.0.0", value=15.8913),
    "value",
    exact=False,
    margin=15.8913,
    baseline=10.97,
    contributions=(
        Contribution("free_bikes", 4.3004, value=15.5, typical=11.0),
        Contribution("change", -0.64, value=None, typical=0.0),
        Contribution("station", 0.461, value="s10", typical="s01"),
    ),
)


def test_words_for_and_against() -> None:
    assert sentences(SPAM) == [
        "`spam` with 0.97.",
        "Most for it: `winner` (+3.6), `call` (+2.4).",
        "Against it: `later` (-0.5).",
        "The figures are log-odds and lead from -2, which a typical row without text has, to 3.48.",
    ]


def test_features_with_their_values() -> None:
    assert sentences(COUNT) == [
        "The value is 15.9.",
        "Raised most by: `free_bikes` = 15.5 (+4.3), `station` = `s10` (+0.46).",
        "Lowered most by: `change` missing (-0.64).",
        "Each figure is what the value loses with that alone set to typical.",
    ]


def test_words_that_were_removed() -> None:
    told = sentences(replace(SPAM, exact=False, scale="probability"))
    assert told[-1] == (
        "Each figure is what the probability loses with that alone set to typical, "
        "or without that word."
    )


def test_factors_of_a_model_that_is_linear_in_the_logarithm() -> None:
    logged = replace(COUNT, scale="log-value", exact=True, margin=2.7657, baseline=2.3952)
    told = sentences(replace(logged, contributions=(Contribution("size", 0.3705, value=3),)))
    assert told[1:] == [
        "Raised most by: `size` = 3 (\N{MULTIPLICATION SIGN}1.45).",
        "The figures are factors of the value and lead from 11, which a typical row has, to 15.9.",
    ]


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_no_factor_is_too_large(size: float) -> None:
    contributions = (Contribution("size", size, value=3),)
    sentences(
        replace(COUNT, scale="log-value", exact=True, margin=size, contributions=contributions)
    )


@pytest.mark.parametrize(
    ("label", "probability", "threshold", "told"),
    [
        ("default", 0.28, 0.2344, "`default` with 0.28; `default` is told from 0.23 on."),
        ("paid", 0.16, 0.86, "`paid` with 0.16; `default` is told from 0.86 on."),
        ("paid", 0.84, 0.86, "`paid` with 0.84."),
        ("paid", 0.4, None, "`paid` with 0.40."),
        ("paid", 0.9999, 0.5, "`paid` with more than 0.99."),
        ("paid", 1.0, 0.5, "`paid` with more than 0.99."),
        ("paid", 0.995, 0.5, "`paid` with 0.99."),
        ("paid", 0.0001, 0.9, "`paid` with less than 0.01; `default` is told from 0.90 on."),
    ],
)  # fmt: skip
def test_the_threshold_is_named_where_it_matters(
    label: str, probability: float, threshold: float | None, told: str
) -> None:
    prediction = Prediction("", label=label, probabilities={label: probability})
    explanation = replace(SPAM, prediction=prediction, positive="default", threshold=threshold)
    assert sentences(explanation)[0] == told


def test_the_text_of_a_word_is_named_where_there_are_two() -> None:
    words = (Contribution("title", 2, word="down"), Contribution("body", -1, word="down"))
    told = sentences(replace(SPAM, contributions=words))
    assert told[1] == "Most for it: `down` in `title` (+2)."
    assert told[2] == "Against it: `down` in `body` (-1)."


def test_at_most_five_are_listed_and_none_that_hardly_counts() -> None:
    words = tuple(Contribution("text", 9 - i, word=f"w{i}") for i in range(8))
    rest = (Contribution("text", -0.08, word="less"), Contribution("text", 99.0, others=4))
    told = sentences(replace(SPAM, contributions=words + rest))
    assert re.findall("w[0-9]", told[1]) == [f"w{i}" for i in range(5)]
    assert len(told) == 3
    assert "less" not in "".join(told)


@pytest.mark.parametrize("contributions", [(), (Contribution("size", 0.0, value=1),)])
def test_where_nothing_counts_nothing_is_listed(contributions: tuple[Contribution, ...]) -> None:
    assert sentences(replace(SPAM, contributions=contributions)) == [
        "`spam` with 0.97.",
        "Nothing in the row makes a difference.",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", "missing"),
        (None, "missing"),
        (7, "= 7"),
        (2.5, "= 2.5"),
        ("7", "= `7`"),
        ("<script>alert(1)</script>", "= `?script?alert(1)?/script?`"),
        ("a`b\nc\td", "= `a?b?c?d`"),
        ("\u202eevil\u200b\x1b[31m", "= `?evil??[31m`"),
        ("é & ж", "= `é ? ж`"),
        ("x" * 60, f"= `{'x' * 40}...`"),
        ("\ud800", "= `?`"),
    ],
)
def test_a_value_is_shown_short_and_without_markup(value: object, shown: str) -> None:
    told = sentences(replace(SPAM, contributions=(Contribution("field", 1.0, value=value),)))
    assert told[1] == f"Most for it: `field` {shown} (+1)."


numbers = st.floats(allow_nan=True, allow_infinity=True)
contributions = st.builds(
    Contribution,
    feature=st.text(),
    amount=numbers,
    value=st.none() | st.text() | numbers | st.integers(-(2**64), 2**64),
    word=st.none() | st.text(),
)


@given(
    label=st.text(),
    found=st.lists(contributions, max_size=12).map(tuple),
    scale=st.sampled_from(["log-odds", "score", "value", "log-value", "probability"]),
    figures=st.tuples(numbers, numbers),
    exact=st.booleans(),
)
def test_no_explanation_makes_more_than_short_plain_lines(
    label: str, found: Any, scale: Any, figures: tuple[float, float], *, exact: bool
) -> None:
    explanation = Explanation(
        Prediction("", label=label, probabilities={label: 0.2}),
        scale,
        exact=exact,
        margin=figures[0],
        baseline=figures[1],
        contributions=found,
        positive=label,
        threshold=0.1,
    )
    for sentence in sentences(explanation):
        assert sentence.isprintable()
        assert not set(sentence) & set("<>&\"'\\")
        assert sentence.count("`") % 2 == 0
        assert len(sentence) < 1000


def test_a_real_row_is_told(loan: Model) -> None:
    told = sentences(explain(loan, {"amount": 2.0, "colour": "7", "note": "free cash"}))
    assert told[0] == "`yes` with more than 0.99."
    assert "`cash` (+0.018)" in told[1]
    assert "`amount` = 2.0 (+0.0012)" in told[1]
