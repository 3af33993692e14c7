"""
`schemas`: write the JSON Schemas of what other programs read and write.

Writes: modelpress/schemas/{params, gate, card, monitoring}.schema.json
"""

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipeline.artifacts import write_text
from pipeline.config import read_raw, schema_json
from pipeline.daybook import DayFile
from pipeline.decision import Decision
from pipeline.registration.shape import CardFile

FOLDER = Path("modelpress") / "schemas"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take nothing."""


def command(root: Path, options: argparse.Namespace) -> int:  # noqa: ARG001 - as every verb
    """
    Write every schema.

    Raises:
        ParamsError: This is no repository, and the files would be strangers here.
    """
    read_raw(root)
    for name, text in schemas().items():
        write_text(root / FOLDER / name, text)
    return 0


def schemas() -> dict[str, str]:
    """Make every schema's text, by file name."""
    return {
        "params.schema.json": schema_json(),
        "gate.schema.json": _text(TypeAdapter(Decision)),
        "card.schema.json": _text(TypeAdapter(CardFile)),
        "monitoring.schema.json": _text(TypeAdapter(DayFile)),
    }


def _text(shape: TypeAdapter[Any]) -> str:
    return json.dumps(shape.json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
