"""`card.json`: what is written down about a version, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelpress.golden import TOLERANCE, Golden, golden_distance
from modelpress.model import Model
from pipeline.artifacts import Paths, read_json, shown
from pipeline.errors import RegistryError

CARD = "card.json"

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
    def test_metrics(self) -> dict[str, dict[str, float | None]]:
        """
        Value, low and high of each metric on the test rows of its own run.

        Raises:
            RegistryError: It says none.
        """
        parts = self.fields.get("metrics")
        found: object = parts.get("test") if isinstance(parts, dict) else None
        if not isinstance(found, dict) or not all(map(_is_estimate, found.values())):
            raise RegistryError(
                f"the card of {self.version} has no test metrics", hint="restore it from Git"
            )
        return found

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


def read_card(paths: Paths, version: str) -> Card:
    """
    Read a version's card.

    Raises:
        RegistryError: It is not there or damaged.
    """
    place = paths.registry / version / CARD
    fields = read_json(place, "restore it from Git")
    if fault := _fault(fields):
        raise RegistryError(fault, hint="restore it from Git", path=shown(place))
    return Card(version, fields)


def _fault(fields: object) -> str:
    if not isinstance(fields, dict):
        return "this is no card"
    lacking = [key for key, kind in _NEEDED.items() if not isinstance(fields.get(key), kind)]
    if not lacking and not isinstance(fields["data"].get("sha256"), str):
        lacking = ["data.sha256"]
    return f"the card lacks `{lacking[0]}`" if lacking else ""


def _is_estimate(found: object) -> bool:
    ends = ("value", "low", "high")
    return isinstance(found, dict) and all(
        isinstance(found.get(end, ""), int | float | None) for end in ends
    )
