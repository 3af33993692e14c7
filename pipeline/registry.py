"""
The versions of a model, as folders; here only read.

    models/<model>/production           one line: the version, or nothing yet
    models/<model>/<version>/           model.onnx, card.json: append-only
"""

import re
from dataclasses import dataclass
from typing import Any

from modelpress.errors import FileError
from modelpress.golden import Golden
from modelpress.loading import load
from modelpress.model import Model
from pipeline.artifacts import Paths, read_json, shown, write_text
from pipeline.errors import RegistryError

_VERSION = re.compile(r"v\d+\.\d+\.\d+")


# What the house reads of a card; the rest is for people and other programs.
_NEEDED = ("sha256", "data", "params_sha256", "code_sha256", "lock_sha256", "golden", "gate")


@dataclass(frozen=True)
class Registered:
    """A version of the registry: its model, checked, and its card."""

    version: str
    model: Model
    card: dict[str, Any]

    @property
    def anchor(self) -> str:
        """The best version up to this one, by its own gate; itself if that was it."""
        return str(self.card["gate"].get("anchor") or self.version)

    @property
    def made_of(self) -> dict[str, str]:
        """Digests of what it was made from, under the names that `export` gives them."""
        digests = ("params_sha256", "code_sha256", "lock_sha256")
        return {"data_sha256": self.card["data"]["sha256"], **{x: self.card[x] for x in digests}}

    @property
    def golden(self) -> list[Golden]:
        """Made-up rows and its answers to them."""
        rows: list[Golden] = self.card["golden"]
        return rows


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
    try:
        version = paths.production.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise RegistryError(
            "there is no pointer",
            hint="`modelpress run` lays an empty one",
            path=shown(paths.production),
        ) from error
    if version and not _VERSION.fullmatch(version):
        raise RegistryError(
            f"`{version[:80]}` is no version",
            hint="restore it from Git: one line such as v1.2.0",
            path=shown(paths.production),
        )
    return version


def read_version(paths: Paths, version: str) -> Registered:
    """
    Read a version, its bytes checked against its card.

    Raises:
        RegistryError: It is not there, damaged, or its bytes are not those of its card.
    """
    folder = paths.registry / version
    card = read_json(folder / "card.json")
    lacking = [key for key in _NEEDED if key not in card] if isinstance(card, dict) else ["all"]
    if lacking:
        raise RegistryError(
            f"the card lacks `{lacking[0]}`", hint="restore it from Git", path=shown(folder)
        )
    try:
        return Registered(version, load(folder), card)
    except FileError as error:
        hint = error.hint or "restore it from Git"
        raise RegistryError(error.message, hint=hint, path=shown(folder)) from error


def lay_pointer(paths: Paths) -> None:
    """Lay an empty pointer for a model that has none: a block and a table are enough."""
    if not paths.production.exists():
        write_text(paths.production, "")
