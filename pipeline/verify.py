"""
`verify`: is the registry what its cards say?

Reads: models/<model>/
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from modelpress.errors import FileError, ModelError
from modelpress.golden import TOLERANCE, golden_distance
from modelpress.trust import Trust, check_promotion, check_version
from pipeline.answer import add_format, write
from pipeline.artifacts import Paths
from pipeline.card import CARD
from pipeline.config import load_params
from pipeline.errors import RegistryError
from pipeline.promotion import highest_counter
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
    names = load_params(root, options.models).names
    trust = Trust(options.public_key, tuple(options.certificates))
    found = {name: [*check(Paths(root, name))] for name in names}
    if options.public_key or options.certificates:
        for name in names:
            found[name] += check_signatures(Paths(root, name), trust)
    told = [{"model": name, "faults": [_told(x) for x in faults]} for name, faults in found.items()]
    write(options, told, (line for name, faults in found.items() for line in _lines(name, faults)))
    return 2 if any(found.values()) else 0


def _told(fault: Fault) -> dict[str, str]:
    return dict(zip(("message", "hint"), fault, strict=True))


def _lines(name: str, faults: list[Fault]) -> Iterator[str]:
    yield f"{name}: {len(faults) or 'no'} fault{'s' * (len(faults) != 1)}"
    for message, hint in faults:
        yield f"  {message}\n    hint: {hint}"


def check(paths: Paths) -> Iterator[Fault]:
    """Check one model: its versions, then where its pointers lead."""
    sound = set()
    for number in folders(paths):
        faults = [*_version(paths, str(number))]
        yield from faults
        if not faults:
            sound.add(str(number))
    yield from _pointers(paths, sound)


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
        promotion = check_promotion(paths.registry, trust, least=highest_counter(paths))
    except (FileError, RegistryError) as error:
        yield f"production: {error.message}", error.hint or _SIGN
        return
    if promotion.version != (live := production(paths)):
        told = promotion.version or "nothing"
        yield f"production: points to {live or 'nothing'}, and {told} was signed to be there", _SIGN
