"""Planted changes of a number."""

from typing import Any

import numpy as np
from drift_feature import BATCH, LEARNT, SHIFTS, Case, Draw, Feature, Numbers, learnt
from numpy.random import Generator

from modelpress.signature import Input


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
