"""JSON as services send it: their envelopes, and every form in which they write a moment."""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import DataError

# An offset and a Z behind it, as CityBikes writes since 2025.
_OFFSET_AND_Z = re.compile(r"(?<=[+-]\d\d:\d\d)Z$")
_MILLISECONDS_FROM = 1e11
_LONGEST_SHOWN = 60


def read_object(content: bytes, name: str) -> dict[str, Any]:
    """
    Read a payload that is one JSON object.

    Raises:
        DataError: It is something else, such as the page of a proxy.
    """
    try:
        found = json.loads(content, parse_constant=lambda _: None)
    except (RecursionError, ValueError) as error:
        raise _no_object(content, name) from error
    if not isinstance(found, dict):
        raise _no_object(content, name)
    return found


def _no_object(content: bytes, name: str) -> DataError:
    begins = content[:_LONGEST_SHOWN].decode("utf-8", "replace").strip()
    return DataError(
        f"this is no JSON object; it begins `{begins}`", hint="try again later", path=name
    )


def moment(value: object) -> datetime:
    """
    Read a moment in UTC: ISO 8601 with an offset, a Z, or both; or seconds or milliseconds.

    Raises:
        ValueError: It is none, or names no offset.
    """
    number = _number(value)
    if number is not None:
        return _since_1970(number)
    if not isinstance(value, str):
        raise ValueError(f"`{value!r}` is no moment")  # noqa: TRY004 - one error for what cannot be read
    # Where both stand, the offset is what the clock of the service said; the Z is a habit.
    found = datetime.fromisoformat(_OFFSET_AND_Z.sub("", value.strip()))
    if found.tzinfo is None:
        raise ValueError(f"`{value}` names no offset from UTC")
    return _utc(found)


def told_moment(value: object) -> datetime | None:
    """Read a moment; None if nothing is told, or nothing that can be read."""
    try:
        return moment(value)
    except ValueError:
        return None


def local_moment(value: object, offset_seconds: float) -> datetime:
    """
    Read a moment beside an offset: local time without one of its own, or seconds in UTC.

    Raises:
        ValueError: It is none.
    """
    if isinstance(value, str) and _number(value) is None:
        found = datetime.fromisoformat(_OFFSET_AND_Z.sub("", value.strip()))
        if found.tzinfo is None:
            return _since_1970(found.replace(tzinfo=UTC).timestamp() - offset_seconds)
    return moment(value)


def _number(value: object) -> float | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        # `20250110` is a day in ISO 8601, and no second of 1970.
        return float(value) if len(value.strip()) > len("20250110") else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _since_1970(seconds: float) -> datetime:
    if not math.isfinite(seconds) or seconds <= 0:
        raise ValueError(f"`{seconds}` is no moment")
    try:
        return datetime.fromtimestamp(
            seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, UTC
        )
    except (OverflowError, OSError) as error:
        raise ValueError(f"`{seconds}` is no moment") from error


def _utc(found: datetime) -> datetime:
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"`{found}` is beyond the calendar") from error
