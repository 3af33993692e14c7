"""
`promote`: put a registered version into production.

Reads: models/<model>/, artifacts/<model>/gate.json
Writes: models/<model>/production; with --reason, the version of a candidate that cannot be compared
"""

import argparse
import logging
from pathlib import Path

from pipeline.artifacts import Paths, shown
from pipeline.config import load_block
from pipeline.errors import PipelineError, RegistryError
from pipeline.registration import overrule
from pipeline.registry import point, production, read_version, staging, withdrawal

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("version", metavar="VERSION", nargs="?", help="default: the one in staging")
    parser.add_argument(
        "--reason", metavar="WHY", help="why a candidate that the gate cannot compare goes live"
    )


def command(root: Path, options: argparse.Namespace) -> int:
    """Move the pointer, or refuse."""
    load_block(root, options.model)
    version = options.version
    if options.reason is not None:
        _refuse_reason(options.reason, version)
        version = overrule(root, options.model, options.reason)
    run(Paths(root, options.model), version)
    return 0


def _refuse_reason(reason: str, version: str | None) -> None:
    if not reason.strip():
        raise PipelineError("--reason says nothing", hint="say why, it is kept in the card")
    if version:
        raise PipelineError(
            f"{version} is registered already, and its card takes no reason",
            hint="leave --reason out; it is for a candidate that the gate cannot compare",
        )


def run(paths: Paths, version: str | None) -> str:
    """
    Put a version into production.

    Returns:
        The version.

    Raises:
        RegistryError: There is no such version, or it is damaged, or was withdrawn.
    """
    chosen = version or staging(paths)
    if not chosen:
        raise RegistryError(
            f"`{paths.model}` has no version in staging",
            hint=f"`modelpress run {paths.model} --register` makes one of an accepted candidate",
            path=shown(paths.registry),
        )
    read_version(paths, chosen)
    if note := withdrawal(paths, chosen):
        raise RegistryError(
            f"{chosen} was withdrawn by {note['who']} on {note['when']}: {note['why']}",
            hint="change an input and register what comes of it",
            path=shown(paths.registry / chosen),
        )
    before = production(paths)
    if before != chosen:
        point(paths.production, chosen)
    log.info("%s promote: %s in production, before %s", paths.model, chosen, before or "nothing")
    return chosen
