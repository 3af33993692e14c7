"""Timestamps of any source as UTC."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.config.sources import Timestamp
from pipeline.errors import DataError


def to_utc(texts: list[str], block: Timestamp, name: str) -> list[str]:
    """
    Write every timestamp as `2026-01-31T12:00:00Z`; an empty one stays empty.

    Raises:
        DataError: One is not of the declared format, or names no offset where no zone is declared.
    """
    zone = _zone(block.timezone)
    return [_one(text, block, zone, (name, i)) for i, text in enumerate(texts, 1)]


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    # A folder of zones, such as `Europe`, is an OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DataError(
            f"data.timestamp.timezone: there is no time zone `{name}`",
            hint="for example UTC, or Europe/Vienna",
        ) from error


def _one(text: str, block: Timestamp, zone: tzinfo | None, place: tuple[str, int]) -> str:
    if not text:
        return ""
    name, row = place
    said = f"row {row}, column `{block.column}`: `{text[:40]}`"
    try:
        moment = _moment(text, block, zone)
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"{said} is not of the format {block.format}",
            hint="name the format under data.timestamp.format",
            path=name,
        ) from error
    if moment is None:
        raise DataError(
            f"{said} names no offset from UTC",
            hint="name the zone under data.timestamp.timezone, for example UTC",
            path=name,
        )
    # Not by `strftime`: it writes the year 999 with three digits.
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def _moment(text: str, block: Timestamp, zone: tzinfo | None) -> datetime | None:
    """Give the moment in UTC; None if neither the text nor the block names an offset."""
    iso = block.format == "iso"
    # The zone of the second comes below.
    moment = datetime.fromisoformat(text) if iso else datetime.strptime(text, block.format)  # noqa: DTZ007
    if moment.tzinfo is None:
        if zone is None:
            return None
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)
