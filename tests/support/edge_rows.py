"""Rows for any shipped model: random ones, and the hostile corpus, by what its file says."""

import math
import random
import re
from typing import Any

import numpy as np
from onnx import ModelProto

from modelpress.signature import Input, Signature
from pipeline.export.golden_rows import _LEXICON
from pipeline.export.hard_texts import HARD_TEXTS, fuzzed
from pipeline.export.hostile import Case, _edge_cases, _mixed_cases

Row = dict[str, Any]

_HALVES = re.compile("[\ud800-\udfff]")


def terms_in(content: bytes) -> list[str]:
    """List the tokens of all terms of a model."""
    nodes = ModelProto.FromString(content).graph.node
    pools = [x.strings for node in nodes for x in node.attribute if x.name == "pool_strings"]
    return sorted({token.decode() for pool in pools for token in pool})


def cuts_in(content: bytes) -> list[tuple[int, float]]:
    """List the cuts of all trees of a model, by column."""
    found: set[tuple[int, float]] = set()
    for node in ModelProto.FromString(content).graph.node:
        told = {x.name: x for x in node.attribute}
        if "nodes_values" in told:
            columns, cuts = told["nodes_featureids"].ints, told["nodes_values"].floats
            leaves = [mode == b"LEAF" for mode in told["nodes_modes"].strings]
            nodes = zip(columns, cuts, leaves, strict=True)
            found |= {(column, cut) for column, cut, leaf in nodes if not leaf}
    return sorted(found)


def random_rows(signature: Signature, content: bytes, count: int, seed: int) -> list[Row]:
    """Make rows: numbers in and around their range, categories known or not, texts of terms."""
    dice = random.Random(seed)
    words = [*_LEXICON, *terms_in(content), "unheard", "\U0001f600"]
    return [{x.name: _value(dice, x, words) for x in signature.inputs} for _ in range(count)]


def _value(dice: random.Random, field: Input, words: list[str]) -> float | str | None:
    if dice.random() < 0.08:
        return None
    if field.kind == "numeric":
        low, high = field.range or (0.0, 1.0)
        around = (high - low) * 0.2
        drawn = dice.uniform(low - around, high + around)
        return drawn if dice.random() < 0.7 else float(round(drawn))
    if field.kind == "categorical":
        return dice.choice((*field.categories, *field.categories, "never seen"))
    return " ".join(dice.choices(words, k=dice.randint(0, 40)))


def hostile(signature: Signature, content: bytes, texts: int, seed: int) -> list[Row]:
    """Make the hostile corpus that `export` proves a model by, from the file alone."""
    cases = [*_edge_cases(signature), *_mixed_cases(signature, seed)[:texts]]
    cases += _cut_cases(signature, content, texts, seed)
    typical = {x.name: x.typical for x in signature.inputs}
    rows = [{x: _told(value) for x, value in (typical | values).items()} for _, values in cases]
    named = [x.name for x in signature.inputs if x.kind == "text"]
    if named:
        hard = [*HARD_TEXTS, *fuzzed(texts, terms_in(content), seed)]
        whole = [x for x in hard if not _HALVES.search(x)]
        rows += [
            typical | {name: whole[(i + shift) % len(whole)] for shift, name in enumerate(named)}
            for i in range(len(whole))
        ]
    return rows


def _told(value: float | str) -> float | str | None:
    return None if isinstance(value, float) and math.isnan(value) else value


def _cut_cases(signature: Signature, content: bytes, count: int, seed: int) -> list[Case]:
    """Numbers on the cuts of trees and right beside them."""
    names = [x.name for x in signature.inputs if x.kind == "numeric"]
    cuts = [(column, cut) for column, cut in cuts_in(content) if column < len(names)]
    cases: list[Case] = []
    for column, cut in random.Random(seed).sample(cuts, min(count, len(cuts))):
        near = np.float32(cut)
        beside = (
            near,
            np.nextafter(near, np.float32(-np.inf)),
            np.nextafter(near, np.float32(np.inf)),
        )
        cases += [("cut", {names[column]: float(x)}) for x in beside if np.isfinite(x)]
    return cases
