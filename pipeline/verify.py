"""
`verify`: is the registry what its cards say?

Reads: models/<model>/
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelpress.errors import FileError, ModelError
from modelpress.golden import TOLERANCE, golden_distance
from modelpress.trust import Trust, check_promotion, check_version
from pipeline.answer import add_format, write
from pipeline.artifacts import Paths
from pipeline.card import CARD
from pipeline.config import load_params
from pipeline.errors import RegistryError, RunError
from pipeline.promotion import highest_counter
from pipeline.registration.journal import entries, read_entry
from pipeline.registry import (
    MODEL,
    Registered,
    folders,
    production,
    read_version,
    staging,
    versions,
    withdrawal,
)

_SIGN = "`modelpress sign --key FILE`, if you know how it came there"

Fault = tuple[str, str]
"""What is wrong, and what to do."""
_FAULT = ("message", "hint")


@dataclass(frozen=True)
class Checked:
    """What is wrong with a model's registry, and what was left behind and does no harm."""

    model: str
    faults: list[dict[str, str]]
    harmless: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument(
        "--public-key", metavar="FILE", help="check signatures, too: by the signer's key, in PEM"
    )
    parser.add_argument(
        "--certificates", metavar="FILE", nargs="+", default=[], help="or by authorities', in PEM"
    )
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Check every version, and say what is wrong with each."""
    paths = [Paths(root, name) for name in load_params(root, options.models).names]
    trust = Trust(options.public_key, tuple(options.certificates))
    asked = bool(options.public_key or options.certificates)
    found = [_checked(one, trust if asked else None) for one in paths]
    write(options, found, (line for one in found for line in _lines(one)))
    return 2 if any(one.faults for one in found) else 0


def _checked(paths: Paths, trust: Trust | None) -> Checked:
    signatures = check_signatures(paths, trust) if trust else ()
    faults = [dict(zip(_FAULT, fault, strict=True)) for fault in (*check(paths), *signatures)]
    return Checked(paths.model, faults, [str(place) for place in leftovers(paths)])


def _lines(one: Checked) -> Iterator[str]:
    yield f"{one.model}: {len(one.faults) or 'no'} fault{'s' * (len(one.faults) != 1)}"
    for fault in one.faults:
        yield f"  {fault['message']}\n    hint: {fault['hint']}"
    for place in one.harmless:
        yield f"  harmless: {place}, of a write that was cut off; remove it"


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


def check_signatures(paths: Paths, trust: Trust) -> Iterator[Fault]:
    """Check who vouches for one model's versions, and for what is in production."""
    for version in versions(paths):
        try:
            check_version(paths.registry / version, trust)
        except FileError as error:
            yield f"{version}: {error.message}", error.hint or _SIGN
    try:
        live = production(paths)
        promotion = check_promotion(paths.registry, trust, least=highest_counter(paths))
    except (FileError, RegistryError, RunError) as error:
        yield f"production: {error.message}", error.hint or _SIGN
        return
    if promotion.version != live:
        told = promotion.version or "nothing"
        yield f"production: points to {live or 'nothing'}, and {told} was signed to be there", _SIGN


def _decisions(paths: Paths) -> Iterator[Fault]:
    for place in entries(paths):
        try:
            read_entry(place)
        except RegistryError as error:
            yield f"{paths.decisions.name}/{place.name}: {error.message}", error.hint
