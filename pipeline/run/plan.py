"""Which models are not up to date, by `dvc status`."""

from typing import Any

# What a fresh clone lacks is no change: `repro --allow-missing` would skip it, too.
_MISSING = {"deleted", "not in cache"}


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
