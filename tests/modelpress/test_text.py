"""`normalize_text` in Python; `tests/js` holds the browser's equal to it."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelpress.text import MAX_TOKENS, NORMALIZER, normalize_text
from pipeline.export.hard_texts import HARD_TEXTS

CURRENCIES = "$£¥€₹"

# Any code point at all, halves of pairs included, thick with those that meet special treatment.
any_text = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(sorted({character for text in HARD_TEXTS for character in text})),
        st.sampled_from("aZ09 \n" + CURRENCIES),
    )
)
hard_text = st.one_of(any_text, st.sampled_from(HARD_TEXTS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You won, call now!", "you won call now"),
        ("CAFÉ naïve", "cafe naive"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "cafe"),
        ("ПРИВЕТ Ёж", "привет еж"),
        ("İstanbul", "istanbul"),
        ("\N{MATHEMATICAL BOLD SMALL F}ree \N{FULLWIDTH LATIN SMALL LETTER C}ash", "free cash"),
        ("STRA\N{LATIN CAPITAL LETTER SHARP S}E straße", "straße straße"),
        ("ΟΔΥΣΣΕΥΣ οδυσσευς", "οδυσσευσ οδυσσευσ"),
        ("foo_bar 1,000", "foo bar 1 000"),
        ("£1000 or €20", "£ 1000 or € 20"),
        ("$$$ ₹40 ¥5", "$ $ $ ₹ 40 ¥ 5"),
        ("it's", "it s"),
        ("prize\N{NO-BREAK SPACE}draw\tnow\r\nhere\0there", "prize draw now here there"),
        ("win 😀 win", "win win"),
        ("win \N{SQUARED LATIN CAPITAL LETTER A} win", "win win"),
        ("世界 こんにちは", "世界 こんにちは"),
        ("안녕하세요 세계", "안녕하세요 세계"),
        ("ﬁne ½", "fine 1 2"),
        ("", ""),
        (" \n\t", ""),
        ("?!…", ""),
    ],
)
def test_text_becomes_tokens(text: str, expected: str) -> None:
    assert normalize_text(text) == expected


@given(hard_text)
@example("\ud800")
@example("a\udfffb")
def test_any_string_at_all_gives_a_string(text: str) -> None:
    assert isinstance(normalize_text(text), str)


@given(hard_text)
def test_doing_it_twice_changes_nothing(text: str) -> None:
    once = normalize_text(text)
    assert normalize_text(once) == once


def test_doing_it_twice_changes_nothing_for_any_single_code_point() -> None:
    texts = [normalize_text(f"{chr(code)} a{chr(code)}b") for code in range(0x20000)]
    assert [text for text in texts if normalize_text(text) != text] == []


@given(hard_text)
def test_tokens_stand_between_single_spaces(text: str) -> None:
    result = normalize_text(text)
    assert result.split() == (result.split(" ") if result else [])


@given(hard_text)
def test_a_token_is_a_currency_sign_or_a_run_of_letters_and_digits(text: str) -> None:
    tokens = normalize_text(text).split(" ") if normalize_text(text) else []
    for token in tokens:
        if token not in tuple(CURRENCIES):
            # Marks (M) belong to the scripts that write vowels with them.
            assert {unicodedata.category(character)[0] for character in token} <= set("LMN"), token


@given(st.lists(st.sampled_from(["a", "É", "£", "世"]), max_size=10), st.integers(0, 3))
def test_there_are_at_most_so_many_tokens(words: list[str], beyond: int) -> None:
    tokens = normalize_text(" ".join(words * MAX_TOKENS + ["b"] * beyond)).split(" ")
    assert len(tokens) == min(max(len(words) * MAX_TOKENS + beyond, 1), MAX_TOKENS)


def test_what_is_beyond_the_last_token_goes() -> None:
    words = [f"w{number}" for number in range(MAX_TOKENS + 1)]
    assert normalize_text(", ".join(words)) == " ".join(words[:MAX_TOKENS])


@given(hard_text, hard_text)
def test_a_space_separates_what_is_beside_it(left: str, right: str) -> None:
    both = f"{normalize_text(left)} {normalize_text(right)}".strip()
    assert normalize_text(f"{left} {right}") == " ".join(both.split(" ")[:MAX_TOKENS])


def test_code_points_that_unicode_may_still_assign_separate() -> None:
    for code in (0x870, 0x1AB0, 0xA7CB, 0x10400, 0x1D800, 0x1F600, 0x2B820, 0x10FFFF):
        assert normalize_text(f"a{chr(code)}b") == "a b", hex(code)


def test_the_version_is_that_of_the_models_in_the_registry() -> None:
    """A change of the definition is a new version; models made by the old one stay as they are."""
    assert (NORMALIZER, MAX_TOKENS) == ("modelpress-text-1", 2000)
