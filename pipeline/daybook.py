"""
`monitoring/<model>/YYYY-MM-DD.json`: what was seen of a model on a day.

Its JSON Schema is `modelpress/schemas/monitoring.schema.json`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pipeline.alerts import Alert, read_alerts
from pipeline.artifacts import Paths, read_json, shown, write_json
from pipeline.errors import RegistryError


@dataclass(frozen=True)
class Figure:
    """A metric of a window; null where it is not defined."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Test:
    """A drift test: the effect in its own unit, and how sure it is, corrected for their number."""

    feature: str
    test: str
    value: float
    limit: float
    p: float
    fired: bool


@dataclass(frozen=True)
class Quality:
    """
    What is to be said of the feed.

    Attributes:
        days_without_rows: Days of the longest window that have no file, or one without rows.
        unmonitored: Days since the last file of `monitor`: a gap, or a clock that jumped.
        faults: Why a day's file could not be read.
        absent: Features without a column today.
        unreadable: Values that are no numbers today, by feature; they count as missing.
        missing: Share of missing values today, by feature.
        strange_labels: Targets that are no class, or no number.
        ahead: Rows with a timestamp after their day.
        repeated: Rows whose id had been there before in the window; the first stands.
        labelled: Rows of the longest window whose truth is known.
        too_few: Whether the first window has too few rows to judge drift.
    """

    days_without_rows: list[str]
    unmonitored: list[str]
    faults: dict[str, str]
    absent: list[str]
    unreadable: dict[str, int]
    missing: dict[str, float]
    strange_labels: int
    ahead: int
    repeated: int
    labelled: int
    too_few: bool


@dataclass(frozen=True)
class Service:
    """
    How a deployed service answered; a measurement, not replayed.

    Attributes:
        url: Host and path alone.
        availability: Share of the requests that were answered rightly and in time.
        p95_ms: Time in which 95 of 100 answers were there; null if there was none.
        golden: Whether a golden row was answered as the card says.
    """

    url: str
    requests: int
    availability: float
    p95_ms: float | None
    golden: bool


@dataclass(frozen=True)
class DayFile:
    """
    A day.

    Attributes:
        rows: That arrived on that day.
        windows: Metrics by window, `7d` and so on; the rows whose truth is known.
        predictions: What was told, by window: counts by label, or in the card's bins.
        drift: The first window against the card's reference.
        estimate: Metrics of the longest window as they are expected to be, whatever is known.
        alert: By cause.
    """

    schema: Literal[1]
    model: str
    date: str
    version: str
    rows: int
    windows: dict[str, dict[str, Figure]]
    predictions: dict[str, dict[str, list[int] | list[float] | list[str]]]
    quality: Quality
    drift: list[Test]
    estimate: dict[str, Figure]
    alert: dict[str, Alert]
    service: Service | None = None


def place_of(paths: Paths, day: date) -> Path:
    """Name a day's file."""
    return paths.monitoring / f"{day.isoformat()}.json"


def write_day(paths: Paths, file: DayFile) -> None:
    """Write a day's file."""
    write_json(paths.monitoring / f"{file.date}.json", asdict(file))


def watched_days(paths: Paths) -> list[date]:
    """List the days that have a file, the oldest first."""
    if not paths.monitoring.is_dir():
        return []
    return sorted(
        day for place in paths.monitoring.glob("*.json") if (day := _day(place.stem)) is not None
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_day(paths: Paths, day: date) -> Mapping[str, Any] | None:
    """
    Read a day's file; None if there is none.

    Raises:
        RegistryError: It is damaged.
    """
    place = place_of(paths, day)
    if not place.exists():
        return None
    fields = read_json(place)
    if not isinstance(fields, dict) or not isinstance(fields.get("alert"), dict):
        hint = "restore it from Git, or remove it and watch the day again"
        raise RegistryError("this is no day of `monitor`", hint=hint, path=shown(place))
    return fields


def alerts_of(paths: Paths, day: date | None) -> dict[str, Alert]:
    """
    Read what was known of every cause on a day; nothing without a day.

    Raises:
        RegistryError: The day's file is damaged.
    """
    fields = read_day(paths, day) if day else None
    if fields is None or day is None:
        return {}
    try:
        return read_alerts(fields["alert"])
    except (AttributeError, TypeError, ValueError) as error:
        raise RegistryError(
            f"its alerts are damaged: {error}",
            hint="restore it from Git, or remove it and watch the day again",
            path=shown(place_of(paths, day)),
        ) from error
