"""What the site takes over as it is: hand-written content, scripts, styles, schemas."""

from collections.abc import Iterator
from pathlib import Path

SITE = Path(__file__).parents[2] / "site"
"""The site's sources, of the checkout that the engine is in."""

_SCHEMAS = Path(__file__).parents[2] / "modelpress" / "schemas"


def source_files() -> Iterator[tuple[str, bytes]]:
    """Copy `site/content` to the top, `site/assets` and every JSON Schema below it."""
    yield from _below(SITE / "content", "")
    yield from _below(SITE / "assets", "assets/")
    for folder in (_SCHEMAS, SITE / "schemas"):
        for place in sorted(folder.glob("*.schema.json")):
            yield f"schemas/{place.name}", place.read_bytes()


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Walk a folder; what is hidden, an editor's file say, is nobody's business."""
    for place in sorted(folder.rglob("*")):
        below = place.relative_to(folder)
        if place.is_file() and not any(part.startswith(".") for part in below.parts):
            yield f"{prefix}{below.as_posix()}", place.read_bytes()
