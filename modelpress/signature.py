"""
What a model takes and what it answers, as it is written into the model file itself.

`export` writes it into the ONNX metadata under `METADATA_KEY`; every runtime reads it from there,
so that a model file is complete without a companion.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from modelpress.errors import FileError

METADATA_KEY = "modelpress"

Task = Literal["binary", "multiclass", "regression"]
Kind = Literal["numeric", "categorical", "text"]


@dataclass(frozen=True)
class Input:
    """
    One named input of a model.

    Attributes:
        range: Smallest and largest value seen in training (numeric only).
        categories: The values that the model tells apart; any other counts as unknown.
        missing: Share of training rows without a value, 0 to 1.
        typical: The median, or the most frequent category; empty for text.
    """

    name: str
    kind: Kind
    range: tuple[float, float] | None = None
    categories: tuple[str, ...] = ()
    missing: float = 0.0
    typical: float | str = ""

    @property
    def dtype(self) -> str:
        """The tensor's element type in ONNX words."""
        return "float32" if self.kind == "numeric" else "string"


@dataclass(frozen=True)
class Signature:
    """
    A model's inputs and outputs.

    Attributes:
        classes: Class labels in the order of the probabilities; empty for a regression.
        positive: The class that is looked for, the last one; a binary task has one, others may.
        threshold: Probability of `positive` from which on the label is `positive`. The graph has
            applied it already; it stands here for people to read.
        normalizer: Version of `normalize_text` that text inputs must have passed; or empty.
    """

    model: str
    task: Task
    inputs: tuple[Input, ...]
    classes: tuple[str, ...] = ()
    positive: str = ""
    threshold: float | None = None
    normalizer: str = ""

    @property
    def interface(self) -> dict[str, Any]:
        """What a client relies on: models of equal interface can stand in for one another."""
        return {
            "task": self.task,
            "inputs": [{"name": x.name, "kind": x.kind} for x in self.inputs],
            "classes": list(self.classes),
            "positive": self.positive,
            "normalizer": self.normalizer,
        }

    def to_json(self) -> str:
        """Write it as it stands in the model file: one line, sorted keys."""
        return json.dumps(
            {"schema": 1, **asdict(self)},
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )


def read_signature(metadata: Mapping[str, str]) -> Signature:
    """
    Read the signature from the metadata of an ONNX file.

    Raises:
        FileError: The file carries none, a damaged one, or one of a later schema.
    """
    if METADATA_KEY not in metadata:
        raise FileError(
            "the ONNX file has no Modelpress signature", hint="it was not made by `modelpress`"
        )
    try:
        fields = dict(json.loads(metadata[METADATA_KEY]))
        if fields.pop("schema", None) == 1:
            return _signature(fields)
    except (LookupError, RecursionError, TypeError, ValueError) as error:
        raise FileError(
            f"the model's signature is damaged: {error!r}", hint="restore the file from Git"
        ) from error
    raise FileError("the model's signature has another schema", hint="update `modelpress`")


def _signature(fields: dict[str, Any]) -> Signature:
    inputs = tuple(_input(dict(entry)) for entry in fields.pop("inputs"))
    return Signature(inputs=inputs, classes=tuple(fields.pop("classes")), **fields)


def _input(entry: dict[str, Any]) -> Input:
    span = entry.pop("range")
    categories = tuple(entry.pop("categories"))
    return Input(range=(span[0], span[1]) if span else None, categories=categories, **entry)
