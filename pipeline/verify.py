"""
`verify`: is the registry what its cards say?

Reads: models/<model>/
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from modelpress.errors import ModelError
from modelpress.golden import TOLERANCE, golden_distance
from pipeline.artifacts import Paths
from pipeline.card import CARD
from pipeline.config import load_params
from pipeline.errors import RegistryError
from pipeline.registration.journal import entries, read_entry
from pipeline.registry import (
    MODEL,
    Registered,
    folders,
    production,
    read_version,
    staging,
    withdrawal,
)

Fault = tuple[str, str]
"""What is wrong, and what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: all")


def command(root: Path, options: argparse.Namespace) -> int:
    """Check every version, and say what is wrong with each."""
    faults = 0
    for name in load_params(root, options.models).names:
        found = [*check(Paths(root, name))]
        faults += len(found)
        sys.stdout.write(f"{name}: {len(found) or 'no'} fault{'s' * (len(found) != 1)}\n")
        for message, hint in found:
            sys.stdout.write(f"  {message}\n    hint: {hint}\n")
        for place in leftovers(Paths(root, name)):
            sys.stdout.write(f"  harmless: {place}, of a write that was cut off; remove it\n")
    return 2 if faults else 0


def check(paths: Paths) -> Iterator[Fault]:
    """Check one model: its versions, where its pointers lead, and the decisions that were kept."""
    sound = set()
    for number in folders(paths):
        faults = [*_version(paths, str(number))]
        yield from faults
        if not faults:
            sound.add(str(number))
    yield from _pointers(paths, sound)
    yield from _decisions(paths)


def leftovers(paths: Paths) -> list[str]:
    """List what processes that were killed had not yet renamed: nobody reads it."""
    return sorted(str(x.relative_to(paths.registry)) for x in paths.registry.rglob(".*.tmp"))


def _version(paths: Paths, version: str) -> Iterator[Fault]:
    folder = paths.registry / version
    if not (folder / CARD).exists():
        yield (
            f"{version}: bytes without a card, of a registration that was cut off",
            "`modelpress run --register` writes over them, or remove the folder",
        )
        return
    if not (folder / MODEL).exists():
        yield f"{version}: a card without bytes", "restore model.onnx from Git"
        return
    try:
        yield from _answers(read_version(paths, version))
        withdrawal(paths, version)
    except RegistryError as error:
        yield f"{version}: {error.message}{_in_file(version, error)}", error.hint
    except ModelError as error:
        yield f"{version}: its golden rows are none: {error.message}", "restore card.json from Git"


def _in_file(version: str, error: RegistryError) -> str:
    """Name the file, unless the message is about the folder."""
    name = Path(error.path).name
    return "" if name == version else f" ({name})"


def _answers(registered: Registered) -> Iterator[Fault]:
    distance = golden_distance(registered.model, registered.card.golden)
    if not distance <= TOLERANCE:
        yield (
            f"{registered.version}: its golden rows are answered otherwise (off by {distance:.2g})",
            "another onnxruntime? restore the version pinned in requirements/runtime.lock",
        )


def _pointers(paths: Paths, sound: set[str]) -> Iterator[Fault]:
    for name, read in (("production", production), ("staging", staging)):
        try:
            version = read(paths)
        except RegistryError as error:
            yield f"{name}: {error.message}", error.hint
            continue
        if version and version not in sound:
            yield (
                f"{name}: points to {version}, which is not there or not sound",
                f"restore {version} from Git, or `modelpress promote {paths.model} VERSION`",
            )
        elif version and name == "production" and withdrawal(paths, version):
            yield (
                f"production: {version} was withdrawn",
                f"`modelpress rollback {paths.model} --reason ...` goes on where it was cut off",
            )


def _decisions(paths: Paths) -> Iterator[Fault]:
    for place in entries(paths):
        try:
            read_entry(place)
        except RegistryError as error:
            yield f"{paths.decisions.name}/{place.name}: {error.message}", error.hint
