"""`site/assets/normalize_text.js` and `modelpress/text.py` are one definition."""

import hashlib
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelpress.text import MAX_TOKENS, NORMALIZER, normalize_text
from pipeline.export.hard_texts import HARD_TEXTS, fuzzed

MODULE = Path(__file__).parent.parent.parent / "site" / "assets" / "normalize_text.js"

PLANE, BLOCK = 0x10000, 0x1000
MIXES = 30_000

CHARACTERS = sorted({character for text in HARD_TEXTS for character in text})


def code_point_texts(start: int, beyond: int) -> Iterator[str]:
    """Give the texts that `normalize.mjs` makes of the same code points."""
    for code in range(start, beyond):
        yield chr(code)
        yield f"a{chr(code)}b é{chr(code)}"


def digest(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def differences(normalizer: Any, texts: list[str]) -> dict[str, tuple[str, str]]:
    """Name the texts that the two see differently."""
    answers = zip(texts, normalizer.ask(texts=texts), strict=True)
    return {
        ascii(text): (normalize_text(text), answer)
        for text, answer in answers
        if normalize_text(text) != answer
    }


def joined(text: str) -> str:
    """Make one character of the two halves of a pair: JavaScript cannot tell the difference."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize("plane", range(17))
def test_every_code_point_gives_the_same_alone_and_within_words(
    plane: int, normalizer: Any
) -> None:
    """Surrogates are among them: they are made on both sides and cross no boundary."""
    starts = range(plane * PLANE, (plane + 1) * PLANE, BLOCK)
    for start in starts:
        normalizer.say(**{"from": start, "to": start + BLOCK})
    expected = [
        digest([normalize_text(text) for text in code_point_texts(start, start + BLOCK)])
        for start in starts
    ]
    answered = [normalizer.hear() for _ in starts]
    differing = [
        s for s, ours, theirs in zip(starts, expected, answered, strict=True) if ours != theirs
    ]
    for start in differing:
        assert differences(normalizer, list(code_point_texts(start, start + BLOCK))) == {}
    assert differing == []


def test_hard_texts_give_the_same(normalizer: Any) -> None:
    assert differences(normalizer, list(HARD_TEXTS)) == {}


@pytest.mark.parametrize("seed", range(10))
def test_random_mixes_give_the_same(seed: int, normalizer: Any) -> None:
    """A third each: words and separators, hard characters in a row, any code points at all."""
    dice = random.Random(seed)
    count = MIXES // 30
    rows = ["".join(dice.choices(CHARACTERS, k=dice.randint(2, 40))) for _ in range(count)] + [
        "".join(chr(dice.randrange(0x110000)) for _ in range(dice.randint(2, 40)))
        for _ in range(count)
    ]
    texts = fuzzed(count, ["prize", "café", "Σας", "привет"], seed) + [joined(row) for row in rows]
    assert differences(normalizer, texts) == {}


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.one_of(st.characters(), st.sampled_from(CHARACTERS))).map(joined), max_size=50
    )
)
def test_any_texts_give_the_same(normalizer: Any, texts: list[str]) -> None:
    assert differences(normalizer, texts) == {}


@pytest.mark.parametrize("length", [MAX_TOKENS - 1, MAX_TOKENS, MAX_TOKENS + 1])
@pytest.mark.parametrize(
    "word", ["w", "£", "é\N{COMBINING ACUTE ACCENT}", "\N{MATHEMATICAL BOLD SMALL F} 😀"]
)
def test_long_texts_end_after_the_same_token(word: str, length: int, normalizer: Any) -> None:
    assert differences(normalizer, [f"{word} " * length, f" {word}," * length + "end"]) == {}


@pytest.mark.parametrize("code", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_half_of_a_pair_gives_the_same(code: int, normalizer: Any) -> None:
    half = chr(code)
    texts = [half, f"a{half}b", f"a {half} b", f"{half}{half}", f"é{half}", f"{half}\u0301e"]
    assert differences(normalizer, texts) == {}


def test_the_module_stands_alone_and_says_the_same_of_itself(node: Path, tmp_path: Path) -> None:
    """A page imports it as it lies there: an ES module, with nothing beside it."""
    shutil.copy(MODULE, tmp_path / "normalize_text.mjs")
    program = (
        'import * as it from "./normalize_text.mjs";'
        "console.log(Object.keys(it).sort().join(), it.NORMALIZER, it.MAX_TOKENS);"
        'console.log(it.normalizeText("You won, CALL now"));'
    )
    done = subprocess.run(
        [node, "--input-type=module", "--eval", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"MAX_TOKENS,NORMALIZER,normalizeText {NORMALIZER} {MAX_TOKENS}",
        "you won call now",
    ]
