"""
Objects of DVC's cache whose bytes are not those that their names say.

DVC restores them without a word, also over what a stage has just made. They are worth nothing, so
they go, and so does what was restored from them: the next run makes it again.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline.artifacts import shown
from pipeline.lockfile import STAGES, outputs, read_entries

CACHE = Path(".dvc", "cache", "files", "md5")


def discard_damaged(root: Path, models: Iterable[str]) -> list[str]:
    """
    Discard the damaged objects among those that the lock names for some models.

    Returns:
        What they stood for, as the user would type it.

    Raises:
        RegistryError: The lock is not one as DVC writes it.
    """
    entries = read_entries(root / "dvc.lock")
    named = [entries.get(f"{stage}@{model}", "") for model in models for stage in STAGES]
    made = {place: md5 for entry in named for place, md5 in outputs(entry).items()}
    return [shown(root / place) for place, md5 in made.items() if _discarded(root, place, md5)]


def _discarded(root: Path, place: str, md5: str) -> bool:
    kept, restored = root / CACHE / md5[:2] / md5[2:], root / place
    found = digest(kept)
    if found in {"", md5}:
        return False
    kept.unlink()
    if digest(restored) == found:
        restored.unlink()
    return True


def digest(place: Path) -> str:
    """Digest a file as DVC does; empty if there is none."""
    if not place.is_file():
        return ""
    with place.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
