"""The verb `retire`: a model leaves params.yaml, and its history stays."""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from house import House, binary_rows, block
from ruamel.yaml import YAML

from pipeline.cli import main
from pipeline.dvc import settle_without_git, status
from pipeline.lockfile import STAGES, read_entries

BLOCK = "\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in block().items())

OPENING = """\
# what this file is for

models:  # every model of ours
  # the first
"""
A = f"""\
  a:
{BLOCK}
    # the end of a

"""
BETWEEN = """\
  # about b:   spaces  and	tabs stay
"""
B = f"""\
  'b':  # quoted
{BLOCK}

"""
C = f"""\
  c:
{BLOCK}
"""
CLOSING = """\
# behind all of them
"""
FILE = OPENING + A + BETWEEN + B + C + CLOSING

DIGEST = "0123456789abcdef0123456789abcdef"


def entry(model: str, stage: str) -> str:
    return (
        f"  {stage}@{model}:\n    cmd: modelpress {stage} {model}\n    deps:\n"
        f"    - path: data/{model}/table.csv\n      hash: md5\n      md5: {DIGEST}\n      size: 7\n"
        f"    outs:\n    - path: artifacts/{model}/{stage}\n      hash: md5\n      md5: {DIGEST}\n"
        f"      size: {len(stage)}\n"
    )


def lock_of(*models: str) -> str:
    entries = [entry(model, stage) for model in models for stage in STAGES]
    return "schema: '2.0'\nstages:\n" + "".join(entries)


class Said(NamedTuple):
    """How the verb ended, what it said on stderr, and what it logged."""

    code: int
    err: str
    log: list[str]


Call = Callable[[str], Said]


@pytest.fixture
def retire(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Call:
    """The verb, called as the shell calls it."""
    monkeypatch.chdir(house.root)
    caplog.set_level(logging.INFO)

    def call(name: str) -> Said:
        caplog.clear()
        code = main(["retire", name])
        return Said(code, capsys.readouterr().err, caplog.messages)

    return call


@pytest.fixture
def three(house: House) -> House:
    """Models a, b and c: a commented file, a lock, tables, a version in production each."""
    (house.root / "params.yaml").write_bytes(FILE.encode())
    (house.root / "dvc.lock").write_text(lock_of("a", "b", "c"), "utf-8")
    for name in "abc":
        house.write_table(name, binary_rows(40))
        version = house.root / "models" / name / "v1.0.0"
        version.mkdir(parents=True)
        (version / "model.onnx").write_bytes(name.encode())
        (version / "card.json").write_text("{}", "utf-8")
        (version.parent / "production").write_text("v1.0.0\n", "utf-8")
        house.artifact(name, "plots").mkdir(parents=True)
        house.artifact(name, "metrics.json").write_text("{}", "utf-8")
    return house


def everything(root: Path) -> dict[str, bytes]:
    """Every file but the sources, by its path."""
    files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".py")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


LEFT = {
    "a": OPENING + BETWEEN + B + C + CLOSING,
    "b": OPENING + A + BETWEEN + C + CLOSING,
    "c": OPENING + A + BETWEEN + B.removesuffix("\n") + CLOSING,
}


@pytest.mark.parametrize("name", LEFT)
def test_the_block_goes_and_every_other_byte_stays(three: House, retire: Call, name: str) -> None:
    assert retire(name).code == 0

    assert (three.root / "params.yaml").read_bytes().decode() == LEFT[name]
    assert set(three.params) == set("abc") - {name}


def test_windows_line_ends_stay(three: House, retire: Call) -> None:
    (three.root / "params.yaml").write_bytes(FILE.replace("\n", "\r\n").encode())

    assert retire("b").code == 0
    left = (three.root / "params.yaml").read_bytes().decode()
    assert left == LEFT["b"].replace("\n", "\r\n")


def test_versions_and_table_stay_and_nothing_is_in_production(three: House, retire: Call) -> None:
    before = everything(three.root)
    said = retire("b")
    after = everything(three.root)

    assert said.log == [
        "b retire: out of params.yaml and dvc.lock, nothing in production; kept: data/b, models/b"
    ]
    assert after["models/b/production"] == b""
    assert not three.artifact("b", "").exists()
    changed = {path for path in before if after.get(path) != before[path]}
    assert changed == {
        "params.yaml", "dvc.lock", "models/b/production", "artifacts/b/metrics.json",
    }  # fmt: skip
    assert set(after) < set(before)


def test_the_lock_loses_the_model_s_entries_and_keeps_the_others_to_the_letter(
    three: House, retire: Call
) -> None:
    retire("b")

    assert (three.root / "dvc.lock").read_text("utf-8") == lock_of("a", "c")


def test_a_table_in_the_remote_keeps_its_pointer(three: House, retire: Call) -> None:
    """The table may be the only one of its kind: whoever wants it gone removes it by hand."""
    folder = three.root / "data/b"
    (folder / "table.csv").rename(folder / "elsewhere")
    (folder / "table.csv.dvc").write_text("outs:\n- md5: 1\n  path: table.csv\n", "utf-8")
    (folder / ".gitignore").write_text("/table.csv\n", "utf-8")
    before = everything(folder)
    retire("b")

    assert everything(folder) == before


def test_a_model_that_was_never_run_is_retired_as_well(house: House, retire: Call) -> None:
    house.write_params({"a": block(), "b": block()})
    said = retire("a")

    assert said.code == 0
    assert said.log[0].endswith("kept: nothing")
    assert not (house.root / "dvc.lock").exists()
    assert not (house.root / "models").exists(), "nothing is made of a model that goes"


def test_a_block_with_faults_is_retired_and_so_is_one_beside_it(house: House, retire: Call) -> None:
    house.write_params({"faulty": {"title": 1}, "a": block(), "Bad Name": {}})

    assert retire("a").code == 0
    assert retire("faulty").code == 0
    assert set(house.params) == {"Bad Name"}


@pytest.mark.parametrize("name", ["x", "", "A", "../b", "models", "b/"])
def test_an_unknown_name_is_refused_with_the_names_there_are(
    three: House, retire: Call, name: str
) -> None:
    before = everything(three.root)
    said = retire(name)

    assert said.code == 2
    assert said.err == (
        f"error: params.yaml: there is no model `{name}`\nhint: there are a, b, c\n"
    )
    assert everything(three.root) == before


def test_a_model_is_retired_once(three: House, retire: Call) -> None:
    retire("b")
    before = everything(three.root)

    assert retire("b").code == 2
    assert everything(three.root) == before


LEANING = """\
models:
  a: &first
    title: A
  b:
    <<: *first
"""


@pytest.mark.parametrize(
    ("file", "content", "fact"),
    [
        ("dvc.lock", lock_of("a", "b", "c") + "<<<<<<< HEAD\n", "dvc.lock: this is not a lock"),
        ("dvc.lock", lock_of("a")[:-9], "dvc.lock: this is not a lock"),
        ("params.yaml", LEANING, "the block of `a` cannot be removed"),
        ("params.yaml", FILE + "models: [", "params.yaml:58: this is not YAML"),
    ],
    ids=["lock in conflict", "lock cut", "another block leans on it", "no YAML"],
)
def test_what_is_wrong_shows_before_anything_is_changed(
    three: House, retire: Call, file: str, content: str, fact: str
) -> None:
    (three.root / file).write_text(content, "utf-8")
    before = everything(three.root)
    said = retire("a")

    assert said.code == 2
    assert said.err.startswith("error: ")
    assert fact in said.err
    assert "\nhint: " in said.err
    assert everything(three.root) == before


def test_the_last_model_leaves_a_file_that_dvc_and_the_house_can_read(
    three: House, retire: Call
) -> None:
    for name in "abc":
        assert retire(name).code == 0
    settle_without_git(three.root)

    text = (three.root / "params.yaml").read_text("utf-8")
    assert YAML(typ="safe").load(text) == {"models": {}}
    comments = [line for line in FILE.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == [
        line for line in comments if line != "    # the end of a"
    ]
    assert read_entries(three.root / "dvc.lock") == {}
    assert status(three.root) == {}


def modelpress(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_what_is_left_is_up_to_date_and_what_comes_after_the_last_one_runs(house: House) -> None:
    rows: list[dict[str, Any]] = binary_rows(200)
    house.add("a", block(), rows).add("b", block(), rows)
    assert modelpress(house.root, "run").returncode == 0
    assert modelpress(house.root, "retire", "a").returncode == 0
    rest = modelpress(house.root, "run")
    assert rest.returncode == 0, rest.stderr
    assert "up to date" in rest.stdout

    assert modelpress(house.root, "retire", "b").returncode == 0
    assert modelpress(house.root, "run").returncode == 0, "nothing is up to date, too"
    shutil.rmtree(house.root / "data" / "b")
    house.add("b", block(), rows)
    again = modelpress(house.root, "run")
    assert again.returncode == 0, again.stderr
    assert "accepted" in again.stdout
