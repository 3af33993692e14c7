"""
How the drift tests answer to planted changes: the tables of the guide's pages on drift.

    python benchmarks/drift_tables.py [TEST ...]

A reference is counted of seeded rows as `register` does it, other rows are drawn with and without
a change, and the product's own tests judge them with the default limits. Each cell has the median
effect and the median corrected p of 20 draws, and how many of them fire.
"""

import argparse
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

# Or this folder's pipeline.py would be found in place of the package.
sys.path.insert(0, str(Path(__file__).parent.parent))

from modelpress.signature import Input
from pipeline.config.watch import Limits, Monitor
from pipeline.drift import Finding, class_drift, feature_drift, judge
from pipeline.outcome import Outcome
from pipeline.registration.reference import reference
from pipeline.registry import TARGET
from pipeline.rows import Column, Rows
from pipeline.schema import Facts, Schema
from pipeline.sketch import Vocabulary

DRAWS = 20
LEARNT = 10_000
"""Rows of the reference."""
BATCH = 20
"""Rows that belong together, where some do."""
FEW, MANY = (200, 500, 1000), (2000, 5000, 20_000)
ANY = (200, 1000, 5000)
SHIFTS = (0.0, 0.1, 0.25, 0.5, 1.0)
SHARES = (0.4, 0.3, 0.2, 0.1)

Numbers = NDArray[np.float64]
Draw = Callable[[Generator, int], Any]


class Case(NamedTuple):
    """What is planted, and what the tests find in so many rows with it."""

    name: str
    found: Callable[[Generator, int], list[Finding]]


@dataclass(frozen=True)
class Feature:
    """A feature, and what a card says of it."""

    field: Input
    counts: dict[str, Any]

    def case(self, name: str, draw: Draw) -> Case:
        """Run the tests on rows that are drawn."""
        return Case(name, lambda dice, rows: self.ask(draw(dice, rows)))

    def ask(self, column: Any) -> list[Finding]:  # noqa: ANN401 - an array of any kind
        """Run the tests of the feature's kind."""
        return feature_drift(self.field, self.counts, _column(self.field, column), Limits())


def _column(field: Input, values: Any) -> Column:  # noqa: ANN401 - an array of any kind
    if field.kind == "numeric":
        return np.asarray(values, np.float32)
    return np.asarray(values).astype(np.object_)


def learnt(field: Input, train: Sequence[Any], held_out: Sequence[Any] = ()) -> Feature:
    """Count rows as `register` does."""
    none = Facts("", 0, 0, 0, 0)
    schema = Schema("m", "regression", "y", (field,), (), "", ordered=False, parts={}, facts=none)
    told = np.zeros(len(held_out))
    answers = Outcome(told, told, np.empty((len(told), 0)))
    parts = (_rows(field, train), _rows(field, held_out))
    return Feature(field, reference(schema, *parts, answers)[field.name])


def _rows(field: Input, values: Sequence[Any]) -> Rows:
    none = np.zeros(len(values), np.int64)
    names = np.array([""] * len(values), np.object_)
    return Rows({field.name: _column(field, values)}, none.astype(float), none, none, names)


# Numbers


def numeric(train: Any) -> Feature:  # noqa: ANN401 - an array
    """Give a number as a card has it."""
    return learnt(Input("x", "numeric"), train)


def normal(seed: int = 1) -> Feature:
    """Give a number of mean 0 and standard deviation 1."""
    return numeric(np.random.default_rng(seed).normal(0, 1, LEARNT))


def shifts(feature: Feature) -> list[Case]:
    """Shift all rows by parts of the standard deviation."""
    return [feature.case(f"all rows {by:+g} sd" if by else "nothing", _normal(by)) for by in SHIFTS]


def _normal(mean: float = 0.0, sd: float = 1.0) -> Draw:
    return lambda dice, rows: dice.normal(mean, sd, rows)


def odd_numbers(feature: Feature) -> list[Case]:
    """Plant what one test sees and another does not, or what is no drift at all."""
    return [
        feature.case("nothing, but 20 rows of each customer", customers),
        feature.case("half of the rows +0.5 sd, half -0.5 sd", apart),
        feature.case("spread times 1.5", _normal(sd=1.5)),
        feature.case("the highest tenth times 10", top_times_ten),
        feature.case("a fifth of the values become 0", fifth_is_zero),
    ]


def customers(dice: Generator, rows: int) -> Numbers:
    """Draw rows that come in batches of equal values."""
    own: Numbers = dice.normal(0, 1, rows // BATCH)
    return own.repeat(BATCH)


def apart(dice: Generator, rows: int) -> Numbers:
    """Draw rows that move in both directions."""
    return np.asarray(dice.normal(0, 1, rows) + dice.choice([-0.5, 0.5], rows))


def top_times_ten(dice: Generator, rows: int) -> Numbers:
    """Multiply what lies in the last bin."""
    values = dice.normal(0, 1, rows)
    return np.where(values > 1.35, 10 * values, values)


def fifth_is_zero(dice: Generator, rows: int) -> Numbers:
    """Put a number in place of what is missing."""
    return np.where(dice.random(rows) < 0.2, 0.0, dice.normal(0, 1, rows))


def outliers(count: int) -> Draw:
    """Draw rows of which some lie a thousand standard deviations off."""

    def draw(dice: Generator, rows: int) -> Numbers:
        values = dice.normal(0, 1, rows)
        values[:count] = 1000
        return values

    return draw


def flags(high: float, share: float) -> Draw:
    """Draw zeros and a share of another number."""
    return lambda dice, rows: np.where(dice.random(rows) < share, high, 0.0)


def flag_cases() -> list[Case]:
    """Let the second of two numbers be another one, or be there more often."""
    even, rare = (
        numeric(flags(1, share)(np.random.default_rng(2), LEARNT)) for share in (0.5, 0.05)
    )
    return [
        even.case("0 and 1, half each: the ones become 5", flags(5, 0.5)),
        rare.case("0 and 1: 5 % ones become 30 %", flags(1, 0.3)),
    ]


def week_case() -> Case:
    """Compare a week of summer with a year."""
    dice = np.random.default_rng(3)
    year = 10 - 10 * np.cos(2 * np.pi * dice.random(LEARNT)) + dice.normal(0, 3, LEARNT)
    feature = numeric(year)
    return feature.case("a week of July beside a year of weather", _normal(20, 3))


def wild_case() -> Case:
    """Have outliers in the reference, where they widen the spread."""
    train = outliers(5)(np.random.default_rng(4), LEARNT)
    return numeric(train).case("all rows +1 sd, five outliers in the reference", _normal(1.0))


# Categories


def categorical(shares: Sequence[float], seed: int = 5) -> Feature:
    """Give a category as a card has it."""
    names = _names(shares)
    train = _choice(shares)(np.random.default_rng(seed), LEARNT)
    return learnt(Input("x", "categorical", categories=tuple(names)), train)


def _names(shares: Sequence[float]) -> list[str]:
    return [f"c{i}" for i in range(len(shares))]


def _choice(shares: Sequence[float]) -> Draw:
    parts = np.array(shares) / sum(shares)
    return lambda dice, rows: dice.choice(_names(shares), rows, p=parts)


def moved(points: float) -> tuple[float, ...]:
    """Take points of share from the most frequent category, for the rarest."""
    first, *middle, last = SHARES
    return (first - points, *middle, last + points)


def moves() -> list[Case]:
    """Move points of share; and the same where there are many categories."""
    feature, many = categorical(SHARES), categorical((0.02,) * 50)
    return [
        feature.case("nothing", _choice(SHARES)),
        *(feature.case(f"{100 * x:.0f} points", _choice(moved(x))) for x in (0.02, 0.05, 0.1, 0.2)),
        many.case("nothing, 50 categories", _choice((0.02,) * 50)),
        many.case("5 points, 50 categories", _choice((0.07, *(0.95 / 49,) * 49))),
    ]


def odd_categories() -> list[Case]:
    """Plant what one test sees and another does not, or what is no drift at all."""
    feature, rare = categorical(SHARES), categorical((0.49, 0.48, 0.03))
    return [
        feature.case("nothing, but 20 rows of each customer", batches),
        rare.case("a category of 3 % vanishes", _choice((0.51, 0.49, 0.0))),
        rare.case("a category of 3 % doubles", _choice((0.46, 0.48, 0.06))),
        feature.case("one name is spelled anew", spelled),
    ]


def batches(dice: Generator, rows: int) -> NDArray[Any]:
    """Draw rows that come in batches of one category."""
    return np.repeat(_choice(SHARES)(dice, rows // BATCH), BATCH)


def spelled(dice: Generator, rows: int) -> NDArray[Any]:
    """Give one category another name."""
    values = _choice(SHARES)(dice, rows)
    return np.where(values == "c3", "C3", values)


def strangers() -> list[Case]:
    """Mix in what the model does not know; in a feature that had 3 % of it before, too."""
    feature, used = categorical(SHARES), with_unknown()
    return [
        *(_mixed(feature, "", x) for x in (0.0, 0.005, 0.01, 0.02, 0.05)),
        *(_mixed(used, ", 3 % before", x) for x in (0.03, 0.04, 0.06)),
    ]


def with_unknown() -> Feature:
    """Give a category of which the model told apart all but 3 % of the training rows."""
    dice = np.random.default_rng(6)
    train = mixed(0.03)(dice, LEARNT)
    return learnt(Input("x", "categorical", categories=tuple(_names(SHARES))), train)


def _mixed(feature: Feature, words: str, share: float) -> Case:
    return feature.case(f"{100 * share:g} % unknown{words}", mixed(share))


def mixed(share: float, name: str = "new") -> Draw:
    """Draw categories of which a share is another word."""

    def draw(dice: Generator, rows: int) -> NDArray[Any]:
        values = _choice(SHARES)(dice, rows)
        return np.where(dice.random(rows) < share, name, values)

    return draw


# Missing values


def gaps() -> list[Case]:
    """Leave values out of a number; of one that had gaps before, too."""
    dice = np.random.default_rng(7)
    whole, holed = (numeric(holes(x)(dice, LEARNT)) for x in (0.0, 0.2))
    return [
        *(_gap(whole, "", x) for x in (0.0, 0.02, 0.05, 0.07, 0.1)),
        *(_gap(holed, ", 20 % before", x) for x in (0.0, 0.2, 0.27, 0.3)),
    ]


def _gap(feature: Feature, words: str, share: float) -> Case:
    return feature.case(f"{100 * share:g} % missing{words}", holes(share))


def holes(share: float) -> Draw:
    """Draw numbers of which a share is missing."""
    return lambda dice, rows: np.where(dice.random(rows) < share, np.nan, dice.normal(0, 1, rows))


def odd_gaps() -> list[Case]:
    """Plant values that mean nothing and do not look it; and gaps that come in a batch."""
    return [
        normal().case("a fifth of the values become 0", fifth_is_zero),
        normal().case("a fifth of the values become -999", fifth_is_far),
        categorical(SHARES).case("a fifth of the categories become `none`", mixed(0.2, "none")),
    ]


def fifth_is_far(dice: Generator, rows: int) -> Numbers:
    """Put a number that no measurement gives in place of what is missing."""
    return np.where(dice.random(rows) < 0.2, -999.0, dice.normal(0, 1, rows))


# Texts

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


# The target

PRIOR = 0.2


def classes(share: float) -> dict[str, Any]:
    """Give a target of two classes as a card has it."""
    yes = round(share * LEARNT)
    return {"categories": ["no", "yes"], "counts": [LEARNT - yes, yes, 0], "missing": 0}


def true(dice: Generator, rows: int, share: float) -> Outcome:
    """Draw what was true."""
    return outcome((dice.random(rows) < share).astype(np.int64))


def outcome(truth: NDArray[np.int64]) -> Outcome:
    """Let all answers be right."""
    return Outcome(truth, truth, np.eye(2)[truth])


def priors() -> list[Case]:
    """Let more rows be of the second class, in the whole window."""
    return [_prior(f"20 % become {100 * x:g} %", x) for x in (0.2, 0.22, 0.24, 0.26, 0.3)]


def _prior(name: str, share: float, before: float = PRIOR) -> Case:
    known = {TARGET: classes(before)}
    return Case(
        name, lambda dice, rows: class_drift(known[TARGET], [true(dice, rows, share)], Limits())
    )


def odd_priors() -> list[Case]:
    """Plant what is no drift, and what is one and stays below the limit."""
    return [
        Case("nothing, but half of the first class's labels are late", late),
        Case("20 % become 30 % in the newer half of the window", lately),
        _prior("1 % become 4 %", 0.04, 0.01),
        Case("nothing, but 20 rows of each customer", alike),
    ]


def late(dice: Generator, rows: int) -> list[Finding]:
    """Know every label of the second class, and every other one of the first."""
    found = true(dice, rows, PRIOR)
    known = (found.truth == 1) | (dice.random(rows) < 0.5)
    return class_drift(classes(PRIOR), [found.take(known)], Limits())


def lately(dice: Generator, rows: int) -> list[Finding]:
    """Move the prior in the newer half alone."""
    truth = (dice.random(rows) < np.repeat([PRIOR, 0.3], rows // 2)).astype(np.int64)
    spans = [outcome(truth), outcome(truth[rows // 2 :])]
    return class_drift(classes(PRIOR), spans, Limits())


def alike(dice: Generator, rows: int) -> list[Finding]:
    """Draw rows that come in batches of one class."""
    truth = (dice.random(rows // BATCH) < PRIOR).astype(np.int64)
    return class_drift(classes(PRIOR), [outcome(truth.repeat(BATCH))], Limits())


# Tables


def by_rows(test: str, cases: Sequence[Case], sizes: Sequence[int]) -> Iterator[str]:
    """Print a test's answers: a line per change, a column per number of rows."""
    yield f"| planted | {' | '.join(f'{rows:,} rows' for rows in sizes)} |"
    yield f"| --- |{' --- |' * len(sizes)}"
    for case in cases:
        cells = [cell(test, told(case, rows)) for rows in sizes]
        yield f"| {case.name} | {' | '.join(cells)} |"


def by_test(tests: Sequence[str], cases: Sequence[Case], rows: int) -> Iterator[str]:
    """Print what several tests say of the same rows."""
    yield f"| planted in {rows:,} rows | {' | '.join(f'`{test}`' for test in tests)} |"
    yield f"| --- |{' --- |' * len(tests)}"
    for case in cases:
        found = told(case, rows)
        yield f"| {case.name} | {' | '.join(cell(test, found) for test in tests)} |"


def told(case: Case, rows: int) -> list[list[Finding]]:
    """Draw again and again, and judge each draw by itself."""
    seed = zlib.crc32(case.name.encode())
    dice = (np.random.default_rng((seed, rows, draw)) for draw in range(DRAWS))
    return [judge(case.found(one, rows), Monitor().significance) for one in dice]


def cell(test: str, draws: Sequence[Sequence[Finding]]) -> str:
    """Give median effect and p, and how many draws fire."""
    found = [finding for draw in draws for finding in draw if finding.test == test]
    if not found:
        return "-"
    effect, p = (float(np.median([getattr(x, key) for x in found])) for key in ("value", "p"))
    fired = sum(finding.fired for finding in found)
    # Below zero only by what rounding leaves.
    effect = 0.0 if abs(effect) < 5e-5 else effect
    return f"{effect:.2g}, p {_chance(p)}, {fired}/{len(found)}"


def _chance(p: float) -> str:
    return f"{p:.1g}" if p >= 1e-9 else "< 1e-9"


def ks() -> Iterator[str]:
    """Numbers, few rows."""
    yield from by_rows("ks", shifts(normal()), FEW)
    yield ""
    yield from by_test(("ks", "psi"), [*odd_numbers(normal()), *flag_cases(), week_case()], 1000)


def wasserstein() -> Iterator[str]:
    """Numbers, many rows."""
    far = [normal().case(f"{n} rows 1,000 sd off", outliers(n)) for n in (5, 20, 40)]
    cases = [*odd_numbers(normal()), *flag_cases(), *far, wild_case()]
    yield from by_rows("wasserstein", shifts(normal()), MANY)
    yield ""
    yield from by_test(("wasserstein", "psi"), cases, 5000)


def psi() -> Iterator[str]:
    """Any kind."""
    for cases in (shifts(normal()), moves()):
        yield from by_rows("psi", cases, (100, *ANY))
        yield ""
    odd = [*odd_categories(), *odd_numbers(normal())[1:], *flag_cases(), week_case()]
    yield from by_test(("psi", "chi_square", "ks"), odd, 1000)


def chi_square() -> Iterator[str]:
    """Categories, few rows."""
    yield from by_rows("chi_square", moves(), FEW)
    yield ""
    yield from by_test(("chi_square", "psi", "unknown"), odd_categories(), 1000)


def jensen_shannon() -> Iterator[str]:
    """Categories, many rows."""
    yield from by_rows("jensen_shannon", moves(), MANY)
    yield ""
    yield from by_test(("jensen_shannon", "psi", "unknown"), odd_categories(), 5000)


def unknown() -> Iterator[str]:
    """Categories that the model does not know."""
    yield from by_rows("unknown", strangers(), ANY)
    yield ""
    yield from by_test(("unknown", "chi_square", "missing"), odd_categories()[-1:], 1000)


def missing() -> Iterator[str]:
    """Values that are not there."""
    yield from by_rows("missing", gaps(), ANY)
    yield ""
    yield from by_test(("missing", "ks", "psi", "unknown"), odd_gaps(), 1000)


def domain_auc() -> Iterator[str]:
    """Texts: a classifier."""
    yield from by_rows("domain_auc", swaps(), (100, 200, 400))
    yield ""
    yield from by_test(("domain_auc", "vocabulary", "ks"), odd_texts(), 400)
    yield ""
    yield from small_references()


def vocabulary() -> Iterator[str]:
    """Texts: unknown words."""
    yield from by_rows("vocabulary", swaps(), (100, 200, 400))
    yield ""
    yield from by_test(("vocabulary", "domain_auc"), odd_texts()[1:], 400)
    yield ""
    yield from blooms()


def prior() -> Iterator[str]:
    """Classes of the target."""
    yield from by_rows("prior", priors(), ANY)
    yield ""
    yield from by_test(("prior",), odd_priors(), 1000)


TESTS = {
    table.__name__: table
    for table in (
        *(ks, wasserstein, psi, chi_square, jensen_shannon),
        *(unknown, missing, domain_auc, vocabulary, prior),
    )
}


def main() -> int:
    """Print the tables of all tests, or of some."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("tests", nargs="*", metavar="TEST", help=", ".join(TESTS))
    for test in parser.parse_args().tests or TESTS:
        print(f"## {test}\n", *TESTS[test](), "", sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
