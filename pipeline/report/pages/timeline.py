"""Who was in production when, as bars along days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pipeline.charts.ticks import date_ticks
from pipeline.report.facts import Facts, Term

_LONGEST = 180  # days that are drawn; the tables have the rest
_SHORTEST = 14


@dataclass(frozen=True)
class Bar:
    """A term within the drawn days: where it begins and how wide it is, in percent."""

    term: Term
    left: float
    width: float

    @property
    def narrow(self) -> bool:
        """Whether its name does not fit."""
        return self.width < 6

    @property
    def kind(self) -> str:
        """Classes for the style sheet."""
        kinds = {"now": not self.term.until, "back": self.term.rollback, "narrow": self.narrow}
        return " ".join(kind for kind, holds in kinds.items() if holds)


@dataclass(frozen=True)
class Span:
    """The days that are drawn, the last one included."""

    first: date
    last: date

    def at(self, day: date) -> float:
        """Say where a day begins, in percent."""
        return 100 * (day - self.first).days / ((self.last - self.first).days + 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places and words for an axis."""
        return [
            (self.at(date.fromordinal(int(tick.value))), tick.text)
            for tick in date_ticks(self.first, self.last)
        ]

    def bars(self, terms: Sequence[Term]) -> list[Bar]:
        """Draw terms; one of nothing is a gap, one of before is cut."""
        drawn = []
        for term in terms:
            start = max(date.fromisoformat(term.since[:10]), self.first)
            day_after = (
                date.fromisoformat(term.until[:10]) if term.until else self.last + timedelta(1)
            )
            left, right = self.at(start), min(self.at(day_after), 100.0)
            if term.version and day_after > self.first:
                drawn.append(Bar(term, round(left, 2), round(max(right - left, 0.6), 2)))
        return drawn


def span(facts: Facts) -> Span | None:
    """Choose the days to draw: from the first term to the site's moment, half a year at most."""
    since = [date.fromisoformat(t.since[:10]) for one in facts.models for t in one.terms]
    if not since:
        return None
    last = max([*since, *([_day(facts.built)] if facts.built else [])])
    first = min(*since, last - timedelta(_SHORTEST))
    return Span(max(first, last - timedelta(_LONGEST)), last)


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(UTC).date()
