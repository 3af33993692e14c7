"""Names of features made from names of columns, and words as YAML wants them."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import count

from pipeline.config.block import FEATURE_PATTERN
from pipeline.table import ROW_ID, TIMESTAMP

RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""What YAML, of one version or another, does not take for a word."""

_LONGEST = 60


def feature_names(columns: Sequence[str], taken: Iterable[str]) -> dict[str, str]:
    """
    Give every column the name of a feature: its own, or one made from it.

    Args:
        columns: The columns that become features.
        taken: Names that no feature may have: the target's, the model's outputs.
    """
    refused = {*taken, ROW_ID, TIMESTAMP}
    names = {x: x for x in columns if re.fullmatch(FEATURE_PATTERN, x) and x not in refused}
    # A made name may be no column's either: a source could deliver both.
    used = refused | set(columns)
    for column in columns:
        if column not in names:
            names[column] = _free(_made(column), used)
            used.add(names[column])
    return names


def _made(column: str) -> str:
    """Spell a name in letters, digits and underscores: `Größe (cm)` becomes `grosse_cm`."""
    plain = unicodedata.normalize("NFKD", column.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")
    return (name if re.match(r"[a-z]", name) else f"x_{name}".rstrip("_"))[:_LONGEST]


def _free(name: str, used: set[str]) -> str:
    if name not in used:
        return name
    return next(found for i in count(2) if (found := f"{name}_{i}") not in used)


def word(text: str) -> str:
    """Quote what YAML would not take for a plain word."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", text) and text.lower() not in RESERVED:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


def flow(fields: dict[str, str]) -> str:
    """Write fields in one line."""
    return "{" + ", ".join(f"{key}: {word(value)}" for key, value in fields.items()) + "}"


def said(text: str) -> str:
    """Fit a column's name or value into a comment of one line."""
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST]
