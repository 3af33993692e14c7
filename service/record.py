"""What a registry's files may say: names, versions, and the card that vouches for bytes."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from modelpress.errors import FileError
from modelpress.trust import Promotion
from service.source import Fetched

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_VERSION = re.compile(r"v(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST_COUNTER = 2**53
_RESTORE = "restore it from Git"


def is_name(text: object) -> bool:
    """Whether this can be a model's name; nothing else ever becomes a part of a path."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def is_version(text: object) -> bool:
    """Whether this can be a version; likewise."""
    return isinstance(text, str) and _VERSION.fullmatch(text) is not None


def require_name(name: str) -> None:
    """
    Refuse what names no model.

    Raises:
        FileError: It does not.
    """
    if not is_name(name):
        raise FileError(f"{name[:80]!r} names no model")


def require_version(name: str, version: str) -> None:
    """
    Refuse what names no version of a model.

    Raises:
        FileError: It does not.
    """
    require_name(name)
    if not is_version(version):
        raise FileError(f"{version[:80]!r} names no version of `{name}`")


def in_order(versions: Iterable[str]) -> tuple[str, ...]:
    """Sort versions, the oldest first."""
    return tuple(sorted(versions, key=lambda x: [int(part) for part in x[1:].split(".")]))


def read_record(content: bytes, place: str) -> dict[str, Any]:
    """
    Read a JSON object; numbers that JSON does not have are refused.

    Raises:
        FileError: It is none.
    """
    try:
        record = json.loads(content, parse_constant=_refuse_constant)
    except (RecursionError, ValueError) as error:
        raise FileError(f"`{place}` is not JSON: {error}", hint=_RESTORE) from error
    if not isinstance(record, dict):
        raise FileError(f"`{place}` is not a record", hint=_RESTORE)
    return record


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"`{text}` is no number")


def read_promotion(content: bytes, name: str, place: str) -> Promotion:
    """
    Read what is said to be in production of a model; one that is not named is this one.

    Raises:
        FileError: It is no such record, or belongs to another model.
    """
    record = read_record(content, place)
    model, counter = record.get("model", name), record.get("counter")
    version, sha256 = (record.get(key) for key in ("version", "sha256"))
    if model != name:
        raise FileError(f"`{place}` is of {str(model)[:80]!r}", hint=_RESTORE)
    if (version, sha256) != ("", "") and not (is_version(version) and _is_sha256(sha256)):
        raise FileError(f"`{place}` names no version with its sha256", hint=_RESTORE)
    if type(counter) is not int or not 0 <= counter < _LARGEST_COUNTER:
        raise FileError(f"`{place}` has no counter", hint=_RESTORE)
    return Promotion(name, str(version), str(sha256), counter)


def _is_sha256(text: object) -> bool:
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def vouched(fetched: Fetched, place: str) -> Fetched:
    """
    Pass on the bytes of a version, if its card vouches for them.

    Raises:
        FileError: The card is of another version or model, or of other bytes.
    """
    named = (fetched.card.get("model"), fetched.card.get("version"))
    if named != (fetched.name, fetched.version):
        raise FileError(f"`{place}/card.json` is of {named[0]} {named[1]}", hint=_RESTORE)
    digest = hashlib.sha256(fetched.content).hexdigest()
    if digest != (wanted := fetched.card.get("sha256")):
        raise FileError(
            f"`{place}/model.onnx` has sha256 {digest}; its card says {str(wanted)[:80]}",
            hint="the file was changed or damaged: restore it from Git",
        )
    return fetched
