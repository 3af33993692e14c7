"""
Files that were cut or badly merged: whoever reads one names it, and takes nothing for granted.

JSON of the house is one object, so every cut shows. YAML is another matter: what is left of it may
be YAML. Of `params.yaml` the last block may have lost the end of its last key, and blocks behind
it are gone; of `dvc.yaml` a list may be shorter; of `dvc.lock` whole entries may be gone, which
means a retrain. There the tests hold what must hold all the same. What DVC itself reads is put
before DVC.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from damage import CONFLICT, cuts, damages
from house import REPOSITORY, House, binary_rows, block

from modelpress.errors import ModelError
from modelpress.loading import load
from pipeline import evaluate, export, gate, rollback, train
from pipeline.artifacts import Paths, write_json
from pipeline.config import Params, load_block, load_params
from pipeline.decision import read_decision
from pipeline.dvc import call, settle_without_git
from pipeline.errors import ParamsError, PipelineError, RegistryError
from pipeline.export.digests import code_files
from pipeline.lockfile import STAGES, read_entries
from pipeline.registration import register
from pipeline.registration.journal import entries, read_entry
from pipeline.registry import read_card, versions, withdrawal
from pipeline.run.fetch import refuse_cut_pointer
from pipeline.run.reproduced import Happened
from pipeline.run.summary import told
from pipeline.schema import read_schema
from pipeline.table import read_accepted

GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
OTHER = {"name": "logistic_regression", "parameters": {"C": 0.5}}
# The lock has these words among the parameters: a cut may fall between two bytes of a letter.
FEATURES = {
    "size": {"kind": "numeric", "aliases": ["Größe"]},
    "colour": {"kind": "categorical", "aliases": ["色"]},
}
FAULTS = (PipelineError, ModelError)
EVERY_BYTE = 1_000_000

Read = Callable[[Paths], object]
Found = TypeVar("Found")


def modelpress(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=root,
        env={**os.environ, "DVC_NO_ANALYTICS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def sources(house: House) -> House:
    """Lay `a` and `m`: in this order, so that cuts of params.yaml fall into `m`."""
    for name in ("a", "m"):
        house.add(name, block(gate=GATE, features=FEATURES), binary_rows(200))
    return house


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A repository with every kind of record: a candidate, a version, a withdrawn one, a lock."""
    house = sources(House.make(tmp_path_factory.mktemp("made") / "house"))
    done = modelpress(house.root, "run", "--register")
    assert done.stdout.count("registered: v1.0.0") == 2, done.stdout + done.stderr
    house.add("m", block(gate=GATE, features=FEATURES, estimator=OTHER), binary_rows(200))
    house.stages("m")
    assert register(house.root, "m").version == "v1.1.0"
    rollback.run(Paths(house.root, "m"), None, "a reason")
    house.stages("m")
    settle_without_git(house.root)
    call(house.root, "add", "--quiet", "data/m/table.csv")
    write_json(Paths(house.root, "m").source, {"schema": 1, "source": "first", "rows": 200})
    return house


@pytest.fixture
def paths(made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A copy of it, in which the test stands."""
    root = shutil.copytree(made.root, tmp_path / "house")
    monkeypatch.chdir(root)
    return Paths(root, "m")


def refused(paths: Paths, name: str, read: Read) -> None:
    with pytest.raises(FAULTS) as caught:
        read(paths)
    assert name in "\n".join(caught.value.lines())


# Records that are JSON, and every program that reads them


def summarise(paths: Paths) -> object:
    return told(paths, load_block(paths.root, "m"), None, Happened("up to date"))


def register_it(paths: Paths) -> object:
    """Register the candidate of a model that has no version yet."""
    shutil.rmtree(paths.registry, ignore_errors=True)
    paths.registry.mkdir()
    paths.production.write_bytes(b"")
    try:
        return register(paths.root, "m")
    finally:
        assert versions(paths) == []


READERS: dict[str, Read] = {
    "artifacts/m/schema.json": lambda paths: read_schema(paths.schema),
    "artifacts/m/export.json": lambda paths: load(paths.onnx),
    "artifacts/m/evaluation.json": summarise,
    "artifacts/m/timing.json": summarise,
    "artifacts/m/gate.json": read_decision,
    "data/m/source.json": lambda paths: read_accepted(paths.source),
    "models/m/v1.0.0/card.json": lambda paths: read_card(paths, "v1.0.0"),
    "models/m/v1.1.0/withdrawn.json": lambda paths: withdrawal(paths, "v1.1.0"),
    "data/m/table.csv.dvc": refuse_cut_pointer,
    "models/m/decisions": lambda paths: [read_entry(place) for place in entries(paths)],
}
# What the verbs read of it that the table above does not.
VERBS: dict[str, tuple[Read, ...]] = {
    "artifacts/m/schema.json": tuple(
        lambda paths, stage=stage: stage.run(paths.root, "m")
        for stage in (train, export, evaluate, gate)
    ),
    "artifacts/m/training.json": (lambda paths: export.run(paths.root, "m"),),
    "artifacts/m/export.json": (
        lambda paths: evaluate.run(paths.root, "m"),
        lambda paths: gate.run(paths.root, "m"),
        register_it,
    ),
    "artifacts/m/golden.json": (lambda paths: evaluate.run(paths.root, "m"), register_it),
    "artifacts/m/evaluation.json": (register_it,),
    "artifacts/m/gate.json": (register_it,),
}


def record_at(paths: Paths, place: str) -> Path:
    found = paths.root / place
    return next(found.iterdir()) if found.is_dir() else found


@pytest.mark.parametrize("most", [25, pytest.param(EVERY_BYTE, marks=pytest.mark.slow)])
def test_a_damaged_record_is_refused_by_its_name(paths: Paths, most: int) -> None:
    count = 0
    for place, read in READERS.items():
        record = record_at(paths, place)
        sound = record.read_bytes()
        for content in damages(sound, most):
            record.write_bytes(content)
            refused(paths, record.name, read)
            count += 1
        record.write_bytes(sound)
        read(paths)
    sys.stdout.write(f"\n{count} damages of {len(READERS)} records: all refused by name\n")


@pytest.mark.parametrize("place", VERBS)
def test_no_verb_goes_on_with_a_damaged_record(
    paths: Paths, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(paths, monkeypatch)
    record, count = record_at(paths, place), 0
    sound = record.read_bytes()
    for verb in VERBS[place]:
        for content in damages(sound, 6):
            record.write_bytes(content)
            refused(paths, record.name, verb)
            count += 1
    sys.stdout.write(f"\n{place}: {count} refusals\n")


def accept(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the candidate be the first of its model, and accepted."""
    monkeypatch.setattr("pipeline.registration._is_live", lambda *_: False)
    shutil.rmtree(paths.registry)
    paths.registry.mkdir()
    paths.production.write_bytes(b"")
    assert gate.run(paths.root, "m").verdict == "accepted"


# YAML


@pytest.mark.parametrize("most", [60, pytest.param(EVERY_BYTE, marks=pytest.mark.slow)])
def test_params_that_were_cut_are_refused_or_are_those_that_are_left(
    tmp_path: Path, most: int
) -> None:
    """The end of the last key may be gone unseen, and whole blocks; no key before it ever is."""
    # The defaults and two models: what comes after is more of the same.
    sound = (REPOSITORY / "params.yaml").read_bytes().partition(b"\n\n  credit:")[0] + b"\n"
    whole, refusals = load_params(REPOSITORY).blocks, 0
    places = cuts(sound, most)
    for cut in places:
        (tmp_path / "params.yaml").write_bytes(sound[:cut])
        try:
            left = load_params(tmp_path)
        except ParamsError as error:
            left = Params((), {}, {"": error.faults})
        faults = [fault for found in left.faults.values() for fault in found]
        assert all(fault.path.startswith("params.yaml") for fault in faults), cut
        for name, found in left.blocks.items():
            lost = {key for key, value in found if value != getattr(whole[name], key)}
            assert not lost or (name, lost) == (left.names[-1], {last_key(sound[:cut])}), cut
        refusals += bool(faults)
    sys.stdout.write(f"\nparams.yaml: {len(places)} cuts, {refusals} refused\n")
    assert 0 < refusals < len(places)


def last_key(text: bytes) -> str:
    """Name the key of a block that a cut file ends in."""
    return re.findall(rb"^    (\w+):", text, re.MULTILINE)[-1].decode()


@pytest.mark.parametrize("name", ["1", "true", "null", "1.5", "2026-01-01"])
def test_a_model_s_name_is_text(paths: Paths, name: str) -> None:
    (paths.root / "params.yaml").write_text(f"models:\n  {name}: {{}}\n", "utf-8")
    refused(paths, "params.yaml", lambda paths: load_params(paths.root))


def read_or_refused(record: Path, read: Callable[[], Found]) -> Found | None:
    """Read what may be whole as far as anybody can tell; None if it was refused by its name."""
    try:
        return read()
    except RegistryError as error:
        if error.path != record.name:
            raise
        return None


@pytest.mark.parametrize("most", [100, pytest.param(EVERY_BYTE, marks=pytest.mark.slow)])
def test_a_lock_that_was_cut_is_refused_unless_it_ends_with_an_output(
    paths: Paths, most: int
) -> None:
    record = paths.root / "dvc.lock"
    sound, whole = record.read_bytes(), read_entries(record)
    places = {*cuts(sound, most), *(sound.index(b"  %b@m:\n" % x.encode()) for x in STAGES)}
    left = []
    for cut in sorted(places):
        record.write_bytes(sound[:cut])
        if (found := read_or_refused(record, lambda: read_entries(record))) is not None:
            # The last entry may have lost outputs: DVC calls that changed, and makes it anew.
            assert all(whole[name].startswith(entry) for name, entry in found.items()), cut
            assert [*found.values()][:-1] == [*whole.values()][: len(found)][:-1], cut
            left.append(len(found))
    assert left == sorted(left)
    assert set(range(5, 10)) <= set(left) <= set(range(10))
    sys.stdout.write(f"\ndvc.lock: {len(places)} cuts, {len(left)} of them behind an output\n")


@pytest.mark.parametrize("most", [60, pytest.param(EVERY_BYTE, marks=pytest.mark.slow)])
def test_a_cut_list_of_stages_is_refused_or_is_whole_as_far_as_it_makes_models(
    paths: Paths, most: int
) -> None:
    """A list that was cut between two files is a list: then the model is of another code digest."""
    record = paths.root / "dvc.yaml"
    sound, whole, refusals = record.read_bytes(), code_files(paths.root), 0
    last = sound.index(b"pipeline/scoring.py\n") + len(b"pipeline/scoring.py\n")
    for cut in cuts(sound, most):
        record.write_bytes(sound[:cut])
        found = read_or_refused(record, lambda: code_files(paths.root))
        assert cut < last or found in (None, whole), cut
        refusals += found is None
    assert refusals > 20


@pytest.mark.parametrize("place", ["params.yaml", "dvc.lock", "dvc.yaml"])
def test_marks_of_a_conflict_are_no_yaml_of_ours(paths: Paths, place: str) -> None:
    readers: dict[str, Read] = {
        "params.yaml": lambda paths: load_params(paths.root),
        "dvc.lock": lambda paths: read_entries(paths.root / "dvc.lock"),
        "dvc.yaml": lambda paths: code_files(paths.root),
    }
    record = paths.root / place
    lines = record.read_bytes().splitlines(keepends=True)
    for at in range(0, len(lines), max(len(lines) // 25, 1)):
        ours, theirs = lines[at], lines[at].replace(b":", b": 1")
        record.write_bytes(b"".join([*lines[:at], CONFLICT % (ours, theirs), *lines[at + 1 :]]))
        refused(paths, place, readers[place])


# What DVC reads before us


@pytest.mark.slow
@pytest.mark.parametrize("place", ["params.yaml", "dvc.lock", "dvc.yaml", "data/m/table.csv.dvc"])
def test_a_run_names_the_damaged_file_or_brings_the_same_about(paths: Paths, place: str) -> None:
    record = paths.root / place
    sound, fine = record.read_bytes(), 0
    before = {x: x.read_bytes() for x in (paths.onnx, paths.evaluation, paths.metrics)}
    contents = damages(sound, 8)
    if place == "dvc.lock":  # whole entries are gone
        contents += [sound[: sound.index(b"  %b@m:\n" % stage)] for stage in (b"prepare", b"gate")]
    for content in contents:
        record.write_bytes(content)
        done = modelpress(paths.root, "run", "m")
        assert "Traceback" not in done.stdout + done.stderr
        # Verdict 1: the candidate is the one that was withdrawn.
        assert done.returncode == 1 or place in done.stdout + done.stderr, done.stderr
        assert done.returncode in {1, 2}
        fine += done.returncode == 1
        assert done.returncode == 2 or before == {x: x.read_bytes() for x in before}
    sys.stdout.write(f"\n{place}: {len(contents)} damages, {len(contents) - fine} refused\n")
    assert fine == (2 if place == "dvc.lock" else 0)


@pytest.mark.slow
def test_a_run_makes_damaged_outputs_of_stages_anew(paths: Paths) -> None:
    records = [paths.metrics, paths.evaluation, paths.gate, paths.golden, paths.plot("roc")]
    assert modelpress(paths.root, "run", "m").returncode == 1
    sound = {record: record.read_bytes() for record in records}
    for share in (0, 3, 5):
        for record, content in sound.items():
            half = content[: len(content) * share // 10]
            record.write_bytes(half or CONFLICT % (content, content))
        done = modelpress(paths.root, "run", "m")
        assert done.returncode == 1, done.stdout + done.stderr
        assert {record: record.read_bytes() for record in records} == sound


@pytest.mark.slow
def test_a_run_of_one_damaged_timing_stops_no_other_model(paths: Paths) -> None:
    timing = Paths(paths.root, "a").timing
    timing.write_bytes(timing.read_bytes()[:-5])
    done = modelpress(paths.root, "run")

    assert done.returncode == 2
    assert "error: artifacts/a/timing.json: this " in done.stdout
    assert re.search(r"^m +rejected", done.stdout, re.MULTILINE)
