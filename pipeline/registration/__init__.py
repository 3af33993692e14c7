"""
Making an accepted candidate a version, and letting the pointers name it.

Bytes come before the card and the card before the pointers, each written beside, flushed and
renamed. Cut off anywhere, it leaves what was there before, and at worst bytes that no card names:
the next registration writes over those.
"""

import hashlib
import logging
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from modelpress.model import Model
from pipeline.artifacts import Paths, read_fields, shown, write_bytes
from pipeline.candidate import load_candidate
from pipeline.card import read_card
from pipeline.clock import now
from pipeline.config import load_block
from pipeline.config.judge import Gate
from pipeline.decision import Decision, read_decision
from pipeline.errors import RegistryError
from pipeline.registration.card import compose_card, write_card
from pipeline.registration.journal import write_entry
from pipeline.registration.number import next_version
from pipeline.registry import (
    MODEL,
    find_equal,
    point,
    production,
    staging,
    versions,
    withdrawal,
)

log = logging.getLogger(__name__)


LARGEST = 50_000_000
"""Bytes of a model. Git keeps every version for ever, and GitHub warns about a file beyond this."""


class Registration(NamedTuple):
    """
    What registering came to.

    Attributes:
        version: The version that the candidate is; empty if it was not accepted.
        new: Whether this made it one.
        promoted: Whether production has moved.
    """

    version: str
    new: bool
    promoted: bool


def register(root: Path, model: str) -> Registration:
    """
    Register one model's candidate, if its gate has accepted it.

    Raises:
        ParamsError: Its block has faults.
        RegistryError: Candidate, record and decision do not belong together, or a card is damaged.
    """
    paths, gate = Paths(root, model), load_block(root, model).gate
    decision, candidate = _judged(paths)
    live = production(paths)
    unchanged = decision.verdict == "unchanged" and decision.champion == live
    if unchanged or _is_live(paths, live, candidate):
        log.info("%s register: unchanged, %s stands", model, live)
        return Registration(live, new=False, promoted=False)
    _refuse_stale(paths, decision, live)
    if decision.verdict != "accepted":
        write_entry(paths, decision, now())
        log.info("%s register: nothing, as the gate says %s", model, decision.verdict)
        return Registration("", new=False, promoted=False)
    return _registered(paths, gate, decision, candidate)


def overrule(root: Path, model: str, reason: str) -> str:
    """
    Register a candidate that the gate could not compare, because a person says why it shall be.

    Returns:
        Its version, which is in staging now.

    Raises:
        RegistryError: The gate's word was another, or the candidate fails a rule of its own.
    """
    paths = Paths(root, model)
    decision, candidate = _judged(paths)
    _refuse_stale(paths, decision, production(paths))
    failed = [rule.id for rule in decision.rules if not rule.passed and rule.id != "interface"]
    if decision.verdict != "not_comparable" or failed:
        word = f"it fails {failed[0]}" if failed else f"the gate says {decision.verdict}"
        raise RegistryError(
            f"a reason overrules `not_comparable` alone, and {word}",
            hint="change an input; or name a registered version to promote",
            path=shown(paths.gate),
        )
    version = _version(paths, decision, candidate, reason)
    point(paths.staging, version)
    return version


def _judged(paths: Paths) -> tuple[Decision, Model]:
    """Read the candidate and what was decided about it, and refuse what is not of one run."""
    decision, candidate = read_decision(paths), load_candidate(paths)
    if decision.sha256 != candidate.sha256:
        raise _stale(paths, "the gate judged other bytes than the candidate's")
    return decision, candidate


def _is_live(paths: Paths, live: str, candidate: Model) -> bool:
    """Whether an earlier registration of the same candidate has come to its end."""
    return bool(live) and read_card(paths, live).sha256 == candidate.sha256


def _refuse_stale(paths: Paths, decision: Decision, live: str) -> None:
    if decision.champion != live:
        raise _stale(paths, f"the gate judged against `{decision.champion}`, not what is live now")


def _stale(paths: Paths, message: str) -> RegistryError:
    return RegistryError(message, hint=f"`modelpress run {paths.model}`", path=shown(paths.gate))


def _registered(paths: Paths, gate: Gate, decision: Decision, candidate: Model) -> Registration:
    before = versions(paths)
    version = _version(paths, decision, candidate, "")
    if staging(paths) != version:
        point(paths.staging, version)
    promoted, new = gate.promote == "auto", version not in before
    if promoted:
        point(paths.production, version)
    place = "production" if promoted else "staging"
    log.info("%s register: %s%s, in %s", paths.model, version, "" if new else " again", place)
    return Registration(version, new, promoted)


def _version(paths: Paths, decision: Decision, candidate: Model, overruled: str) -> str:
    """Find the version that the candidate is, or make it one; either way, log the decision."""
    made_of = read_fields(paths.export, "made_of")["made_of"]
    if equal := find_equal(paths, candidate, made_of):
        if note := withdrawal(paths, equal):
            raise _stale(paths, f"the gate judged before {equal} was withdrawn: {note['why']}")
        write_entry(paths, decision, now())
        return equal
    version = str(next_version(paths, candidate, made_of, decision.champion))
    # Whatever is wrong with what it is made of must show before anything is written.
    card = compose_card(paths, version, decision, candidate)
    write_entry(paths, decision, now())
    _write_bytes(paths, version, decision.sha256)
    write_card(paths, replace(card, overruled=overruled))
    return version


def _write_bytes(paths: Paths, version: str, sha256: str) -> None:
    place, content = paths.registry / version / MODEL, paths.onnx.read_bytes()
    _refuse_large(paths, len(content))
    write_bytes(place, content)
    if hashlib.sha256(place.read_bytes()).hexdigest() != sha256:
        raise RegistryError(
            "what the disk gives back is not what was written",
            hint="look after the disk; nothing was registered",
            path=shown(place),
        )


def _refuse_large(paths: Paths, size: int) -> None:
    if size > LARGEST:
        raise RegistryError(
            f"the model has {size / 1e6:.0f} MB, and Git keeps every version for ever: "
            f"{LARGEST / 1e6:.0f} MB is the limit",
            hint="fewer trees, less depth or a smaller vocabulary: `estimator.parameters`",
            path=shown(paths.onnx),
        )
