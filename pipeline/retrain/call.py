"""Starting other verbs as programs of their own: verbs talk through files and exit codes."""

import subprocess
import sys
from pathlib import Path

from pipeline.config import load_block


def ingest(root: Path, model: str) -> int:
    """Bring in what the model's source publishes today, if it has exactly one that says where."""
    polled = [name for name, source in load_block(root, model).data.sources.items() if source.url]
    if len(polled) != 1:
        what = "no source has a url" if not polled else f"{len(polled)} sources have a url"
        sys.stderr.write(f"{model} retrain: nothing is ingested, as {what}\n")
        return 0
    return _modelpress(root, "ingest", model, "--source", polled[0])


def run(root: Path, model: str) -> int:
    """Train, judge and, if it is accepted, register."""
    return _modelpress(root, "run", "--register", "--wait", model)


def _modelpress(root: Path, *words: str) -> int:
    # What it says of its own goes where a person looks; the answer on stdout is this verb's.
    command = [sys.executable, "-m", "pipeline", *words]
    return subprocess.run(command, cwd=root, stdout=sys.stderr, check=False).returncode
