"""
Bad inputs over all verbs: what each is told, word by word, and that nothing is lost or changed.

The tables in `tests/support/bad_*.py` double as documentation: an input, a command, its answer.
"""

import io
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bad_feedback
import bad_files
import bad_params
import bad_registry
import bad_stages
import bad_tables
import bad_versions
import bad_words
import pytest
from spoilt import Case, Spoil, conflict, contents, cut, file, make_sound, write

from pipeline.cli import VERBS, main

_TABLES = (
    *(bad_params, bad_tables, bad_stages, bad_registry),
    *(bad_versions, bad_words, bad_files, bad_feedback),
)
CASES = tuple(case for table in _TABLES for case in table.CASES)

pytestmark = pytest.mark.git

# What differs from machine to machine and from run to run.
_VARIES = {
    r"\b[0-9a-f]{64}\b": "SHA256",
    r"\b[0-9a-f]{40}\b": "COMMIT",
    r"-[0-9a-f]{12}\.json\b": "-DIGEST.json",
}


def modelpress(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=root,
        env={**os.environ, "GITHUB_ACTIONS": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sound") / "house"
    return make_sound(root, modelpress).root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "house", symlinks=True))


@contextmanager
def spoilt(case: Case, root: Path) -> Iterator[None]:
    """Spoil a repository; a file that this leaves open, with its lock, is held meanwhile."""
    held = case.spoil(root)
    yield
    if isinstance(held, io.IOBase):
        held.close()


def plain(told: str, root: Path) -> str:
    """Leave out what no table can foresee; of argparse's usage, its last line says it all."""
    told = told.replace(str(root), "ROOT")
    for pattern, word in _VARIES.items():
        told = re.sub(pattern, word, told)
    return told.splitlines()[-1] + "\n" if told.startswith("usage: ") else told


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.words} - {case.name}")
def test_a_bad_input_is_told_word_by_word_and_changes_nothing(
    case: Case, root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    with spoilt(case, root):
        monkeypatch.chdir(root)
        before = contents(root)
        try:
            code = main(shlex.split(case.words))
        except SystemExit as ended:  # argparse ends the program itself
            code = int(ended.code or 0)
    out, err = capfd.readouterr()

    assert "Traceback" not in out + err
    assert plain(out + err, root) == case.told
    assert code == case.code
    assert contents(root) == before


def test_there_is_a_table_of_bad_inputs_for_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    verbs = [(shlex.split(case.words) or [""])[0] for case in CASES]
    counts = {verb: verbs.count(verb) for verb in VERBS}
    with capsys.disabled():
        sys.stdout.write(f"\n{len(CASES)} bad inputs: {counts}\n")

    assert len(CASES) >= 60
    assert len({case.words + case.name for case in CASES}) == len(CASES)
    assert min(counts.values()) > 0, counts


def test_every_refusal_says_error_and_most_say_what_to_do() -> None:
    refusals = [case for case in CASES if case.code and "rror: " in case.told]

    assert len([case for case in refusals if "hint: " in case.told]) > 0.8 * len(refusals)


# The same as a program of its own


@pytest.mark.parametrize("case", CASES[::25], ids=lambda case: f"{case.words} - {case.name}")
def test_the_program_says_and_ends_the_same(case: Case, root: Path) -> None:
    with spoilt(case, root):
        done = modelpress(root, *shlex.split(case.words))

    assert plain(done.stdout + done.stderr, root) == case.told
    assert done.returncode == case.code


def test_without_the_program_git_its_name_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", str(root))
    before = contents(root)
    for words in ("history m", "reproduce m v1.0.0", "status", "rollback m --reason x"):
        assert main(shlex.split(words)) == 2
        assert capsys.readouterr().err == (
            "error: there is no program `git` here\nhint: install Git, or put it on the PATH\n"
        )
    assert contents(root) == before


# What a run makes again


@pytest.mark.parametrize("name", ["evaluation.json", "gate.json", "metrics.json"])
@pytest.mark.parametrize("spoil", [cut, conflict], ids=["cut", "merged badly"])
def test_a_record_that_a_run_can_make_again_is_made_again(
    root: Path, name: str, spoil: Callable[[str], Spoil]
) -> None:
    place = root / "artifacts/m" / name
    sound = place.read_bytes()
    spoil(f"artifacts/m/{name}")(root)
    done = modelpress(root, "run", "m")

    assert done.returncode == 0, done.stderr
    assert place.read_bytes() == sound


# Where nothing may be written


# It imports as whoever it is, and writes as nobody: root may write anywhere, and its Python may lie
# where nobody may read.
AS_NOBODY = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
import encodings.utf_8_sig
import pyarrow.parquet
from pipeline.cli import VERBS, main
for verb in VERBS:
    import_module(f"pipeline.{verb}")
os.getuid() or os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def read_only(sound: Path) -> Iterator[Path]:
    """The repository where nobody may write, in a folder that anybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = Path(shutil.copytree(sound, Path(folder) / "house", symlinks=True))
        places = [root, *(place for place in root.rglob("*") if place.is_dir())]
        modes = {place: stat.S_IMODE(place.stat().st_mode) for place in places}
        for place in places:
            place.chmod(0o555)
        yield root
        for place, mode in modes.items():
            place.chmod(mode)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("promote m v1.0.0", "models/m/production"),
        ("rollback m --reason x", "models/m/v1.1.0/withdrawn.json"),
        ("prepare n", "artifacts/n/train.parquet"),
        ("schemas", "modelpress/schemas/params.schema.json"),
        ("retire n", "models/n/production"),
        ("run n", ".dvc/tmp/modelpress-run.lock"),
        ("gate m", "artifacts/m/gate.json"),
    ],
)
def test_a_read_only_folder_is_named(read_only: Path, words: str, place: str) -> None:
    before = contents(read_only)
    done = subprocess.run(
        [sys.executable, "-P", "-c", AS_NOBODY, *shlex.split(words)],
        cwd=read_only,
        env={**os.environ, "GITHUB_ACTIONS": "", "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in done.stderr, done.stderr
    fault, hint = done.stderr.splitlines()[-2:]
    assert fault == f"error: {place}: cannot be written: permission denied"
    assert hint == "hint: give yourself the right to write there"
    assert done.returncode == 2
    assert contents(read_only) == before


# One model's disk


def test_a_model_whose_version_cannot_be_written_stops_no_other(root: Path) -> None:
    write("models/m/production", "")(root)
    shutil.rmtree(root / "models/m/v1.0.0")
    shutil.rmtree(root / "models/m/v1.1.0")
    file("models/m/v1.0.0")(root)
    done = modelpress(root, "run", "--register")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "error: models/m/v1.0.0/model.onnx: cannot be written: file exists" in done.stdout
    assert "hint: a file stands where a folder belongs: move it away" in done.stdout
    assert "registered: v1.0.0, in production" in done.stdout
    assert (root / "models/n/production").read_text("utf-8") == "v1.0.0\n"
