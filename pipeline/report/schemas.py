"""
The JSON Schemas of the static registry, from the shapes that write it.

    python -m pipeline.report.schemas

Writes: site/schemas/{models, model}.schema.json
"""

import json
from typing import Any

from pydantic import TypeAdapter

from pipeline.artifacts import write_text
from pipeline.report.api import Index, ModelFile
from pipeline.report.sources import SITE


def schemas() -> dict[str, str]:
    """Make every schema's text, by file name."""
    shapes: dict[str, TypeAdapter[Any]] = {
        "models": TypeAdapter(Index),
        "model": TypeAdapter(ModelFile),
    }
    return {
        f"{name}.schema.json": json.dumps(
            shape.json_schema(), indent=1, sort_keys=True, ensure_ascii=False
        )
        + "\n"
        for name, shape in shapes.items()
    }


def main() -> None:
    """Write them anew."""
    for name, text in schemas().items():
        write_text(SITE / "schemas" / name, text)


if __name__ == "__main__":
    main()
