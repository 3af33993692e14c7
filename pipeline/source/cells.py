"""Typed values of workbooks, Parquet and JSON as the text of a table."""

import math
from datetime import date, datetime, time
from decimal import Decimal


def text_of(value: object) -> str | None:
    """
    Write a value as a table has it: nothing for what is missing, a whole number without a point.

    Returns:
        None for a value that has no place in a field, such as a list.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return _number(float(value))
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value) if isinstance(value, str | int) else None


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    # Excel keeps every number as a float, ids and codes as well.
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
