"""
`predict`: ask a model, the one in production or, before there is one, the candidate.

Reads: models/<model>/ or artifacts/<model>/{model.onnx, export.json}
"""

import argparse
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from modelpress.encode import Row
from modelpress.errors import InputError
from modelpress.model import Model
from modelpress.signature import Input
from pipeline.artifacts import Paths
from pipeline.candidate import load_candidate
from pipeline.config import load_params, name_fault
from pipeline.errors import PipelineError, RegistryError, in_words
from pipeline.registry import read_champion

_ROWS_HINT = 'write {"field": value, ...}, or a list of such'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument(
        "fields", nargs="*", metavar="FIELD=VALUE", help="an empty value is a missing one"
    )
    parser.add_argument("--json", metavar="FILE", help="an object, or a list of them; - is stdin")


def command(root: Path, options: argparse.Namespace) -> int:
    """Answer on stdout: one JSON object per row."""
    if options.json and options.fields:
        raise PipelineError("there are both FIELD=VALUE and --json", hint="give one of the two")
    if fault := name_fault(options.model):
        raise PipelineError(fault, hint="name a model of params.yaml")
    model = _load(Paths(root, options.model))
    rows = _read_json(options.json) if options.json else [_row(model, options.fields)]
    for answer in model.predict(rows):
        filled = {name: value for name, value in asdict(answer).items() if value not in (None, "")}
        sys.stdout.write(json.dumps(filled, ensure_ascii=False) + "\n")
    return 0


def _load(paths: Paths) -> Model:
    if paths.production.exists() and (champion := read_champion(paths)):
        return champion.model
    if not paths.onnx.exists():
        load_params(paths.root, [paths.model])
        raise RegistryError(
            f"the model `{paths.model}` has no version in production, and no candidate here",
            hint=f"`modelpress run --force {paths.model}` makes one",
        )
    sys.stderr.write(f"{paths.model}: nothing in production yet; the candidate answers\n")
    return load_candidate(paths)


def _row(model: Model, fields: list[str]) -> Row:
    kinds = {field.name: field for field in model.signature.inputs}
    row: dict[str, Any] = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or name in row:
            raise InputError(
                f"`{text}` is no FIELD=VALUE" if not equals else f"field `{name}` stands twice",
                hint=f"the fields are {', '.join(kinds)}",
            )
        row[name] = _value(kinds.get(name), value)
    return row


def _value(field: Input | None, text: str) -> float | str | None:
    if field is None or field.kind != "numeric" or not text:
        return text or None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    # Python reads `1_0` as ten, which no table means.
    if math.isnan(number) or "_" in text:
        raise InputError(
            f"field `{field.name}`: `{text}` is not a number",
            hint="leave it empty if it is missing",
        )
    return number


def _read_json(place: str) -> list[Row]:
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text(encoding="utf-8")
        rows = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_unique)
    except OSError as error:
        hint = "say a file, or - for stdin"
        raise PipelineError(f"cannot be read: {in_words(error)}", hint=hint, path=place) from error
    except UnicodeDecodeError as error:
        message = f"not UTF-8 at byte {error.start:,}"
        raise PipelineError(message, hint="save it as UTF-8", path=place) from error
    except (RecursionError, ValueError) as error:
        raise PipelineError(f"this is not JSON: {error}", hint=_ROWS_HINT, path=place) from error
    rows = rows if isinstance(rows, list) else [rows]
    if not all(isinstance(row, dict) for row in rows):
        raise PipelineError("a row is not an object", hint=_ROWS_HINT, path=place)
    return rows


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"the key `{twice}` stands twice in one object")
    return dict(pairs)
