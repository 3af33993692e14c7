"""
Golden rows: inputs made from the signature, never taken from the table.

They are published with the model, so no customer's row may be among them.
"""

import random
from typing import Any

from modelpress.signature import Input, Signature

COUNT = 16

# Words that belong to nobody; together with some of the model's own terms they make texts.
_LEXICON = (
    *("hello", "please", "meet", "tomorrow", "price", "offer", "winner", "account", "update"),
    *("lunch", "today", "café", "naïve", "£20", "€5", "привет", "世界", "ready", "station"),
    *("signal", "report", "urgent", "thanks", "monday", "evening", "0900", "number", "question"),
)


def golden_rows(signature: Signature, terms: list[str], seed: int) -> list[dict[str, Any]]:
    """Make rows: a typical one, one with everything missing, and mixtures of the rest."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    words = [*_LEXICON, *sorted(term for term in terms if term.isalpha() and len(term) < 12)]
    rows: list[dict[str, Any]] = [
        {x.name: x.typical if x.kind != "text" else "hello" for x in signature.inputs}
    ]
    rows.append({x.name: None for x in signature.inputs})
    while len(rows) < COUNT:
        rows.append({x.name: _value(dice, x, words) for x in signature.inputs})
    return rows


def _value(dice: random.Random, field: Input, words: list[str]) -> float | str | None:
    if dice.random() < 0.1:
        return None
    if field.kind == "numeric":
        low, high = field.range or (0.0, 1.0)
        return float(f"{dice.uniform(low, high):.6g}")
    if field.kind == "categorical":
        return dice.choice((*field.categories, *field.categories, "never seen"))
    return " ".join(dice.choices(words, k=dice.randint(3, 15))).capitalize()
