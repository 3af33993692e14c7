"""Write the bikes-count sample: the polls of the bikes sample, and another question."""

import runpy
from pathlib import Path
from typing import Any

BIKES: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[1] / "bikes" / "sample.py"))


def write(path: Path) -> None:
    """Write the table to `path` in one step and say what it holds."""
    BIKES["write"](path)


if __name__ == "__main__":
    write(Path(__file__).with_name("table.csv"))
