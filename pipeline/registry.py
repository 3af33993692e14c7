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
from modelpress.golden import TOLERANCE, Golden, golden_distance
from modelpress.loading import load
from modelpress.model import Model
from pipeline.artifacts import Paths, read_json, shown, write_text
from pipeline.errors import RegistryError
from pipeline.version import Version, parse_version

CARD, MODEL, WITHDRAWN = "card.json", "model.onnx", "withdrawn.json"

TARGET, PREDICTION = "@target", "@prediction"
"""What a reference has beside the features; no feature can be called so."""

# What the house reads of a card; the rest is for people and other programs.
_NEEDED: dict[str, type] = {
    "sha256": str,
    "data": dict,
    "params_sha256": str,
    "code_sha256": str,
    "lock_sha256": str,
    "golden": list,
    "gate": dict,
}
_DIGESTS = ("params_sha256", "code_sha256", "lock_sha256")


@dataclass(frozen=True)
class Card:
    """What is written down about a version."""

    version: str
    fields: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Digest of the version's bytes."""
        return str(self.fields["sha256"])

    @property
    def anchor(self) -> str:
        """The best version up to this one, by its own gate; itself if that was it."""
        return str(self.fields["gate"].get("anchor") or self.version)

    @property
    def made_of(self) -> dict[str, str]:
        """Digests of what it was made from, under the names that `export` gives them."""
        digests = {name: str(self.fields[name]) for name in _DIGESTS}
        return {"data_sha256": str(self.fields["data"]["sha256"]), **digests}

    @property
    def golden(self) -> list[Golden]:
        """Made-up rows and its answers to them."""
        rows: list[Golden] = self.fields["golden"]
        return rows

    @property
    def reference(self) -> dict[str, dict[str, Any]]:
        """Counts of the rows it was made from, by feature, and by target and answer."""
        found: dict[str, dict[str, Any]] = self.fields.get("reference", {})
        return found

    def is_of(self, model: Model, made_of: Mapping[str, str]) -> bool:
        """
        Say whether a model is this version: by its bytes, or made of the same and answering so.

        Another processor may round another way; the registered bytes stand for both.
        """
        if model.sha256 == self.sha256:
            return True
        if dict(made_of) != self.made_of:
            return False
        return golden_distance(model, self.golden) <= TOLERANCE


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
    version = production(paths)
    return read_version(paths, version) if version else None


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
        version = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise _no_version(pointer, "no text") from error
    if version and parse_version(version) is None:
        raise _no_version(pointer, f"`{version[:80]}`")
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


def read_card(paths: Paths, version: str) -> Card:
    """
    Read a version's card.

    Raises:
        RegistryError: It is not there or damaged.
    """
    place = paths.registry / version / CARD
    fields = read_json(place)
    if lacking := _lacking(fields):
        raise RegistryError(
            f"the card lacks `{lacking[0]}`", hint="restore it from Git", path=shown(place)
        )
    return Card(version, fields)


def _lacking(fields: object) -> list[str]:
    if not isinstance(fields, dict):
        return ["all"]
    return [key for key, kind in _NEEDED.items() if not isinstance(fields.get(key), kind)]


def read_version(paths: Paths, version: str) -> Registered:
    """
    Read a version, its bytes checked against its card.

    Raises:
        RegistryError: It is not there, damaged, or its bytes are not those of its card.
    """
    folder = paths.registry / version
    if not folder.is_dir():
        there = ", ".join(versions(paths)) or "none yet"
        raise RegistryError(
            f"there is no version {version}", hint=f"there are: {there}", path=shown(paths.registry)
        )
    card = read_card(paths, version)
    try:
        return Registered(card, load(folder))
    except FileError as error:
        hint = error.hint or "restore it from Git"
        raise RegistryError(error.message, hint=hint, path=shown(folder)) from error


def withdrawal(paths: Paths, version: str) -> dict[str, Any] | None:
    """
    Read why a version was withdrawn; None if it was not.

    Raises:
        RegistryError: The note is damaged.
    """
    place = paths.registry / version / WITHDRAWN
    if not place.exists():
        return None
    note = read_json(place)
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
