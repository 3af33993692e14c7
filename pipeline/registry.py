"""
The versions of a model, as folders.

    models/<model>/production           one line: the version, or nothing yet
    models/<model>/staging              one line: the newest version that a gate has accepted
    models/<model>/<version>/           model.onnx, card.json: append-only
    models/<model>/<version>/withdrawn.json     who took it out of production, when and why

A version is complete when its card is there: bytes come first, then the card, then the pointers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelpress.errors import FileError
from modelpress.loading import load
from modelpress.model import Model
from pipeline.artifacts import Paths, read_json, read_text, shown, write_text
from pipeline.card import CARD, Card, read_card
from pipeline.errors import RegistryError
from pipeline.version import Version, parse_version

MODEL, WITHDRAWN = "model.onnx", "withdrawn.json"

TARGET, PREDICTION = "@target", "@prediction"
"""What a reference has beside the features; no feature can be called so."""


@dataclass(frozen=True)
class Registered:
    """A version whose bytes were checked against its card."""

    card: Card
    model: Model

    @property
    def version(self) -> str:
        """Its number."""
        return self.card.version


def read_champion(paths: Paths) -> Registered | None:
    """
    Read the version in production; None before the first promotion.

    Raises:
        RegistryError: The pointer names no sound version.
    """
    card = live_card(paths)
    return read_version(paths, card.version) if card else None


def live_card(paths: Paths) -> Card | None:
    """
    Read the card of the version in production; None before the first promotion.

    Raises:
        RegistryError: The pointer names no version that is there, or the card is damaged.
    """
    version = production(paths)
    if version and not (paths.registry / version / CARD).exists():
        raise RegistryError(
            f"it names {version}, which is not there",
            hint=f"restore {version} from Git, or `modelpress promote {paths.model} VERSION`; "
            f"{_there(paths)}",
            path=shown(paths.production),
        )
    return read_card(paths, version) if version else None


def production(paths: Paths) -> str:
    """
    Read the pointer alone; empty before the first promotion.

    Raises:
        RegistryError: There is no pointer, or it is no version.
    """
    version = _pointed_to(paths.production)
    if version is None:
        raise RegistryError(
            "there is no pointer",
            hint="`modelpress run` lays an empty one",
            path=shown(paths.production),
        )
    return version


def staging(paths: Paths) -> str:
    """
    Read the newest version that a gate has accepted; empty if there is none.

    Raises:
        RegistryError: The pointer is no version.
    """
    return _pointed_to(paths.staging) or ""


def _pointed_to(pointer: Path) -> str | None:
    try:
        text = read_text(pointer)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise _no_version(pointer, "what is not UTF-8") from error
    version = text.strip()
    if version and parse_version(version) is None:
        raise _no_version(pointer, f"`{version.splitlines()[0][:80]}`")
    if version and not text.endswith("\n"):  # v1.0.1 may be all that is left of v1.0.10
        raise _no_version(pointer, f"`{version}` without a line end may be cut, and")
    return version


def _no_version(pointer: Path, what: str) -> RegistryError:
    hint = "restore it from Git: one line such as v1.2.0"
    return RegistryError(f"{what} is no version", hint=hint, path=shown(pointer))


def point(pointer: Path, version: str) -> None:
    """Let a pointer name a version."""
    write_text(pointer, f"{version}\n")


def lay_pointer(paths: Paths) -> None:
    """Lay an empty pointer for a model that has none: a block and a table are enough."""
    if not paths.production.exists():
        write_text(paths.production, "")


def folders(paths: Paths) -> list[Version]:
    """List every folder named like a version, complete or not, the oldest first."""
    if not paths.registry.is_dir():
        return []
    found = (parse_version(place.name) for place in paths.registry.iterdir() if place.is_dir())
    return sorted(version for version in found if version)


def versions(paths: Paths) -> list[str]:
    """List the complete versions, the oldest first."""
    return [str(x) for x in folders(paths) if (paths.registry / str(x) / CARD).exists()]


def read_version(paths: Paths, version: str) -> Registered:
    """
    Read a version, its bytes checked against its card.

    Raises:
        RegistryError: It is not there, damaged, or its bytes are not those of its card.
    """
    folder = paths.registry / version
    # Not every folder is one: `../m/v1.0.0` leads to a version and names none.
    if parse_version(version) is None or not folder.is_dir():
        raise RegistryError(
            f"there is no version {version}", hint=_there(paths), path=shown(paths.registry)
        )
    card = read_card(paths, version)
    try:
        return Registered(card, load(shown(folder)))
    except FileError as error:
        hint = error.hint or "restore it from Git"
        raise RegistryError(error.message, hint=hint, path=shown(folder)) from error


def _there(paths: Paths) -> str:
    return f"there are: {', '.join(versions(paths)) or 'none yet'}"


def withdrawal(paths: Paths, version: str) -> dict[str, Any] | None:
    """
    Read why a version was withdrawn; None if it was not.

    Raises:
        RegistryError: The note is damaged.
    """
    place = paths.registry / version / WITHDRAWN
    if not place.exists():
        return None
    note = read_json(place, "restore it from Git")
    if not isinstance(note, dict) or not {"who", "when", "why"} <= note.keys():
        raise RegistryError("this says not why", hint="restore it from Git", path=shown(place))
    return note


def withdrawn(paths: Paths) -> list[str]:
    """List the withdrawn versions."""
    return [x for x in versions(paths) if (paths.registry / x / WITHDRAWN).exists()]


def find_equal(paths: Paths, model: Model, made_of: Mapping[str, str]) -> str:
    """Find the newest version that a model is; empty if it is a new one."""
    for version in reversed(versions(paths)):
        if read_card(paths, version).is_of(model, made_of):
            return version
    return ""
