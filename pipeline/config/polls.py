"""The block about polls: how snapshots of stations become a table."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from pipeline.config.strict import Strict

Minutes = Annotated[int, Field(ge=1)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    # A folder of zones, such as `Europe`, is an OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone `{name}`") from error
    return name


class Polls(Strict):
    """Snapshots of a network, taken again and again, as rows of station and moment."""

    of: str = ""
    """Another model whose polls these are; empty: the model's own sources are polled."""
    horizon_minutes: Minutes = 60
    """How far ahead the target lies."""
    tolerance_minutes: Minutes = 15
    """How far a poll may be off the moment that is asked for."""
    lags_minutes: Annotated[tuple[Minutes, ...], Field(strict=False)] = (60, 1380)
    """How far back a row looks; `change` is the difference to the first."""
    window_days: Annotated[int, Field(ge=1)] = 28
    """The newest whole days that the table has."""
    least_days: Annotated[int, Field(ge=1)] = 3
    """Whole days before which a table that is there stays as it is."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """Whose clocks tell hour and day of the week."""
