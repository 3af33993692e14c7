"""
The static registry: the files of versions as they are, and what is in production.

    models/<model>/production.json, production.sig
    models/<model>/<version>/{model.onnx, card.json, bom.cdx.json, model.sig}
    api/models/<model>/latest.json

A version's files never change; only the newest stay.
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from modelpress.trust import PROMOTION, PROMOTION_SIGNATURE, Promotion
from pipeline.artifacts import Paths
from pipeline.card import read_card
from pipeline.promotion import current
from pipeline.report.as_json import as_json
from pipeline.report.bom import BOM, bill_of_materials
from pipeline.report.facts import Facts, Model, Version


def static_registry(root: Path, facts: Facts) -> Iterator[tuple[str, bytes]]:
    """Lay out the files of every model."""
    for model in facts.models:
        paths = Paths(root, model.name)
        for version in model.versions:
            yield from _version(paths, version)
        yield from _production(paths, model, known=not (facts.history and facts.faults))
        if model.latest:
            yield f"api/models/{model.name}/latest.json", (paths.data / "latest.json").read_bytes()


def _version(paths: Paths, version: Version) -> Iterator[tuple[str, bytes]]:
    for download in version.downloads:
        name = download.path.rpartition("/")[2]
        if name == BOM:
            yield download.path, bill_of_materials(paths.model, read_card(paths, version.version))
        else:
            yield download.path, (paths.registry / version.version / name).read_bytes()


def _production(paths: Paths, model: Model, *, known: bool) -> Iterator[tuple[str, bytes]]:
    """
    Say what is in production: with the words that were signed, if they are about it.

    A clone that lacks older commits, say, does not know how many promotions there were, and a
    smaller number would be refused as an old promotion: then nothing is said.
    """
    place, live = f"models/{model.name}", model.live
    record, signature = paths.registry / PROMOTION, paths.registry / PROMOTION_SIGNATURE
    if not model.promotions or (model.production and not (live and live.published)):
        return
    told = current(paths)
    if told is not None and told.version == model.production:
        yield f"{place}/{PROMOTION}", record.read_bytes()
        if signature.exists():
            yield f"{place}/{PROMOTION_SIGNATURE}", signature.read_bytes()
    elif known or told is not None:
        sha256 = live.sha256 if live else ""
        said = Promotion(model.name, model.production, sha256, model.promotions)
        yield f"{place}/{PROMOTION}", as_json({"schema": 1, **asdict(said)})
