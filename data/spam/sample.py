"""
Write the spam sample: 5,000 invented short messages, about one in seven of them spam.

A small grammar composes them; no sentence comes from a real set, and phone numbers and addresses
are those reserved for fiction. Planted quirks: repeats, near repeats, wrong labels, typos,
text-speak, many scripts, line breaks, two empty texts, and grey messages that either side may send.
Spam drifts over the 120 days: crypto offers fade in, ringtone offers fade out.
"""

import csv
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 232
MESSAGES = 5_000
SPAM_RATE = 0.14
REPEAT_RATE, NEAR_REPEAT_RATE = 0.06, 0.012
# Ham that a hasty reader took for spam, and spam that was let pass.
MISLABELLED = {"ham": 36, "spam": 14}
EMPTY_AT = (1_203, 3_871)
DAYS = 120
START = datetime(2026, 7, 1, tzinfo=UTC)
WAKING_MINUTE, SLEEPING_MINUTE = 6 * 60, 24 * 60
COLUMNS = ("row_id", "timestamp", "text", "label")

# The weight of each family on the first and on the last day.
FAMILIES = {
    "ham": "chat 68 68, joke 5 5, delivery 5 5, passcode 4 4, bank 5 5, news 5 5, school 2 2,"
    " health 1 1, abroad 3 3, forward 1 1, list 1 1, long 1 1, short 1 1, grey 3 3",
    "spam": "prize 20 18, loan 15 14, dating 10 10, ringtone 20 2, crypto 1 20, phish 14 15,"
    " parcel 10 11, job 6 7, grey 8 8",
}

SHORTHAND = (
    "you=u are=r your=ur to=2 for=4 see=c tomorrow=2moro tonight=2nite please=pls be=b later=l8r"
    " about=abt with=wiv what=wot and=& why=y before=b4 text=txt weekend=wkend have=av You=U Are=R"
    " Please=Pls Text=Txt Sorry=Soz great=gr8 because=cos thanks=thx"
)
LEET = str.maketrans("eiosEIOS", "31053105")
SLOT = re.compile(r"\[([^\[\]]*)\]|\{(\w+)\}")
SENTENCE_START = re.compile(r"(^|[.!?] )(?!http|www|example)([a-z])")

Message = tuple[str, str]
Change = Callable[[str], str]


def abbreviate(text: str) -> str:
    """Write text-speak."""
    short = dict(pair.split("=") for pair in SHORTHAND.split())
    return " ".join(short.get(word, word) for word in text.split(" "))


def drop_points(text: str) -> str:
    """Leave out apostrophes and the last full stop."""
    return text.replace("'", "").rstrip(".!")


# How often a sender of ham and one of spam does so: to a word, and to the whole text.
WORD_HABITS: tuple[tuple[float, float, Change], ...] = (
    (0.06, 0.03, lambda word: word[0] + word[2] + word[1] + word[3:]),
    (0.06, 0.03, lambda word: word[:2] + word[3:]),
    (0.05, 0.35, str.upper),
    (0.00, 0.07, lambda word: word.translate(LEET)),
)
TEXT_HABITS: tuple[tuple[float, float, Change], ...] = (
    (0.25, 0.12, abbreviate),
    (0.18, 0.05, drop_points),
    (0.20, 0.05, str.lower),
    (0.01, 0.05, str.upper),
    (0.02, 0.01, lambda text: text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")),
    (0.006, 0.012, lambda text: text.replace(" ", "\N{NO-BREAK SPACE}", 1)),
    (0.15, 0.15, lambda text: unicodedata.normalize("NFD", text)),
)


def read_tables(file: str, separator: str) -> dict[str, list[str]]:
    """Read lines of `name: entries`; lines of the same name add up."""
    tables: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(file).read_text("utf-8").splitlines():
        name, _, entries = line.partition(": ")
        tables.setdefault(name, []).extend(entries.split(separator))
    return tables


# One production a line: {name} comes from a table, [a|b] is a choice, ~ and # are digits (~ from 1
# on), ^ breaks the line.
PRODUCTIONS = read_tables("grammar.txt", "\n")
VOCABULARY = read_tables("words.txt", ", ")


def rows() -> list[dict[str, str]]:
    """Return the whole table, oldest row first."""
    rng = random.Random(SEED)
    messages = mislabel(rng, write_messages(rng))
    return [
        {"row_id": f"r{number:06d}", "timestamp": stamp, "text": text, "label": label}
        for number, (stamp, (label, text)) in enumerate(
            zip(timestamps(rng), messages, strict=True), start=1
        )
    ]


def write_messages(rng: random.Random) -> list[Message]:
    """Return the messages in the order of their sending, rightly labelled."""
    messages = [new_message(rng, 0, {""})]
    known = {"", messages[0][1]}
    for position in range(1, MESSAGES):
        draw = rng.random()
        if position in EMPTY_AT:
            messages.append(("ham", ""))
        elif draw < REPEAT_RATE:
            messages.append(rng.choice(messages))
        elif draw < REPEAT_RATE + NEAR_REPEAT_RATE:
            label, text = rng.choice(messages)
            messages.append((label, rng.choice((str.upper, str.lower, drop_points))(text)))
        else:
            messages.append(new_message(rng, position / MESSAGES, known))
    return messages


def new_message(rng: random.Random, passed: float, known: set[str]) -> Message:
    """Return a message not known yet, when `passed` of the 120 days have passed."""
    label = "spam" if rng.random() < SPAM_RATE else "ham"
    text = ""
    while text in known:
        text = wear(rng, label, compose(rng, draw_family(rng, label, passed)))
    known.add(text)
    return label, text


def draw_family(rng: random.Random, label: str, passed: float) -> str:
    """Draw a family by weights that move evenly from the first day's to the last day's."""
    families = [family.split() for family in FAMILIES[label].split(",")]
    weights = [int(first) + passed * (int(last) - int(first)) for _, first, last in families]
    return rng.choices([name for name, _, _ in families], weights)[0]


def compose(rng: random.Random, family: str) -> str:
    """Fill a production of the family until nothing is left to choose."""
    text = f"{{{family}}}"
    while match := SLOT.search(text):
        text = text[: match.start()] + fill(rng, match) + text[match.end() :]
    text = re.sub("[#~]", lambda sign: str(rng.randrange(sign[0] == "~", 10)), text)
    text = re.sub(r"\ba (?=[aeiou])", "an ", " ".join(text.split()))
    return SENTENCE_START.sub(lambda start: start[1] + start[2].upper(), text).replace("^", "\n")


def fill(rng: random.Random, slot: re.Match[str]) -> str:
    """Draw what replaces a slot; the first words of a table are the common ones."""
    choice, name = slot.groups(default="")
    if not name:
        return rng.choice(choice.split("|"))
    if name in PRODUCTIONS:
        return rng.choice(PRODUCTIONS[name])
    return VOCABULARY[name][int(len(VOCABULARY[name]) * rng.random() * rng.random())]


def wear(rng: random.Random, label: str, text: str) -> str:
    """Pass the text through its sender's habits."""
    for ham_rate, spam_rate, change in WORD_HABITS:
        if rng.random() < (ham_rate if label == "ham" else spam_rate):
            text = change_a_word(rng, text, change)
    for ham_rate, spam_rate, change in TEXT_HABITS:
        if rng.random() < (ham_rate if label == "ham" else spam_rate):
            text = change(text)
    return text


def change_a_word(rng: random.Random, text: str, change: Change) -> str:
    """Change one plain word; addresses and numbers stay as they are."""
    words = text.split(" ")
    plain = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if plain:
        place = rng.choice(plain)
        words[place] = change(words[place])
    return " ".join(words)


def mislabel(rng: random.Random, messages: list[Message]) -> list[Message]:
    """Give some messages of each label the other one."""
    other = {"ham": "spam", "spam": "ham"}
    wrong = set()
    for label, count in MISLABELLED.items():
        labelled = [place for place, message in enumerate(messages) if message[0] == label]
        wrong.update(rng.sample(labelled, count))
    return [
        (other[label] if place in wrong else label, text)
        for place, (label, text) in enumerate(messages)
    ]


def timestamps(rng: random.Random) -> list[str]:
    """Return ascending timestamps, nearly equally many on each day."""
    stamps = sorted(
        START
        + timedelta(
            days=position * DAYS // MESSAGES, minutes=rng.randrange(WAKING_MINUTE, SLEEPING_MINUTE)
        )
        for position in range(MESSAGES)
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
    balance = Counter(row["label"] for row in table)
    shares = ", ".join(f"{name} {count}" for name, count in sorted(balance.items()))
    print(f"{path.name}: {len(table)} rows ({shares})")


if __name__ == "__main__":
    write(Path(__file__).with_name("table.csv"))
