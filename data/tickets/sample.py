"""
Write the tickets sample: 4,000 invented support tickets, about one in eight of high priority.

A small grammar composes them; no sentence comes from a real set. Planted quirks: descriptions that
are missing, or thousands of characters long, no-break spaces, CR LF inside of fields, letters
beyond ASCII, tickets that come twice, once with another priority, and hasty priorities. Over the
180 days chat replaces e-mail, and a new part of the product brings tickets of its own.
"""

import csv
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 498
TICKETS = 4_000
TWICE_RATE, FORWARDED_RATE = 0.03, 0.02
# Priorities that somebody set in haste: any of the three, whatever the ticket says.
HASTY_RATE = 0.06
DAYS = 180
START = datetime(2026, 5, 2, tzinfo=UTC)
COLUMNS = ("row_id", "timestamp", "title", "description", "source", "tier", "priority")

# Weight on the first day, on the last day, and how grave the topic is.
TOPICS = {
    "outage": (6, 8, 1.5),
    "security": (3, 3, 1.4),
    "loss": (4, 4, 1.1),
    "payment": (6, 6, 0.8),
    "login": (13, 9, 0.3),
    "bug": (20, 18, 0.1),
    "slow": (9, 8, 0.2),
    "link": (8, 9, 0.2),
    "bill": (8, 7, -0.6),
    "howto": (11, 9, -1.0),
    "wish": (7, 6, -1.1),
    "looks": (5, 4, -1.2),
    "new": (0, 12, 0.0),
}
SOURCES = {"email": (45, 22), "portal": (28, 30), "chat": (9, 30), "phone": (12, 12), "api": (6, 6)}
TIERS = {"free": (28, 24), "standard": (40, 40), "premium": (20, 22), "enterprise": (12, 14)}
SCOPES = {"all": 0.9, "some": 0.1, "few": -0.7}
URGENCY_OF_SOURCE = {"phone": 0.3, "api": 0.2, "chat": 0.1}
URGENCY_OF_TIER = {"enterprise": 0.4, "premium": 0.15, "free": -0.3}
HIGH_FROM, LOW_BELOW = 1.5, -0.55
NO_DESCRIPTION, NO_TIER, NO_SOURCE, ABROAD = 0.05, 0.03, 0.01, 0.03
LONG_RATE, LINES = 0.008, (15, 40)
LONGEST_AT, LONGEST_LINES = 2_718, 600

SLOT = re.compile(r"\[([^\[\]]*)\]|\{([\w-]+)\}")
SENTENCE_START = re.compile(r"(^|[.!?] )([a-z])")

Ticket = dict[str, str]
Change = Callable[[str], str]

# How often a description is changed so.
HABITS: tuple[tuple[float, Change], ...] = (
    (0.12, lambda text: text.replace(". ", ".\r\n")),
    (0.10, lambda text: text.replace(". ", ".\n\n")),
    (0.04, lambda text: text.replace(" ", "\N{NO-BREAK SPACE}", 2)),
    (0.05, str.lower),
    (0.02, str.upper),
    (0.06, lambda text: text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")),
    (0.03, lambda text: f"{text} \N{HOURGLASS}"),
    (0.05, lambda text: f"Hello,\r\n\r\n{text}"),
)


def read_tables(file: str, separator: str) -> dict[str, list[str]]:
    """Read lines of `name: entries`; lines of the same name add up."""
    tables: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(file).read_text("utf-8").splitlines():
        name, _, entries = line.partition(": ")
        tables.setdefault(name, []).extend(entries.split(separator))
    return tables


# One production a line: {name} comes from a table, with a capital if the name has one; [a|b] is a
# choice; {digit} is one.
PRODUCTIONS = read_tables("grammar.txt", "\n")
VOCABULARY = read_tables("words.txt", ", ") | {"digit": list("123456789")}


def rows() -> list[Ticket]:
    """Return the whole table, oldest ticket first."""
    rng = random.Random(SEED)
    tickets: list[Ticket] = []
    for position in range(TICKETS):
        draw, passed = rng.random(), position / TICKETS
        if tickets and draw < TWICE_RATE:
            tickets.append(dict(rng.choice(tickets[-200:])))
        elif tickets and draw < TWICE_RATE + FORWARDED_RATE:
            tickets.append(rng.choice(tickets[-200:]) | {"source": "email"})
        else:
            tickets.append(new_ticket(rng, passed, longest=position == LONGEST_AT))
        if rng.random() < HASTY_RATE:
            tickets[-1]["priority"] = rng.choice(("high", "medium", "low"))
    stamps = timestamps(rng)
    return [
        {"row_id": f"t{number:06d}", "timestamp": stamp, **ticket}
        for number, (stamp, ticket) in enumerate(zip(stamps, tickets, strict=True), start=1)
    ]


def new_ticket(rng: random.Random, passed: float, *, longest: bool) -> Ticket:
    """Compose a ticket when `passed` of the 180 days have passed."""
    topic = draw_by(rng, {name: weights[:2] for name, weights in TOPICS.items()}, passed)
    source, tier = draw_by(rng, SOURCES, passed), draw_by(rng, TIERS, passed)
    title, scopes = compose(rng, topic)
    description, more = describe(rng, topic, longest=longest)
    grave = (
        TOPICS[topic][2]
        + sum(SCOPES[scope] for scope in scopes + more)
        + URGENCY_OF_SOURCE.get(source, 0)
        + URGENCY_OF_TIER.get(tier, 0)
        + 0.9 * (rng.random() + rng.random() - 1)
    )
    return {
        "title": title,
        "description": description,
        "source": "" if rng.random() < NO_SOURCE else source,
        "tier": "" if rng.random() < NO_TIER else tier,
        "priority": "high" if grave > HIGH_FROM else "low" if grave < LOW_BELOW else "medium",
    }


def draw_by(rng: random.Random, weights: dict[str, tuple[int, ...]], passed: float) -> str:
    """Draw a name by weights that move evenly from the first day's to the last day's."""
    moved = [first + passed * (last - first) for first, last in weights.values()]
    return rng.choices(list(weights), moved)[0]


def describe(rng: random.Random, topic: str, *, longest: bool) -> tuple[str, list[str]]:
    """Compose a description, and say which scopes it names; a few are missing or very long."""
    if rng.random() < NO_DESCRIPTION and not longest:
        return "", []
    family = "abroad" if rng.random() < ABROAD else f"{topic}-more"
    text, scopes = compose(rng, family)
    sign, _ = compose(rng, "sign")
    text = f"{text}\n{sign}" if sign else text
    for rate, change in HABITS:
        text = change(text) if rng.random() < rate else text
    if longest or rng.random() < LONG_RATE:
        lines = LONGEST_LINES if longest else rng.randint(*LINES)
        text += "\r\n" + "\r\n\t".join(compose(rng, "trace")[0] for _ in range(lines))
    return text, scopes


def compose(rng: random.Random, family: str) -> tuple[str, list[str]]:
    """Fill a production of the family until nothing is left to choose; and name its scopes."""
    text, scopes = f"{{{family}}}", []
    while match := SLOT.search(text):
        if match[2] in SCOPES:
            scopes.append(match[2])
        text = text[: match.start()] + fill(rng, match) + text[match.end() :]
    text = " ".join(text.split()).strip()
    return SENTENCE_START.sub(lambda start: start[1] + start[2].upper(), text), scopes


def fill(rng: random.Random, slot: re.Match[str]) -> str:
    """Draw what replaces a slot; the first words of a table are the common ones."""
    choice, name = slot.groups(default="")
    if not name:
        return rng.choice(choice.split("|"))
    if name in PRODUCTIONS:
        return rng.choice(PRODUCTIONS[name])
    words = VOCABULARY[name.lower()]
    word = words[int(len(words) * rng.random() * rng.random())]
    return word[0].upper() + word[1:] if name[0].isupper() else word


def timestamps(rng: random.Random) -> list[str]:
    """Return ascending timestamps, nearly equally many on each day."""
    stamps = sorted(
        START + timedelta(days=position * DAYS // TICKETS, minutes=rng.randrange(24 * 60))
        for position in range(TICKETS)
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
    balance = Counter(row["priority"] for row in table)
    shares = ", ".join(f"{name} {count}" for name, count in sorted(balance.items()))
    print(f"{path.name}: {len(table)} rows ({shares})")


if __name__ == "__main__":
    write(Path(__file__).with_name("table.csv"))
