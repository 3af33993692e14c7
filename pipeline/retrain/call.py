"""Starting other verbs as programs of their own: verbs talk through files and exit codes."""

import subprocess
import sys
from pathlib import Path

from pipeline.config import load_block


def ingest(root: Path, model: str) -> int:
    """Bring in what the model's sources say today, if it is clear which of them to ask."""
    data = load_block(root, model).data
    if data.polls:
        return _modelpress(root, "ingest", model)
    named = [name for name, source in data.sources.items() if getattr(source, "url", "")]
    if len(named) != 1:
        what = "no source has a url" if not named else f"{len(named)} sources have a url"
        sys.stderr.write(f"{model} retrain: nothing is ingested, as {what}\n")
        return 0
    return _modelpress(root, "ingest", model, "--source", named[0])


def run(root: Path, model: str) -> int:
    """Train, judge and, if it is accepted, register."""
    return _modelpress(root, "run", "--register", "--wait", model)


def _modelpress(root: Path, *words: str) -> int:
    # What it says of its own goes where a person looks; the answer on stdout is this verb's.
    command = [sys.executable, "-m", "pipeline", *words]
    return subprocess.run(command, cwd=root, stdout=sys.stderr, check=False).returncode
