"""
A seeded repository with many models, versions and days, in seconds: no stage has run in it.

Cards, model files, decisions and curves are those of the shipped models under other names; days of
monitoring are made of the cards. Git knows the promotions alone, by `git fast-import`.
"""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from house import REPOSITORY

KINDS = ("iris", "spam", "credit", "tickets")
FIRST_DAY = datetime(2026, 1, 1, 6, tzinfo=UTC)
VARIANTS = 8
"""Days of monitoring that differ in more than their date, for each kind."""

_DRIFTED = {"numeric": "wasserstein", "categorical": "jensen_shannon", "text": "domain_auc"}
_LIMITS = {"wasserstein": 0.15, "jensen_shannon": 0.1, "domain_auc": 0.65, "psi": 0.1}


@dataclass(frozen=True)
class Fleet:
    """
    A repository.

    Attributes:
        names: Of the models, `m000` and so on; the kinds take turns.
    """

    root: Path
    names: tuple[str, ...]
    versions: int
    days: int

    def kind(self, name: str) -> str:
        """Name the shipped model that a model is a copy of."""
        return KINDS[self.names.index(name) % len(KINDS)]

    def first_of(self, kind: str) -> str:
        """Name the first model of a kind."""
        return self.names[KINDS.index(kind)]

    @property
    def last_day(self) -> date:
        """The newest day, also that of the last promotion."""
        return (FIRST_DAY + timedelta(days=max(self.days, self.versions))).date()


def lay_fleet(root: Path, models: int, versions: int = 3, days: int = 5, seed: int = 7) -> Fleet:
    """Lay a fleet out."""
    fleet = Fleet(root, tuple(f"m{i:03d}" for i in range(models)), versions, days)
    dice = random.Random(seed)
    root.mkdir(parents=True)
    shutil.copy(REPOSITORY / "dvc.yaml", root)
    _lay_params(fleet)
    _lay_lock(fleet)
    for name in fleet.names:
        _lay_artifacts(fleet, name)
        _lay_versions(fleet, name)
        _lay_days(fleet, name, dice)
    _lay_history(fleet)
    return fleet


def add_promotion(fleet: Fleet, name: str, version: str, subject: str) -> None:
    """Point production at a version, and commit that."""
    _pointer(fleet.root, name, "production").write_text(f"{version}\n", "utf-8")
    moment = datetime.combine(fleet.last_day, FIRST_DAY.time(), UTC)
    git(fleet.root, moment, "add", f"models/{name}/production")
    git(fleet.root, moment, "commit", "--quiet", "--message", subject)


def git(root: Path, moment: datetime, *words: str, stdin: bytes | None = None) -> str:
    """Call Git at a moment, without this machine's settings."""
    told = f"{int(moment.timestamp())} +0000"
    who = {f"GIT_{x}_NAME": "Fleet" for x in ("AUTHOR", "COMMITTER")}
    who |= {f"GIT_{x}_EMAIL": "fleet@example.org" for x in ("AUTHOR", "COMMITTER")}
    dated = {f"GIT_{x}_DATE": told for x in ("AUTHOR", "COMMITTER")}
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *words],
        cwd=root,
        input=stdin,
        env={**os.environ, **who, **dated, **plain},
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode()


def _moment(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number)


def _version(number: int) -> str:
    return f"v1.0.{number}"


def _pointer(root: Path, name: str, stage: str) -> Path:
    return root / "models" / name / stage


def _write(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")


# params.yaml and dvc.lock


def _lay_params(fleet: Fleet) -> None:
    """Write the kinds once, and let every other model of a kind lean on the first."""
    text = (REPOSITORY / "params.yaml").read_text("utf-8")
    blocks = _blocks(text)
    lines = [text.split("\nmodels:\n", 1)[0], "models:"]
    for i, name in enumerate(fleet.names):
        kind = fleet.kind(name)
        if i < len(KINDS):
            lines.append(f"  {name}: &{kind}-kind\n{blocks[kind].rstrip()}")
        else:
            lines.append(f"  {name}:\n    <<: *{kind}-kind\n    title: Model {name} ({kind})")
    _write(fleet.root / "params.yaml", "\n".join(lines) + "\n")


def _blocks(text: str) -> dict[str, str]:
    """Cut the blocks apart, each without its first line."""
    found: dict[str, list[str]] = {}
    for line in text.split("\nmodels:\n", 1)[1].split("\n"):
        if line.startswith("  ") and line[2:3].isalpha():
            found[line.strip().partition(":")[0]] = lines = []
        elif found:
            lines.append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def _lay_lock(fleet: Fleet) -> None:
    text = (REPOSITORY / "dvc.lock").read_text("utf-8")
    head, _, body = text.partition("stages:\n")
    entries: dict[str, str] = {}
    for line in body.splitlines(keepends=True):
        if line.startswith("  ") and line[2] != " ":
            key = line.strip().rstrip(":")
            entries[key] = ""
        entries[key] += line
    stages = dict.fromkeys(key.partition("@")[0] for key in entries)
    told = [
        _renamed(entries[f"{stage}@{fleet.kind(name)}"], fleet.kind(name), name)
        for stage in stages
        for name in fleet.names
    ]
    _write(fleet.root / "dvc.lock", f"{head}stages:\n{''.join(told)}")


def _renamed(text: str, kind: str, name: str) -> str:
    for before, after in (
        (f"@{kind}:", f"@{name}:"),
        (f"/{kind}/", f"/{name}/"),
        (f" {kind}\n", f" {name}\n"),
        (f"models.{kind}.", f"models.{name}."),
    ):
        text = text.replace(before, after)
    return text


# Artifacts and versions


def _lay_artifacts(fleet: Fleet, name: str) -> None:
    kind = fleet.kind(name)
    for place, text in _artifacts(kind).items():
        _write(
            fleet.root / "artifacts" / name / place,
            text.replace(f'"model": "{kind}"', f'"model": "{name}"'),
        )


@cache
def _artifacts(kind: str) -> dict[str, str]:
    folder = REPOSITORY / "artifacts" / kind
    wanted = [folder / "gate.json", folder / "evaluation.json", *(folder / "plots").glob("*.json")]
    return {str(place.relative_to(folder)): place.read_text("utf-8") for place in wanted}


@cache
def _card(kind: str) -> dict[str, Any]:
    place = REPOSITORY / "models" / kind / "v1.0.0" / "card.json"
    card: dict[str, Any] = json.loads(place.read_text("utf-8"))
    return card


@cache
def _card_text(kind: str) -> str:
    marks = {"model": "@MODEL@", "version": "@VERSION@", "parent": "@PARENT@"}
    card = _card(kind) | marks | {"created": "@CREATED@"}
    return json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@cache
def _decision_text(kind: str) -> str:
    (place,) = sorted((REPOSITORY / "models" / kind / "decisions").glob("*.json"))[:1]
    entry = json.loads(place.read_text("utf-8")) | {"date": "@CREATED@"}
    return json.dumps(entry, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _lay_versions(fleet: Fleet, name: str) -> None:
    kind, folder = fleet.kind(name), fleet.root / "models" / name
    for number in range(fleet.versions):
        place, created = folder / _version(number), _moment(number).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = _card_text(kind).replace("@MODEL@", name).replace("@VERSION@", _version(number))
        text = text.replace("@PARENT@", _version(number - 1) if number else "")
        _write(place / "card.json", text.replace("@CREATED@", created))
        _lay_onnx(fleet, kind, place / "model.onnx")
        told = _decision_text(kind).replace("@CREATED@", created)
        _write(folder / "decisions" / f"{created[:10]}-{number:012x}.json", told)
    newest = _version(fleet.versions - 1) + "\n" if fleet.versions else ""
    _write(folder / "production", newest)
    _write(folder / "staging", newest)


def _lay_onnx(fleet: Fleet, kind: str, target: Path) -> None:
    """
    Let all of a kind be one file: 10,000 copies would fill a disk.

    The first is a copy: a shipped file that has other names is one that others may change.
    """
    first = fleet.root / "models" / fleet.first_of(kind) / _version(0) / "model.onnx"
    if target == first:
        shutil.copy(REPOSITORY / "models" / kind / "v1.0.0" / "model.onnx", target)
    else:
        target.hardlink_to(first)


# Monitoring


def _lay_days(fleet: Fleet, name: str, dice: random.Random) -> None:
    kind, folder = fleet.kind(name), fleet.root / "monitoring" / name
    folder.mkdir(parents=True)
    for number in range(fleet.days):
        day = (fleet.last_day - timedelta(days=fleet.days - 1 - number)).isoformat()
        text = _day_text(kind, dice.randrange(VARIANTS)).replace("@MODEL@", name)
        version = _version(max(0, min(number, fleet.versions - 1)))
        text = text.replace("@DAY@", day).replace("@VERSION@", version)
        (folder / f"{day}.json").write_text(text, "utf-8")


@cache
def _day_text(kind: str, variant: int) -> str:
    dice = random.Random(f"{kind}{variant}")
    card = _card(kind)
    tested = card["metrics"]["test"]
    return (
        json.dumps(
            {
                "schema": 1,
                "model": "@MODEL@",
                "date": "@DAY@",
                "version": "@VERSION@",
                "rows": dice.randrange(80, 200),
                "windows": {
                    name: _figures(tested, dice, n) for name, n in (("7d", 900), ("14d", 1800))
                },
                "predictions": {},
                "quality": _quality(card),
                "drift": list(_tests(card, dice)),
                "estimate": _figures(tested, dice, 1800),
                "alert": {},
                "service": None,
            },
            indent=1,
            sort_keys=True,
        )
        + "\n"
    )


def _figures(tested: dict[str, Any], dice: random.Random, n: int) -> dict[str, Any]:
    found = {}
    for name, told in tested.items():
        value = round((told["value"] or 0.0) + dice.gauss(0, 0.01), 6)
        found[name] = {"value": value, "low": value - 0.03, "high": value + 0.03, "n": n}
    return found


def _tests(card: dict[str, Any], dice: random.Random) -> Iterator[dict[str, Any]]:
    for field in card["inputs"]:
        for test in (_DRIFTED[field["kind"]], "psi"):
            limit = _LIMITS[test]
            value = round(dice.uniform(0.0, limit), 6)
            told = {"feature": field["name"], "test": test, "value": value, "limit": limit}
            yield {**told, "p": 0.5, "fired": False}


def _quality(card: dict[str, Any]) -> dict[str, Any]:
    return {
        "days_without_rows": [],
        "unmonitored": [],
        "faults": {},
        "absent": [],
        "unreadable": {},
        "missing": {field["name"]: 0.0 for field in card["inputs"]},
        "strange_labels": 0,
        "ahead": 0,
        "repeated": 0,
        "labelled": 900,
        "too_few": False,
    }


# Git


def _lay_history(fleet: Fleet) -> None:
    """Commit the promotions, each by itself: version by version, model by model."""
    git(fleet.root, FIRST_DAY, "init", "--quiet", "--initial-branch=main")
    stream = b"".join(_commits(fleet))
    git(fleet.root, FIRST_DAY, "fast-import", "--quiet", "--force", stdin=stream)
    git(fleet.root, FIRST_DAY, "read-tree", "HEAD")


def _commits(fleet: Fleet) -> Iterator[bytes]:
    before, readme = int(FIRST_DAY.timestamp()) - 60, "A fleet.\n"
    _write(fleet.root / "README.md", readme)
    yield _commit(before, "An empty repository", "README.md", readme)
    for number in range(fleet.versions):
        for i, name in enumerate(fleet.names):
            seconds = int(_moment(number).timestamp()) + i
            place, version = f"models/{name}/production", f"{_version(number)}\n"
            yield _commit(seconds, f"{name}: {_version(number)}", place, version)


def _commit(seconds: int, subject: str, place: str, content: str) -> bytes:
    who = f"Fleet <fleet@example.org> {seconds} +0000"
    return (
        f"commit refs/heads/main\nauthor {who}\ncommitter {who}\n"
        f"data {len(subject.encode())}\n{subject}\n"
        f"M 100644 inline {place}\ndata {len(content.encode())}\n{content}\n"
    ).encode()
