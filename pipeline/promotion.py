"""`production.json`: what is in production, signed for others; its counter only grows."""

import base64
import binascii
import json
from collections.abc import Sequence
from pathlib import Path

from modelpress.errors import FileError
from modelpress.trust import PROMOTION, Promotion, read_promotion
from pipeline.artifacts import Paths, read_json, sha256_of, shown
from pipeline.errors import RegistryError, RunError
from pipeline.git import commits_of, content_at, has_git, is_shallow


def current(paths: Paths) -> Promotion | None:
    """
    Read what was said last to be in production; None before the first time.

    Raises:
        RegistryError: The file is damaged.
    """
    place = paths.registry / PROMOTION
    if not place.exists():
        return None
    try:
        return read_promotion(paths.registry)
    except FileError as error:
        raise RegistryError("this is damaged", hint=error.hint, path=shown(place)) from error


def highest_counter(paths: Paths) -> int:
    """
    Find the highest counter that was ever said, now or in any commit; 0 before the first.

    Raises:
        RegistryError: The file is damaged.
        RunError: The clone lacks older commits.
    """
    now = current(paths)
    return max([now.counter if now else 0, *_committed(paths)])


def _committed(paths: Paths) -> list[int]:
    if not has_git(paths.root):
        return []
    if is_shallow(paths.root):
        raise RunError("this clone lacks older commits", hint="`git fetch --unshallow`")
    place = str((paths.registry / PROMOTION).relative_to(paths.root))
    texts = [
        content_at(paths.root, commit.digest, place) for commit in commits_of(paths.root, place)
    ]
    return [_counter(text) for text in texts if text]


def _counter(text: str) -> int:
    """Read a counter out of history, where a damaged file says nothing."""
    try:
        found = json.loads(text)["counter"]
    except (LookupError, TypeError, ValueError):
        return 0
    return found if isinstance(found, int) else 0


def covers(signature: Path, files: Sequence[Path]) -> bool:
    """
    Say whether a signature is about some files as they are now, whoever has signed.

    Raises:
        RegistryError: It is no signature.
    """
    if not signature.exists():
        return False
    bundle = read_json(signature)
    try:
        statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        signed = {entry["digest"] for entry in statement["predicate"]["resources"]}
    except (LookupError, TypeError, ValueError, binascii.Error) as error:
        raise RegistryError(
            "this is no signature", hint="restore it from Git", path=shown(signature)
        ) from error
    return signed == {sha256_of(place) for place in files}
