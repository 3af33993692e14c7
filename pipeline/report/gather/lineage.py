"""The graph of the stages, as dvc.yaml declares it, and the last run, as dvc.lock has it."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.artifacts import read_text
from pipeline.errors import PipelineError
from pipeline.git import Commit, commits_of
from pipeline.lockfile import read_entries
from pipeline.report.facts import Edge, File, Pipeline, Stage
from pipeline.terms import in_utc

_ITEM = re.compile(
    r"^    - path: (?P<path>.+)\n      hash: md5\n      md5: (?P<md5>\w+)(?:\.dir)?\n"
    r"      size: (?P<size>\d+)\n(?:      nfiles: (?P<files>\d+)\n)?",
    re.MULTILINE,
)
_ENGINE = ("pipeline/", "modelpress", "requirements/")
_KEY = "${key}"

Declared = Mapping[str, Any]


def gather_pipeline(root: Path, models: Iterable[str]) -> Pipeline:
    """Read the graph and the lock; what is wrong with them is a fact about the pipeline."""
    try:
        kinds = _declared(root)
        entries = read_entries(root / "dvc.lock")
    except PipelineError as error:
        return Pipeline((), (), (), ". ".join(error.lines()), "", "", "", "")
    stages = tuple(
        _stage(kind, model, told, entries.get(f"{kind}@{model}", ""))
        for model in models
        for kind, told in kinds.items()
    )
    last = _last(root)
    return Pipeline(
        kinds=tuple(kinds),
        edges=tuple(_edges(kinds)),
        stages=stages,
        fault="",
        ran=in_utc(last.moment) if last.moment else "",
        commit=last.digest,
        author=last.author,
        subject=last.subject,
    )


def _last(root: Path) -> Commit:
    try:
        commits = commits_of(root, "dvc.lock")
    except PipelineError:  # the history's own fault says why
        commits = []
    return commits[-1] if commits else Commit("", "", "", "")


def _declared(root: Path) -> dict[str, Declared]:
    place = root / "dvc.yaml"
    if not place.exists():
        return {}
    try:
        told = YAML(typ="safe", pure=True).load(read_text(place))
        return {str(name): dict(stage["do"]) for name, stage in told["stages"].items()}
    except (YAMLError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise PipelineError(
            "this has no stages that run for every model",
            hint="restore it from Git",
            path=place.name,
        ) from error


def _places(told: Declared, *keys: str) -> list[str]:
    """Name files; an output with settings is a mapping with one key."""
    found = [entry for key in keys for entry in told.get(key) or ()]
    return [str(next(iter(entry))) if isinstance(entry, dict) else str(entry) for entry in found]


def _edges(kinds: Mapping[str, Declared]) -> Iterable[Edge]:
    makers = {
        place: kind
        for kind, told in kinds.items()
        for place in _places(told, "outs", "metrics", "plots")
    }
    for kind, told in kinds.items():
        for place in _places(told, "deps"):
            if place in makers:
                yield Edge(makers[place], kind, place.replace(_KEY, "{model}"))


def _stage(kind: str, model: str, told: Declared, entry: str) -> Stage:
    found = {one["path"]: one for one in _ITEM.finditer(entry)}
    deps = [_file(place.replace(_KEY, model), found) for place in _places(told, "deps")]
    outs = [
        _file(place.replace(_KEY, model), found)
        for place in _places(told, "outs", "metrics", "plots")
    ]
    return Stage(
        name=kind,
        model=model,
        command=str(told.get("cmd", "")).replace(_KEY, model),
        state="ran" if entry else "never",
        deps=tuple(file for file in deps if not file.path.startswith(_ENGINE)),
        code=tuple(file for file in deps if file.path.startswith(_ENGINE)),
        params=tuple(key.replace(_KEY, model) for key in _places(told, "params")),
        outs=tuple(outs),
    )


def _file(place: str, found: Mapping[str, re.Match[str]]) -> File:
    one = found.get(place)
    if one is None:
        return File(place, "", None, None)
    return File(place, one["md5"], int(one["size"]), int(one["files"]) if one["files"] else None)
