"""
`retire`: take a model out of params.yaml; what it was stays in the registry and in Git.

Reads: params.yaml, dvc.lock
Writes: params.yaml, dvc.lock, models/<model>/production (emptied); removes artifacts/<model>
"""

import argparse
import logging
import shutil
from pathlib import Path

from pipeline.amend import remove_block, without_block
from pipeline.answer import add_format, write
from pipeline.artifacts import Paths, shown, write_text
from pipeline.config import load_params
from pipeline.lockfile import read_entries, settle_order

log = logging.getLogger(__name__)

LOCK = "dvc.lock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Retire one model."""
    paths = Paths(root, options.model)
    # Whatever is wrong must show before anything is changed.
    load_params(root, [options.model])
    without_block(root, options.model)
    read_entries(root / LOCK)
    others = [name for name in load_params(root).names if name != options.model]
    # The block goes last: cut off before, the same command goes on where it was.
    if paths.production.exists():
        write_text(paths.production, "")
    settle_order(root / LOCK, others)
    shutil.rmtree(paths.artifacts, ignore_errors=True)
    remove_block(root, options.model)
    kept = [shown(place) for place in (paths.data, paths.registry) if place.exists()]
    log.info(
        "%s retire: out of params.yaml and dvc.lock, nothing in production; kept: %s",
        options.model,
        ", ".join(kept) or "nothing",
    )
    write(options, {"model": options.model, "kept": kept})
    return 0
