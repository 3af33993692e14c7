"""Round places on an axis, for numbers and for days."""

import math
from datetime import date, timedelta
from typing import NamedTuple

_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_ROUND = ((1, 1.5), (2, 3.5), (5, 7.5))  # a step, and up to where it is the nearest
_WEEKS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


class Tick(NamedTuple):
    """A place on an axis and the words beside it."""

    value: float
    text: str


def number_ticks(low: float, high: float, most: int = 5) -> tuple[Tick, ...]:
    """
    List round numbers from `low` to `high`, a 1, 2 or 5 times a power of ten apart.

    There may be none where two numbers have no round one between them.
    """
    step = _step(high / most - low / most)
    if step <= 0 or not math.isfinite(low / step):
        return ()
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [number * step for number in range(first, min(last, first + 2 * most) + 1)]
    told = {_text(value, step): value for value in reversed(values)}
    return tuple(Tick(value, text) for text, value in reversed(told.items()))


def _step(wanted: float) -> float:
    """The round step that is nearest to one."""
    if wanted <= 0 or not math.isfinite(wanted):
        return 0.0
    size = 10.0 ** math.floor(math.log10(wanted))
    return next((k * size for k, most in _ROUND if wanted / size < most), 10 * size)


def _text(value: float, step: float) -> str:
    """Write a number with the places its step has."""
    if value == 0:
        return "0"
    if not 1e-5 <= abs(step) <= 1e14:
        return f"{value:.6g}"
    unit, suffix = next(
        ((unit, suffix) for unit, suffix in _SUFFIXES if abs(value) >= unit * 10), (1.0, "")
    )
    places = max(0, -math.floor(math.log10(step / unit) + 1e-9))
    return f"{value / unit:.{places}f}{suffix}".replace("-", "\N{MINUS SIGN}")


def date_ticks(first: date, last: date, most: int = 6) -> tuple[Tick, ...]:
    """List days from `first` to `last`: Mondays or firsts of months, where that is enough."""
    days = (last - first).days
    for step in _WEEKS:
        if days // step < most:
            return tuple(Tick(day.toordinal(), _day(day)) for day in _days(first, last, step))
    for months in _MONTHS:
        found = _firsts(first, last, months)
        if len(found) <= most:
            break
    return tuple(Tick(day.toordinal(), _month(day, months)) for day in found)


def _days(first: date, last: date, step: int) -> list[date]:
    start = first + timedelta(days=-first.weekday() % 7) if step >= 7 else first
    return [start + timedelta(days=n) for n in range(0, (last - start).days + 1, step)]


def _firsts(first: date, last: date, months: int) -> list[date]:
    """List firsts of months whose number since year 0 is a multiple of `months`."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    numbers = range(start - start % months, end + 1, months)
    days = (date(number // 12, number % 12 + 1, 1) for number in numbers if number >= 12)
    return [day for day in days if first <= day]


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _month(day: date, months: int) -> str:
    if months >= 12:
        return str(day.year)
    return f"{day:%b} {day.year}" if day.month == 1 else f"{day:%b}"
