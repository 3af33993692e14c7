"""What a day's file says of the rows that arrived, in words."""

from collections.abc import Mapping
from typing import Any


def faults_of(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what is wrong with the feed on a day; nothing if all is well."""
    quality = told["quality"]
    found = [f"{day}: {fault}" for day, fault in quality["faults"].items()]
    found += [f"`{name}` has no column" for name in quality["absent"]]
    found += [
        f"`{name}`: {_many(count, 'value is', 'values are')} no number"
        for name, count in quality["unreadable"].items()
    ]
    for count, words in (
        (len(quality["days_without_rows"]), ("day", "days", "of the longest window without rows")),
        (len(quality["unmonitored"]), ("day", "days", "before were not watched")),
        (quality["strange_labels"], ("label is", "labels are", "no class, or no number")),
        (quality["ahead"], ("row is", "rows are", "from after their day")),
        (quality["repeated"], ("row", "rows", "had been there before")),
    ):
        if count:
            found.append(f"{_many(count, *words[:2])} {words[2]}")
    if quality["too_few"]:
        found.append("too few rows to judge drift")
    return tuple(found)


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
