"""
Who vouches for a version and for what is in production, checked without a network.

    models/spam/v1.2.0/model.sig    covers card.json and model.onnx; the card names model, version,
                                    commit and the digests of what the version was made of
    models/spam/production.json     model, version, sha256, counter
    models/spam/production.sig      covers production.json

An old signature stays valid for ever. Only the counter tells an old promotion from today's: it
grows with each, also with a rollback, so whoever has seen a higher one refuses.

Signatures are those of the program `model_signing`, which checks them as well. It is no part of
the plain installation: `pip install modelpress[sign]`.
"""

import contextlib
import json
import sys
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelpress.errors import FileError

if TYPE_CHECKING:
    from model_signing import verifying

SIGNATURE, UNSIGNED = "model.sig", ("model.sig", "withdrawn.json")
PROMOTION, PROMOTION_SIGNATURE = "production.json", "production.sig"

_KINDS = {"model": str, "version": str, "sha256": str, "counter": int}


@dataclass(frozen=True)
class Promotion:
    """
    What is in production, as a bot has signed it.

    Attributes:
        version: Empty if nothing is.
        sha256: The digest of that version's bytes; empty if nothing is.
        counter: How many promotions there have been, this one counted.
    """

    model: str
    version: str
    sha256: str
    counter: int


@dataclass(frozen=True)
class Trust:
    """
    Whose signatures count.

    Args:
        public_key: A PEM file; its private key has signed.
        certificates: PEM files of the authorities that certify a signer, instead of a key.
    """

    public_key: str | PathLike[str] | None = None
    certificates: tuple[str | PathLike[str], ...] = ()

    def check(self, target: Path, signature: Path) -> None:
        """
        Check that a file, or a folder with all that is in it, is what was signed.

        Raises:
            FileError: It is not, or there is no signature, or the signer is another one.
        """
        if not signature.is_file():
            raise FileError(f"`{signature}` is not there: nobody has signed `{target.name}`")
        verifier = self._verifier()
        try:
            with contextlib.redirect_stdout(sys.stderr):  # it warns on stdout
                verifier.verify(target, signature)
        except _refusals() as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise FileError(
                f"`{target}` is not what was signed, or not by whom you trust: {reason}",
                hint="restore it from a commit that you trust",
            ) from error

    def _verifier(self) -> "verifying.Config":
        _refuse_unless_installed()
        from model_signing import verifying  # noqa: PLC0415 - an extra

        config = verifying.Config()
        try:
            if self.public_key is not None:
                return config.use_elliptic_key_verifier(public_key=Path(self.public_key))
            authorities = [Path(place) for place in self.certificates]
            return config.use_certificate_verifier(certificate_chain=authorities)
        except _refusals() as error:
            place = self.public_key or ", ".join(map(str, self.certificates))
            raise FileError(
                f"`{place}` cannot be used to check signatures: {error}",
                hint="a PEM file of an elliptic-curve public key, or of certificates",
            ) from error


def check_version(folder: Path, trust: Trust) -> None:
    """
    Check that a version's folder was signed as the version of the model that it is named after.

    Raises:
        FileError: It was not.
    """
    trust.check(folder, folder / SIGNATURE)
    card = _object(folder / "card.json")
    named, found = (folder.parent.name, folder.name), (card.get("model"), card.get("version"))
    if named != found:
        raise FileError(
            f"`{folder}` was signed as {found[0]} {found[1]}",
            hint="restore it from a commit that you trust",
        )


def check_promotion(folder: Path, trust: Trust, *, least: int = 0) -> Promotion:
    """
    Check what was signed to be in production of the model that a folder is named after.

    Args:
        folder: Such as `models/spam`.
        trust: Whose signature counts.
        least: The highest counter that was seen before: a lower one is an old promotion.

    Raises:
        FileError: It was not signed, or belongs to another model, or is an old one.
    """
    trust.check(folder / PROMOTION, folder / PROMOTION_SIGNATURE)
    promotion = read_promotion(folder)
    if promotion.model != folder.name:
        raise FileError(f"`{folder / PROMOTION}` was signed for `{promotion.model}`")
    if promotion.counter < least:
        raise FileError(
            f"`{folder / PROMOTION}` is promotion {promotion.counter}, and {least} came before",
            hint="somebody put an old one back: restore it from a commit that you trust",
        )
    return promotion


def read_promotion(folder: Path) -> Promotion:
    """
    Read what is said to be in production, whoever says it.

    Raises:
        FileError: There is no such file, or it is damaged.
    """
    fields = _object(folder / PROMOTION)
    for name, kind in _KINDS.items():
        if type(fields.get(name)) is not kind:
            raise FileError(
                f"`{folder / PROMOTION}` lacks `{name}`", hint="restore it from Git, or sign again"
            )
    return Promotion(**{name: fields[name] for name in _KINDS})


def _object(place: Path) -> dict[str, Any]:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise FileError(f"`{place}` cannot be read: {error}", hint="restore it from Git") from error
    if not isinstance(found, dict):
        raise FileError(f"`{place}` is not a record", hint="restore it from Git")
    return found


def _refuse_unless_installed() -> None:
    try:
        import model_signing  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise FileError(
            "signatures need the package `model-signing`",
            hint="pip install modelpress[sign]",
        ) from error


def _refusals() -> tuple[type[Exception], ...]:
    """Name what the libraries below raise on a signature or a file that is not sound."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415
    from OpenSSL.crypto import Error, X509StoreContextError  # noqa: PLC0415 - an extra

    shapes = (ValueError, TypeError, LookupError, AttributeError, RecursionError, OSError)
    return (*shapes, InvalidSignature, UnsupportedAlgorithm, Error, X509StoreContextError)
