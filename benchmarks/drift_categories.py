"""Planted changes of a category, and values that go missing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from drift_feature import BATCH, LEARNT, SHARES, Case, Draw, Feature, Numbers, learnt
from drift_numbers import fifth_is_zero, normal, numeric
from numpy.random import Generator
from numpy.typing import NDArray

from modelpress.signature import Input


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
