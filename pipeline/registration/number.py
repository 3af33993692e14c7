"""The number of the next version: computed from what changed against the one in production."""

from collections.abc import Mapping

from modelpress.model import Model
from pipeline.artifacts import Paths
from pipeline.registry import read_version, versions
from pipeline.version import FIRST, Level, Version, parse_version


def next_version(
    paths: Paths, candidate: Model, made_of: Mapping[str, str], champion: str
) -> Version:
    """
    Number a candidate.

    Counted up from the highest number there is, so that none is ever used twice, by what changed
    against the version in production, or the newest where none is.

    Raises:
        RegistryError: That version is damaged.
    """
    there = versions(paths)
    if not there:
        return FIRST
    highest = max(version for name in there if (version := parse_version(name)))
    return highest.next(_level(paths, candidate, made_of, champion or there[-1]))


def _level(paths: Paths, candidate: Model, made_of: Mapping[str, str], parent: str) -> Level:
    before = read_version(paths, parent)
    if before.model.signature.interface != candidate.signature.interface:
        return "major"
    changed = {name for name, digest in made_of.items() if before.card.made_of[name] != digest}
    return "patch" if changed <= {"data_sha256"} else "minor"
