"""Planted changes of texts."""

from collections.abc import Iterator, Sequence

import numpy as np
from drift_cells import cell, told
from drift_feature import Case, Draw, Feature, learnt
from numpy.random import Generator

from modelpress.signature import Input
from pipeline.sketch import Vocabulary

WORDS = [f"w{i}" for i in range(2000)]
_OFTEN = np.arange(1, len(WORDS) + 1) ** -0.9
_OFTEN /= _OFTEN.sum()
_TEXTS = 5000


def textual(draw: Draw, train: int = _TEXTS) -> Feature:
    """Give a text as a card has it."""
    dice = np.random.default_rng(8)
    return learnt(Input("x", "text"), draw(dice, train), draw(dice, 1000))


def texts(width: int = 15, new: float = 0.0, words: Sequence[str] = WORDS) -> Draw:
    """Draw texts of a few frequent words and many rare ones, a share of them never heard."""
    known = np.array(words)

    def draw(dice: Generator, rows: int) -> list[str]:
        ends = np.cumsum(dice.integers(width // 2, 3 * width // 2 + 1, rows))
        said = dice.choice(known, ends[-1], p=_OFTEN)
        unheard = np.char.add("new", dice.integers(0, 100, len(said)).astype(str))
        said = np.where(dice.random(len(said)) < new, unheard, said)
        return [" ".join(part) for part in np.split(said, ends[:-1])]

    return draw


def swaps() -> list[Case]:
    """Replace a share of the words said by a hundred new ones."""
    feature = textual(texts())
    return [
        feature.case(f"{100 * x:g} % new words" if x else "nothing", texts(new=x))
        for x in (0.0, 0.02, 0.05, 0.1, 0.2)
    ]


def odd_texts() -> list[Case]:
    """Plant what one test sees and another does not, or what is no drift at all."""
    short, long = textual(texts()), textual(texts(300))
    own = textual(numbered)
    trade = texts(words=[*WORDS[499::-1], *WORDS[500:]])
    return [
        short.case("the words of each text in reverse", backwards),
        short.case("the 500 most frequent words trade places", trade),
        short.case("texts twice as long", texts(30)),
        short.case("one new word in each text", greeted(15)),
        long.case("one new word in each text of 300 words", greeted(300)),
        short.case("each text has a number of its own", numbered),
        own.case("nothing, each text has a number of its own", numbered),
    ]


def small_references() -> Iterator[str]:
    """Say what the tests make of new texts if few were learnt."""
    tests = ("domain_auc", "vocabulary")
    names = ("nothing", "10 % new words")
    yield f"| texts in the reference | {' | '.join(f'`{x}`, {y}' for y in names for x in tests)} |"
    yield "| --- | --- | --- | --- | --- |"
    for train in (100, 200, 500, 1000, 2000):
        feature = textual(texts(), train)
        found = [
            told(feature.case(x, texts(new=y)), 400) for x, y in zip(names, (0, 0.1), strict=True)
        ]
        cells = [cell(test, draws) for draws in found for test in tests]
        yield f"| {train:,} | {' | '.join(cells)} |"


def greeted(width: int) -> Draw:
    """Draw texts that all begin with the same new word."""
    return lambda dice, rows: [f"new0 {text}" for text in texts(width)(dice, rows)]


def backwards(dice: Generator, rows: int) -> list[str]:
    """Draw texts, and read them from the end."""
    return [" ".join(text.split()[::-1]) for text in texts()(dice, rows)]


def numbered(dice: Generator, rows: int) -> list[str]:
    """Draw texts, and put a number behind each that no other has."""
    return [f"{text} {dice.integers(10**9)}" for text in texts()(dice, rows)]


def blooms() -> Iterator[str]:
    """Say how many strangers pass for known words, by the number of words that are known."""
    yield "| known words | strangers that pass for known |"
    yield "| --- | --- |"
    for known in (100, 1000, 4000, 10_000, 20_000):
        vocabulary = Vocabulary.of([" ".join(f"w{i}" for i in range(known))] * 5)
        passed = 1 - vocabulary.unknown([f"stranger{i}" for i in range(20_000)]).mean()
        yield f"| {known:,} | {100 * passed:.2g} % |"
