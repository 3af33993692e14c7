"""What time it is; `SOURCE_DATE_EPOCH` stops the clock, as reproducible-builds.org has it."""

import os
from datetime import UTC, datetime

from pipeline.errors import RunError

VARIABLE = "SOURCE_DATE_EPOCH"


def now() -> datetime:
    """
    Tell the time, in UTC, to the second.

    Raises:
        RunError: The variable that stops the clock is no number of seconds.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise RunError(
            f"the environment variable {VARIABLE} is `{text[:40]}`",
            hint="write seconds since 1970, or unset it",
        ) from error


def stamp(moment: datetime) -> str:
    """Write a moment as `2026-01-31T12:00:00Z`."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
