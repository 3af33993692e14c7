"""What a model's versions take in Git, and what a year more of them will."""

import zlib
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.artifacts import Paths
from pipeline.card import CARD, read_card
from pipeline.errors import RegistryError
from pipeline.registry import MODEL, versions

MEGABYTE = 1_000_000
YEAR = timedelta(days=365)
# Two versions of one afternoon say nothing about a year.
SHORTEST = timedelta(days=7)


def megabytes(paths: Paths) -> float:
    """Sum up what the registry of a model takes in the checkout."""
    sizes = [place.stat().st_size for place in paths.registry.rglob("*") if place.is_file()]
    return round(sum(sizes) / MEGABYTE, 3)


def megabytes_a_year(paths: Paths) -> float | None:
    """
    Forecast what a year of new versions adds to Git, at the pace so far.

    Each is taken to be as large as the newest, deflated on its own. Where Git finds it to be like
    the one before, it takes less; what a run keeps in artifacts/ comes on top. None while there is
    no pace to speak of: fewer than two versions, or less than a week between first and last.

    Raises:
        RegistryError: A card is damaged.
    """
    there = versions(paths)
    if len(there) < 2:
        return None
    first, last = (_created(paths, version) for version in (there[0], there[-1]))
    if last - first < SHORTEST:
        return None
    a_year = (len(there) - 1) * (YEAR / (last - first))
    return round(a_year * _deflated(paths.registry / there[-1]) / MEGABYTE, 1)


def _created(paths: Paths, version: str) -> datetime:
    created = str(read_card(paths, version).fields.get("created", ""))
    try:
        return datetime.fromisoformat(created)
    except ValueError as error:
        raise RegistryError(
            f"the card of {version} says `{created[:40]}` for when it was created",
            hint="restore it from Git",
        ) from error


def _deflated(folder: Path) -> int:
    places = [folder / name for name in (MODEL, CARD)]
    return sum(len(zlib.compress(place.read_bytes())) for place in places if place.exists())
