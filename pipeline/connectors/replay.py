"""Recorded deliveries in place of a service: the same code, and no network."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.connectors.delivery import Delivery
from pipeline.connectors.file import fetch
from pipeline.errors import DataError


@dataclass(frozen=True)
class Recorded:
    """One recorded delivery."""

    path: Path

    def fetch(self, etag: str = "") -> Delivery | None:  # noqa: ARG002 - a record has no etag
        """Read the file."""
        return fetch(str(self.path))


def recorded(folder: Path, source: str) -> list[Recorded]:
    """
    Find what was recorded of a source, oldest first by name.

    That is `<source>.json`, `<source>-*.json`, and all files of a folder `<source>`.

    Raises:
        DataError: There is nothing.
    """
    patterns = (f"{source}.json", f"{source}-*.json", f"{source}/*.json")
    found = sorted(path for pattern in patterns for path in folder.glob(pattern))
    if not found:
        raise DataError(
            f"nothing is recorded of the source `{source}`",
            hint=f"lay {', '.join(patterns)} there",
            path=str(folder),
        )
    return [Recorded(path) for path in found]
