"""
`sign`: vouch for every version, and for what is in production.

Reads: models/<model>/, the signer's key, Git
Writes: models/<model>/<version>/model.sig, models/<model>/{production.json, production.sig}

A version is signed once. What is in production gets a counter that only grows, so that an old
promotion, signed as well as any, cannot be passed off as today's.
"""

import argparse
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelpress.trust import (
    PROMOTION,
    PROMOTION_SIGNATURE,
    SIGNATURE,
    UNSIGNED,
    Promotion,
)
from pipeline.answer import add_format, write
from pipeline.artifacts import Paths, shown, write_bytes, write_json
from pipeline.card import CARD
from pipeline.config import load_params
from pipeline.errors import RegistryError, RunError
from pipeline.promotion import covers, current, highest_counter
from pipeline.registry import MODEL, production, read_version, versions

if TYPE_CHECKING:
    from model_signing import signing

PASSWORD = "MODELPRESS_KEY_PASSWORD"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class Signed:
    """
    What was signed.

    Attributes:
        versions: The versions that were not signed before.
        production: The version in production; empty if there is none.
        counter: The number of its promotion.
    """

    model: str
    versions: list[str]
    production: str
    counter: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument(
        "--key",
        metavar="FILE",
        required=True,
        help=f"private key in PEM, elliptic curve; its password is in {PASSWORD}",
    )
    parser.add_argument("--certificate", metavar="FILE", help="the signer's, in PEM")
    parser.add_argument("--chain", metavar="FILE", nargs="*", default=[], help="those above it")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Sign what is not signed yet."""
    names = load_params(root, options.models).names
    signer = _signer(root, options)
    done = [run(Paths(root, name), signer) for name in names]
    write(options, done, map(_line, done))
    return 0


def run(paths: Paths, signer: "signing.Config") -> Signed:
    """
    Sign one model's versions, and what is in production.

    Raises:
        RegistryError: A version is damaged, or was changed after it had been signed.
        RunError: The clone lacks older commits, so that the counter is not known.
    """
    new = [version for version in versions(paths) if not _is_signed(paths, version)]
    for version in new:
        read_version(paths, version)
        folder = paths.registry / version
        _sign(signer, folder, folder / SIGNATURE)
    promotion = _promotion(paths)
    statement, signature = paths.registry / PROMOTION, paths.registry / PROMOTION_SIGNATURE
    if promotion != current(paths):
        write_json(statement, {"schema": 1, **asdict(promotion)})
    if not covers(signature, [statement]):
        _sign(signer, statement, signature)
    return Signed(paths.model, new, promotion.version, promotion.counter)


def _is_signed(paths: Paths, version: str) -> bool:
    folder = paths.registry / version
    if not (folder / SIGNATURE).exists():
        return False
    if not covers(folder / SIGNATURE, [folder / CARD, folder / MODEL]):
        raise RegistryError(
            f"{version} was changed after it had been signed",
            hint="restore it from Git",
            path=shown(folder),
        )
    return True


def _promotion(paths: Paths) -> Promotion:
    """Say what is in production; the counter grows unless that has been said."""
    live, before, highest = production(paths), current(paths), highest_counter(paths)
    sha256 = read_version(paths, live).card.sha256 if live else ""
    if before and (before.version, before.sha256, before.counter) == (live, sha256, highest):
        return before
    return Promotion(paths.model, live, sha256, highest + 1)


def _sign(signer: "signing.Config", target: Path, place: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / place.name
        signer.sign(target, made)
        write_bytes(place, made.read_bytes())


def _signer(root: Path, options: argparse.Namespace) -> "signing.Config":
    key = Path(options.key).resolve()
    if key.is_relative_to(root):
        raise RunError(
            "a private key has no place in the repository",
            hint="keep it elsewhere, and in a secret of the workflow",
            path=options.key,
        )
    try:
        from model_signing import hashing, signing  # noqa: PLC0415 - an extra
    except ImportError as error:
        hint = "pip install -r requirements/sign.lock"
        raise RunError("`sign` needs the package `model-signing`", hint=hint) from error
    # Nothing but what stands beside a version for good is left out, a .git folder neither.
    left_out = hashing.Config().set_ignored_paths(paths=UNSIGNED, ignore_git_paths=False)
    try:
        return _with_key(signing.Config(), key, options).set_hashing_config(left_out)
    except (OSError, TypeError, ValueError) as error:
        raise RunError(
            f"this key cannot sign: {getattr(error, 'strerror', None) or error}",
            hint=f"an elliptic-curve key in PEM; if it has a password, set {PASSWORD}",
            path=options.key,
        ) from error


def _with_key(config: "signing.Config", key: Path, options: argparse.Namespace) -> "signing.Config":
    if options.certificate:
        return config.use_certificate_signer(
            private_key=key,
            signing_certificate=Path(options.certificate),
            certificate_chain=[Path(place) for place in options.chain],
        )
    # Said to be text, and handed on to a library that takes bytes alone.
    password: Any = os.environ[PASSWORD].encode() if PASSWORD in os.environ else None
    return config.use_elliptic_key_signer(private_key=key, password=password)


def _line(done: Signed) -> str:
    news = f"signed {', '.join(done.versions)}" if done.versions else "every version was signed"
    live = f"{done.production or 'nothing'} in production, promotion {done.counter}"
    return f"{done.model}: {news}; {live}"
