"""
`rollback`: take the version in production out of it, and put an earlier one back.

Reads: models/<model>/
Writes: models/<model>/<version>/withdrawn.json, models/<model>/{production, staging}

The note comes before the pointers: cut off between the two, the same command goes on where it was.
Cut off after them, or told by the disk that the last of them may not last, it withdraws nothing
more: a withdrawal is known by its reason, so that no repetition can take a second version back.
"""

import argparse
import getpass
import logging
from pathlib import Path

from pipeline.answer import add_format, write
from pipeline.artifacts import Paths, shown, write_json
from pipeline.card import read_card
from pipeline.clock import now, stamp
from pipeline.config import load_block
from pipeline.errors import PipelineError, RegistryError
from pipeline.git import author
from pipeline.registry import (
    WITHDRAWN,
    point,
    production,
    read_version,
    staging,
    versions,
    withdrawal,
    withdrawn,
)

log = logging.getLogger(__name__)

_DONE = (
    "%s rollback: %s was withdrawn for this reason before, %s in production; "
    "to withdraw %s as well, give another reason"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("--to", metavar="VERSION", help="default: the one before it")
    parser.add_argument("--reason", metavar="WHY", required=True, help="kept beside the version")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Withdraw the version in production."""
    load_block(root, options.model)
    if not options.reason.strip():
        raise PipelineError("--reason says nothing", hint="say why, it is kept beside the version")
    live, recalled = run(Paths(root, options.model), options.to, options.reason)
    write(options, {"model": options.model, "production": live, "withdrawn": recalled})
    return 0


def run(paths: Paths, to: str | None, reason: str) -> tuple[str, str]:
    """
    Withdraw the version in production in favour of an earlier one.

    Returns:
        The version that is in production now, and the one that was withdrawn.

    Raises:
        RegistryError: Nothing is in production, or there is nothing sound to go back to.
    """
    live, staged = production(paths), staging(paths)
    if not live:
        raise RegistryError(
            f"`{paths.model}` has nothing in production",
            hint="there is nothing to roll back",
            path=shown(paths.production),
        )
    if done := _done_before(paths, live, to, reason):
        # Once more, because the first time the disk may have refused to flush it.
        point(paths.production, live)
        log.info(_DONE, paths.model, done, live, live)
        return live, done
    target = to or _parent(paths, live)
    _refuse_unsound(paths, live, target)
    if withdrawal(paths, live) is None:
        note = {"schema": 1, "who": _who(paths), "when": stamp(now()), "why": reason}
        write_json(paths.registry / live / WITHDRAWN, note)
    if staged == live:
        point(paths.staging, target)
    point(paths.production, target)
    log.info("%s rollback: %s withdrawn, %s in production", paths.model, live, target)
    return target, live


def _done_before(paths: Paths, live: str, to: str | None, reason: str) -> str:
    """Find the version that these very words have withdrawn in favour of the live one, or none."""
    for version in withdrawn(paths):
        note = withdrawal(paths, version)
        if note and note["why"] == reason and (to or _before(paths, version)) == live != version:
            return version
    return ""


def _parent(paths: Paths, live: str) -> str:
    if target := _before(paths, live):
        return target
    raise RegistryError(
        f"there is no version before {live} to go back to",
        hint="name one: --to VERSION; or `modelpress retire` the model",
        path=shown(paths.registry),
    )


def _before(paths: Paths, version: str) -> str:
    """Walk up the parents to one that was not withdrawn; empty if there is none."""
    recalled = set(withdrawn(paths))
    for _ in versions(paths):
        version = str(read_card(paths, version).fields.get("parent", ""))
        if version not in recalled:
            return version
    return ""


def _refuse_unsound(paths: Paths, live: str, target: str) -> None:
    read_version(paths, target)
    if target == live:
        raise RegistryError(f"{target} is in production itself", hint="name another: --to VERSION")
    if note := withdrawal(paths, target):
        raise RegistryError(
            f"{target} was withdrawn, too: {note['why']}", hint="name another: --to VERSION"
        )


def _who(paths: Paths) -> str:
    return author(paths.root) or getpass.getuser()
