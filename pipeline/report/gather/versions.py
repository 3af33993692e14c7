"""The versions of a model, by their cards; which of them are published."""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from modelpress.trust import SIGNATURE
from pipeline.artifacts import Paths, shown
from pipeline.card import CARD, Card, read_card
from pipeline.errors import RegistryError, in_words
from pipeline.registry import MODEL, versions, withdrawal
from pipeline.report.bom import BOM, bill_of_materials
from pipeline.report.facts import Download, Estimate, MadeOf, Version, Withdrawn
from pipeline.report.gather.checked import commit, moment
from pipeline.report.gather.ledger import Ledger

KEPT = 5
"""Versions on the site beside production and staging: the newest."""


def kept_versions(paths: Paths, *pointed: str) -> frozenset[str]:
    """Name the versions whose files are to be on the site."""
    return frozenset((*versions(paths)[-KEPT:], *filter(None, pointed)))


def gather_cards(paths: Paths, ledger: Ledger) -> dict[str, Card]:
    """Read every card that can be read, the oldest version first."""
    found = {}
    for version in versions(paths):
        place = paths.registry / version / CARD
        card = ledger.attempt(place, partial(read_card, paths, version), None)
        if card is not None:
            found[version] = card
    return found


def gather_versions(
    paths: Paths, cards: Mapping[str, Card], kept: frozenset[str], ledger: Ledger
) -> tuple[Version, ...]:
    """Tell every version whose card can be read."""
    found = []
    for version, card in cards.items():
        place = paths.registry / version / CARD
        told = ledger.attempt(place, partial(_version, paths, card, kept, ledger), None)
        if told is not None:
            found.append(told)
    return tuple(found)


def estimates(told: Mapping[str, Any]) -> dict[str, Estimate]:
    """Read metrics by id, or fail by their shape."""
    return {
        str(name): Estimate(_number(one["value"]), _number(one["low"]), _number(one["high"]))
        for name, one in told.items()
    }


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`{str(value)[:40]}` is no number")
    return value


def _version(paths: Paths, card: Card, kept: frozenset[str], ledger: Ledger) -> Version:
    fields, folder = card.fields, paths.registry / card.version
    files = _downloads(paths, card, ledger) if card.version in kept else ()
    threshold = fields.get("threshold")
    return Version(
        version=card.version,
        created=moment(fields.get("created", "")),
        published=bool(files),
        sha256=card.sha256,
        size=int(fields.get("size_bytes", 0)),
        gzip_kb=int(fields.get("gzip_kb", 0)),
        threshold=None if threshold is None else float(threshold),
        metrics=estimates(fields.get("metrics", {}).get("test", {})),
        made_of=_made_of(card),
        withdrawn=ledger.attempt(folder, lambda: _withdrawn(paths, card.version), None),
        overruled=str(fields.get("overruled", "")),
        signed=(folder / SIGNATURE).exists(),
        downloads=files,
    )


def _made_of(card: Card) -> MadeOf:
    fields, digests = card.fields, card.made_of
    environment = fields.get("environment", {})
    return MadeOf(
        commit=commit(fields.get("commit", "")),
        dirty=bool(fields.get("dirty", False)),
        parent=str(fields.get("parent", "")),
        rows=int(fields["data"].get("rows", 0)),
        environment=tuple(sorted((str(key), str(value)) for key, value in environment.items())),
        **digests,
    )


def _withdrawn(paths: Paths, version: str) -> Withdrawn | None:
    note = withdrawal(paths, version)
    return Withdrawn(str(note["who"]), moment(note["when"]), str(note["why"])) if note else None


def _downloads(paths: Paths, card: Card, ledger: Ledger) -> tuple[Download, ...]:
    """Digest what is published of a version; nothing is if its bytes are not those of its card."""
    folder = paths.registry / card.version
    onnx = ledger.attempt(folder / MODEL, lambda: read_model(folder / MODEL, card), None)
    if onnx is None:
        return ()
    files = {MODEL: ("ONNX model", onnx), CARD: ("card", (folder / CARD).read_bytes())}
    files[BOM] = ("bill of materials", bill_of_materials(paths.model, card))
    if (folder / SIGNATURE).exists():
        files[SIGNATURE] = ("signature", (folder / SIGNATURE).read_bytes())
    return tuple(
        Download(
            f"models/{paths.model}/{card.version}/{name}",
            what,
            hashlib.sha256(content).hexdigest(),
            len(content),
        )
        for name, (what, content) in files.items()
    )


def read_model(place: Path, card: Card) -> bytes:
    """
    Read a version's bytes.

    Raises:
        RegistryError: They are not there, or not those of the card.
    """
    try:
        content = place.read_bytes()
    except OSError as error:
        raise RegistryError(
            f"cannot be read: {in_words(error)}", hint="restore it from Git", path=shown(place)
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.sha256:
        raise RegistryError(
            f"it has sha256 {digest}; its card says {card.sha256[:64]}",
            hint="it was changed or damaged: restore it from Git",
            path=shown(place),
        )
    return content
