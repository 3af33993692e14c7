"""
Write the credit sample: 20,400 invented card clients, about 22 % of whom default.

The table has the columns and quirks of UCI #350 (Default of Credit Card Clients): undocumented
codes, pay_0 followed by pay_2, negative bills, duplicated clients with contradictory labels. Unlike
the public set it misses about 1 % of some columns, and counts bills and payments in thousands.
"""

import csv
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import sqrt
from pathlib import Path

SEED = 350
CLIENTS = 20_360
TWINS, CONTRADICTING_TWINS = 40, 14
DAYS = 120
START = datetime(2026, 7, 1, tzinfo=UTC)
OPENING_HOUR, CLOSING_HOUR = 7, 21
MISSING_RATE = 0.01
# Dollars in one of bill_amt and pay_amt: written out in dollars, the file would hold 2.4 MB.
UNIT = 1000

MONTHS = (1, 2, 3, 4, 5, 6)
PAY = ("pay_0", "pay_2", "pay_3", "pay_4", "pay_5", "pay_6")
BILLS = tuple(f"bill_amt{month}" for month in MONTHS)
PAYMENTS = tuple(f"pay_amt{month}" for month in MONTHS)
FEATURES = ("limit_bal", "sex", "education", "marriage", "age", *PAY, *BILLS, *PAYMENTS)
TARGET = "default"
COLUMNS = ("row_id", "timestamp", *FEATURES, TARGET)
SOMETIMES_MISSING = ("age", "education", "bill_amt2", "bill_amt4", "bill_amt6")

Quantiles = tuple[tuple[float, float], ...]
Weights = tuple[tuple[int, int], ...]

# Quantile functions: (share of the clients, value), straight lines between.
LIMITS: Quantiles = ((0, 1), (0.05, 2), (0.25, 5), (0.5, 13), (0.75, 24), (0.99, 50), (1, 81))
AGES: Quantiles = ((0, 21), (0.05, 23), (0.25, 28), (0.5, 34), (0.75, 41), (0.99, 61), (1, 76))
USES: Quantiles = ((0, 0), (0.25, 0.03), (0.5, 0.33), (0.75, 0.85), (0.95, 1.02), (1, 1.4))
PAYBACKS: Quantiles = ((0, 0.02), (0.5, 0.05), (0.8, 0.12), (1, 0.6))

SEXES: Weights = ((2, 60), (1, 40))
SETTLED_AGE = 31
EDUCATIONS: Weights = ((2, 936), (1, 704), (3, 330), (5, 16), (4, 10), (6, 3), (0, 1))
WEDLOCKS_YOUNG: Weights = ((2, 800), (1, 190), (3, 5), (0, 2))
WEDLOCKS_OLDER: Weights = ((1, 650), (2, 330), (3, 18), (0, 2))
HABITS: Weights = ((0, 570), (-1, 180), (-2, 160), (2, 80), (3, 6), (7, 4))

# The pay code a month later; from 4 on, what is added to it.
MOVES: dict[int, Weights] = {
    -2: ((-2, 86), (-1, 8), (0, 6)),
    -1: ((-1, 70), (0, 24), (-2, 6)),
    0: ((0, 96), (-1, 4)),
    2: ((2, 60), (0, 26), (-1, 8), (3, 6)),
    3: ((2, 34), (3, 21), (4, 24), (0, 16), (-1, 5)),
}
DEEP_ARREARS: Weights = ((0, 50), (1, 28), (-1, 12), (-2, 10))
LATENESS = 0.3
SLIPS = {2: 0.55, -2: 0.25}
IDLE, REFUNDED, STAYS_AWAY = -2, 0.08, 0.6
PAYS_THOUGH_LATE = 0.4

ODDS_OF_PAY_0 = {-2: 0.8, -1: 0.9, 0: 0.8, 1: 2.2, 2: 6.0, 3: 7.5}
ODDS_OF_PAY_2 = {-2: 1.0, -1: 0.9, 0: 0.95, 1: 1.2, 2: 1.5, 3: 1.8}
ODDS_OF_EDUCATION = {0: 0.3, 1: 0.85, 2: 1.0, 3: 1.05, 4: 0.3, 5: 0.35, 6: 0.7}
BASE_ODDS = 0.088
HEAVY_USE = 0.6


def rows() -> list[dict[str, str]]:
    """Return the whole table, oldest row first."""
    rng = random.Random(SEED)
    table = clients(rng)
    table += twins(rng, table)
    rng.shuffle(table)
    return [
        {"row_id": f"c{number:05d}", "timestamp": stamp} | client
        for number, (stamp, client) in enumerate(
            zip(timestamps(rng, len(table)), table, strict=True), start=1
        )
    ]


def clients(rng: random.Random) -> list[dict[str, str]]:
    """Return clients no two of whom share all features."""
    table: dict[tuple[str, ...], dict[str, str]] = {}
    while len(table) < CLIENTS:
        drawn = client(rng)
        # Without any booking a client could be a real one by chance.
        if any(drawn[name] not in {"", "0"} for name in BILLS + PAYMENTS):
            table.setdefault(tuple(drawn[name] for name in FEATURES), drawn)
    return list(table.values())


def twins(rng: random.Random, table: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return copies of some clients, the first few with the opposite label."""
    copies = [dict(original) for original in rng.sample(table, TWINS)]
    for copy in copies[:CONTRADICTING_TWINS]:
        copy[TARGET] = "0" if copy[TARGET] == "1" else "1"
    return copies


def client(rng: random.Random) -> dict[str, str]:
    """Draw a client, label it by its true values, then lose a few of them."""
    standing = rng.random()
    values = person(rng, standing) | account(rng, standing, 10_000 * int(at(LIMITS, standing)))
    odds = odds_of_default(values) * heavy_tailed(rng)
    values[TARGET] = int(rng.random() < odds / (1 + odds))
    text = {name: str(value) for name, value in values.items()}
    for name in SOMETIMES_MISSING:
        if rng.random() < MISSING_RATE:
            text[name] = ""
    return text


def person(rng: random.Random, standing: float) -> dict[str, int]:
    """Draw who the client is; a good standing leans towards the older."""
    age = int(at(AGES, standing if rng.random() < 0.2 else rng.random()))
    return {
        "sex": pick(rng, SEXES),
        "education": pick(rng, EDUCATIONS),
        "marriage": pick(rng, WEDLOCKS_OLDER if age > SETTLED_AGE else WEDLOCKS_YOUNG),
        "age": age,
    }


def account(rng: random.Random, standing: float, limit: int) -> dict[str, int]:
    """Draw what the client owes and pays over six months."""
    codes = list(pay_codes(rng, (1 - standing) * rng.random()))
    bills, payments = zip(*bookings(rng, codes, standing, limit), strict=True)
    return {
        "limit_bal": limit,
        **dict(zip(PAY, codes[::-1], strict=True)),
        **dict(zip(BILLS, bills[::-1], strict=True)),
        **dict(zip(PAYMENTS, payments[::-1], strict=True)),
    }


def pay_codes(rng: random.Random, strain: float) -> Iterator[int]:
    """Yield six pay codes, oldest first; code 1 stands in the newest month only."""
    code = pick(rng, HABITS)
    for _ in PAY[1:]:
        yield code
        code = next_code(rng, code, strain)
    yield 1 if rng.random() < SLIPS.get(code, 0) else code


def next_code(rng: random.Random, code: int, strain: float) -> int:
    """Draw the pay code of the following month."""
    if code < 1 and rng.random() < LATENESS * strain:
        return 2
    return pick(rng, MOVES[code]) if code in MOVES else min(code + pick(rng, DEEP_ARREARS), 8)


def bookings(
    rng: random.Random, codes: Sequence[int], standing: float, limit: int
) -> Iterator[tuple[int, int]]:
    """Yield each month's bill and the payment of the bill before it, oldest first."""
    usual = limit * at(USES, 1 - standing if rng.random() < 0.3 else rng.random())
    habit = at(PAYBACKS, rng.random())
    owed = usual * rng.random()
    for code in codes:
        paid = owed * share_paid(rng, code, habit)
        owed = owed_after(rng, code, usual, owed - paid)
        yield round(owed / UNIT), round(max(paid, 0) / UNIT)


def share_paid(rng: random.Random, code: int, habit: float) -> float:
    """Draw the share of the last bill that is paid: all, the client's usual part, or none."""
    if code < 0:
        return 1.0
    if code > 0:
        return habit if rng.random() < PAYS_THOUGH_LATE else 0.0
    return min(habit * heavy_tailed(rng), 1.0)


def owed_after(rng: random.Random, code: int, usual: float, rest: float) -> float:
    """Draw the next bill; a client with code -2 uses the card little and is sometimes refunded."""
    if code == IDLE:
        draw = rng.random()
        return -usual * rng.random() if draw < REFUNDED else usual * draw * (draw > STAYS_AWAY)
    return rest + max(usual - rest, 0) * (0.3 + 0.5 * rng.random()) + usual * 0.1 * rng.random()


def odds_of_default(values: dict[str, int]) -> float:
    """Return a client's odds; a product of odds is a logistic model without a logarithm."""
    return (
        BASE_ODDS
        * ODDS_OF_PAY_0[min(values["pay_0"], 3)]
        * ODDS_OF_PAY_2[min(values["pay_2"], 3)]
        * (1 + 0.2 * sum(values[name] > 1 for name in PAY[1:]))
        * odds_of_balance(values)
        * odds_of_person(values)
    )


def odds_of_balance(values: dict[str, int]) -> float:
    """Return how use, payments and limit move the odds; they matter most while nothing is late."""
    used = UNIT * values["bill_amt1"] / values["limit_bal"]
    covered = sum(values[name] for name in PAYMENTS[:3]) / (
        1 + max(sum(values[name] for name in BILLS[1:4]), 0)
    )
    strained = used > HEAVY_USE and values["pay_0"] < 1
    return (
        (2.8 if strained else 1.0)
        / (0.5 + min(4 * covered, 2))
        * (0.4 + 90_000 / (40_000 + values["limit_bal"]))
    )


def odds_of_person(values: dict[str, int]) -> float:
    """Return how the client moves the odds; the very young and the old default more."""
    years = (values["age"] - 38) / 18
    return (
        (0.8 + years * years)
        * ODDS_OF_EDUCATION[values["education"]]
        * (1.12 if values["sex"] == 1 else 1.0)
        * (1.3 if values["marriage"] == 1 else 1.0)
    )


def at(quantiles: Quantiles, share: float) -> float:
    """Return the value below which `share` of the clients lie."""
    for (left, low), (right, high) in pairwise(quantiles):
        if share <= right:
            return low + (high - low) * (share - left) / (right - left)
    return quantiles[-1][1]


def pick(rng: random.Random, weights: Weights) -> int:
    """Draw a value by its weight."""
    return rng.choices([value for value, _ in weights], [weight for _, weight in weights])[0]


def heavy_tailed(rng: random.Random) -> float:
    """Draw from a log-logistic distribution of median 1, whose quantiles need a root only."""
    share = rng.random()
    return sqrt(share / (1 - share))


def timestamps(rng: random.Random, count: int) -> list[str]:
    """Return `count` ascending full hours, equally many on each day."""
    stamps = sorted(
        START
        + timedelta(days=position * DAYS // count, hours=rng.randrange(OPENING_HOUR, CLOSING_HOUR))
        for position in range(count)
    )
    return [f"{stamp:%Y-%m-%dT%H:%M:%SZ}" for stamp in stamps]


def write(path: Path) -> None:
    """Write the table to `path` in one step and say what it holds."""
    table = rows()
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    draft.replace(path)
    balance = Counter(row[TARGET] for row in table)
    shares = ", ".join(f"{name}: {count}" for name, count in sorted(balance.items()))
    print(f"{path.name}: {len(table)} rows ({TARGET} {shares})")


if __name__ == "__main__":
    write(Path(__file__).with_name("table.csv"))
