"""Which models are not up to date, by `dvc status`."""

import re
from pathlib import Path
from typing import Any

from pipeline.errors import RegistryError
from pipeline.lockfile import STAGES

# What a fresh clone lacks is no change: `repro --allow-missing` would skip it, too.
_MISSING = {"deleted", "not in cache"}
# What the last stage writes: of a file that was cut, the first thing that is gone.
_LAST = re.compile(r"gate\.json:\n +cache: false\n +persist: true$", re.MULTILINE)


def require_stages(root: Path) -> None:
    """
    Refuse a `dvc.yaml` without one of the stages, or the end of the last.

    DVC takes what is left of it, and to DVC a repository without stages is up to date.

    Raises:
        RegistryError: It is cut, or there is none.
    """
    place = root / "dvc.yaml"
    if not place.exists():
        hint = "restore it from Git"
        raise RegistryError("there is no such file", hint=hint, path=place.name)
    text = place.read_text(encoding="utf-8", errors="replace")
    lost = [stage for stage in STAGES if not re.search(rf"^  {stage}:$", text, re.MULTILINE)]
    if lost:
        message = f"it has no stage `{lost[0]}`"
        raise RegistryError(message, hint="restore it from Git", path=place.name)
    if not _LAST.search(text):
        message = "it is cut: the stage `gate` does not write gate.json"
        raise RegistryError(message, hint="restore it from Git", path=place.name)


def stale_models(changed: dict[str, list[Any]], models: list[str]) -> list[str]:
    """Pick the models of which a stage has changed by more than missing files."""
    stale = {
        stage.partition("@")[2]
        for stage, entries in changed.items()
        if any(_is_change(entry) for entry in entries)
    }
    return [model for model in models if model in stale]


def _is_change(entry: str | dict[str, dict[str, Any]]) -> bool:
    if isinstance(entry, str):  # "changed command"
        return True
    # A parameters file is told as a mapping of its own, parameter by parameter.
    states = [state for files in entry.values() for state in files.values()]
    return any(isinstance(state, dict) or state not in _MISSING for state in states)
