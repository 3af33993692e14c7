"""The command line: its verbs, what each costs to start, and how it ends."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from house import STAGES, House, binary_rows, block

from pipeline import retire
from pipeline.cli import VERBS, main

HEAVY = (
    *("sklearn", "skl2onnx", "onnx", "optuna", "skops", "scipy", "pandas", "dvc"),
    *("onnxruntime", "pyarrow", "numpy", "pydantic", "ruamel"),
)
OWNED = {
    "run": {"numpy", "pydantic", "ruamel"},
    "new": {"numpy", "pydantic", "ruamel"},
    "retire": {"pydantic", "ruamel"},
    "ingest": {"pydantic", "ruamel"},
    "predict": {"numpy", "pydantic", "ruamel"},
    "prepare": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "train": set(HEAVY) - {"skl2onnx", "onnx", "onnxruntime", "dvc"},
    "export": set(HEAVY) - {"optuna", "onnxruntime", "dvc"},
    "evaluate": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "gate": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "schemas": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "register": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "promote": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "compare": {"numpy", "pydantic", "ruamel"},
    "reproduce": {"numpy", "pydantic", "ruamel"},
    "rollback": {"numpy", "pydantic", "ruamel"},
    "status": {"numpy", "pydantic", "ruamel"},
    "history": {"numpy", "pydantic", "ruamel"},
    "sign": {"numpy", "pydantic", "ruamel"},
    "verify": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "score": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "label": {"pydantic", "ruamel"},
    "ab": {"numpy", "pydantic", "ruamel"},
    "monitor": {"numpy", "pydantic", "ruamel", "pyarrow", "scipy"},
    "report": {"numpy", "pydantic", "ruamel", "pyarrow"},
    "retrain": {"numpy", "pydantic", "ruamel", "pyarrow"},
}
"""What a verb may import before it is called: of HEAVY, no more than this."""


class Ended(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    out: str
    err: str


def modelpress(folder: Path, *words: str, **environment: str) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=folder,
        env={**os.environ, "GITHUB_ACTIONS": "", "PYTHONWARNINGS": "error", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def imported_by(folder: Path, code: str) -> set[str]:
    """Run code in a Python of its own, and name what of HEAVY it has imported."""
    program = f"{code}\nimport sys\nsys.stderr.write('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(HEAVY) & set(done.stderr.splitlines())


# What is there


def test_help_lists_every_verb_with_a_word_on_it(tmp_path: Path) -> None:
    code, out, err = modelpress(tmp_path, "--help", COLUMNS="200")

    assert (code, err) == (0, "")
    for name, verb in VERBS.items():
        assert re.search(rf"^ +{name}\s+{re.escape(verb.help)}$", out, re.MULTILINE)
    assert "Exit codes: 0 fine, 1 a verdict, 2 the repository or its input is wrong." in out


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_tells_how_it_is_called(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])

    assert ended.value.code == 0
    assert f"usage: modelpress {verb} " in capsys.readouterr().out


def test_every_stage_of_the_pipeline_is_a_verb() -> None:
    assert set(STAGES) <= set(VERBS)


@pytest.mark.parametrize("words", [[], ["fly"], ["run", "--fast"], ["prepare"], ["retire"]])
def test_words_that_are_no_command_are_refused_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    out, err = capsys.readouterr()

    assert (ended.value.code, out) == (2, "")
    assert err.startswith("usage: modelpress ")
    assert "error: " in err


def test_an_unknown_verb_is_named_beside_the_known_ones(tmp_path: Path) -> None:
    code, out, err = modelpress(tmp_path, "fly")

    assert (code, out) == (2, "")
    assert "invalid choice: 'fly'" in err
    assert all(name in err for name in VERBS)
    assert "Traceback" not in err


# What it costs to start


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "from pipeline.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as ended: assert ended.code == 0"
    )
    assert imported_by(tmp_path, code) == set()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_imports_only_what_it_owns(verb: str, tmp_path: Path) -> None:
    assert imported_by(tmp_path, f"import pipeline.{verb}") <= OWNED[verb]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A repository with a model `a` that has gone through all stages."""
    house = House.make(tmp_path_factory.mktemp("verbs") / "house")
    return house.add("a", block(), binary_rows(200)).stages("a")


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (["prepare", "a"], {"sklearn", "skl2onnx", "onnx", "optuna", "scipy", "onnxruntime"}),
        (["evaluate", "a"], {"sklearn", "skl2onnx", "onnx", "optuna", "scipy"}),
        (["gate", "a"], {"sklearn", "skl2onnx", "onnx", "optuna", "scipy"}),
        (["predict", "a", "size=1", "colour=red"], {"sklearn", "onnx", "pandas", "pyarrow"}),
    ],
    ids=["prepare", "evaluate", "gate", "predict"],
)
def test_what_is_not_imported_at_the_start_is_not_imported_later_either(
    made: House, words: list[str], refused: set[str]
) -> None:
    """A stage that judges must not pay for what fits; nor can it lean on it by accident."""
    imported = imported_by(made.root, f"from pipeline.cli import main\nassert main({words}) == 0")

    assert "numpy" in imported
    assert not imported & refused


# How it ends


@pytest.fixture
def house(made: House, tmp_path: Path) -> House:
    return House(Path(shutil.copytree(made.root, tmp_path / "copy")))


def test_0_is_fine_1_is_a_verdict_and_2_is_wrong(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house.root)
    assert main(["gate", "--check", "a"]) == 0
    strict = {"metric": "roc_auc", "promote_on": "better", "floors": {"accuracy": 1.0}}
    house.write_params({"a": block(gate=strict)})
    assert main(["gate", "--check", "a"]) == 1
    assert main(["gate", "a"]) == 0, "a stage that has a verdict ends well"
    assert main(["gate", "--check", "x"]) == 2
    house.artifact("a", "model.onnx").unlink()
    assert main(["gate", "a"]) == 2


def test_the_program_ends_with_the_verb_s_code(house: House) -> None:
    strict = {"metric": "roc_auc", "promote_on": "better", "floors": {"accuracy": 1.0}}
    house.write_params({"a": block(gate=strict)})

    assert modelpress(house.root, "gate", "--check", "a").code == 1
    assert modelpress(house.root, "gate", "--check", "x").code == 2


@pytest.mark.parametrize("verb", VERBS)
def test_outside_a_repository_the_file_that_lacks_is_named(
    verb: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "t.csv").write_text("x,y,z\n" + "1,a,b\n2,b,a\n" * 20, "utf-8")
    of_new = ["m", "--data", "t.csv", "--target", "z"]
    bare = {"run": [], "schemas": [], "status": [], "verify": [], "monitor": [], "retrain": []}
    bare |= {"report": [], "sign": ["--key", "k.pem"]}
    feedback = {
        "score": ["m", "t.csv", "out.csv"],
        "label": ["m", "--from", "t.csv"],
        "ab": ["m", "t.csv"],
    }
    two = {"compare": ["m", "v1.0.0", "v1.1.0"], "reproduce": ["m", "v1.0.0"]}
    full = {"new": of_new, "rollback": ["m", "--reason", "x"], **two, **bare, **feedback}
    words = full.get(verb, ["m"])
    monkeypatch.chdir(tmp_path)

    assert main([verb, *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: params.yaml: there is no such file here\n")
    assert err.endswith("hint: run modelpress in the repository\n")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_repository_is_found_from_any_folder_below(made: House) -> None:
    inside = made.root / "data" / "a"

    assert modelpress(inside, "predict", "a", "size=1", "colour=red").code == 0
    assert "data/a" not in modelpress(inside, "retire", "x").err


def test_faults_of_a_block_are_all_told_each_with_its_line(house: House) -> None:
    house.write_params({"a": block(task="ternary", split={"method": "coin"})})
    code, out, err = modelpress(house.root, "prepare", "a")

    assert (code, out) == (2, "")
    told = re.findall(
        r"^error: params\.yaml:(\d+): models\.a\.(task|split\.\w+): ", err, re.MULTILINE
    )
    assert {what for _, what in told} >= {"task", "split.method", "split.seed"}
    lines = (house.root / "params.yaml").read_text("utf-8").splitlines()
    assert all(what.split(".")[0] in lines[int(line) - 1] for line, what in told[:1])


# What GitHub is told


def annotations(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("::")]


def test_github_is_told_the_file_and_the_line_of_each_fault(house: House) -> None:
    house.write_params({"a": block(task="ternary", title=5)})
    quiet = modelpress(house.root, "prepare", "a")
    told = modelpress(house.root, "prepare", "a", GITHUB_ACTIONS="true")

    assert annotations(quiet.err) == []
    assert told.code == 2
    plain = [line for line in told.err.splitlines() if not line.startswith("::")]
    assert plain == quiet.err.splitlines()
    faults = re.findall(r"^error: params\.yaml:(\d+): (.*)$", quiet.err, re.MULTILINE)
    assert len(faults) == 2
    assert annotations(told.err) == [
        f"::error file=params.yaml,line={line}::{fact}" for line, fact in faults
    ]


def test_an_error_about_no_file_is_told_without_one(made: House) -> None:
    err = modelpress(made.root, "predict", "a", "size=x", GITHUB_ACTIONS="true").err

    assert annotations(err) == ["::error::field `size`: `x` is not a number"]


@pytest.mark.parametrize(
    ("data", "written"),
    [
        ("x\n::set-output name=a::b", "x%0A::set-output name=a::b"),
        ("x\r\n::warning::b", "x%0D%0A::warning::b"),
        ("100%0A::error::b", "100%250A::error::b"),
    ],
)
def test_data_is_never_read_as_a_workflow_command(made: House, data: str, written: str) -> None:
    """Whoever writes a table or a field must not be able to speak to the runner."""
    err = modelpress(made.root, "predict", "a", f"size={data}", GITHUB_ACTIONS="true").err

    assert f"::error::field `size`: `{written}` is not a number" in annotations(err)


# How it is interrupted


def closed_pipe(folder: Path, *words: str) -> Ended:
    """Run a verb whose reader has gone before it says a word."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=folder,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    return Ended(done.returncode, "", done.stderr)


@pytest.mark.parametrize("rows", [1, 5000], ids=["less than a buffer", "more than a buffer"])
def test_a_reader_that_has_gone_is_no_error(house: House, rows: int) -> None:
    (house.root / "rows.json").write_text(json.dumps([{"size": 1, "colour": "red"}] * rows))
    ended = closed_pipe(house.root, "predict", "a", "--json", "rows.json")

    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert "BrokenPipe" not in ended.err
    assert closed_pipe(house.root, "--help") == (0, "", "")


def interrupt(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C until it is heard: a library that is just being imported may swallow one."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def test_an_interrupt_ends_without_a_traceback(made: House) -> None:
    """The verb waits for its rows; Ctrl-C is a signal like this one."""
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", "predict", "a", "--json", "-"],
        cwd=made.root,
        # Whoever runs the tests in the background has them ignore Ctrl-C, and what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "the candidate answers" in process.stderr.readline()
        interrupt(process)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in out + err


def test_a_defect_of_ours_keeps_its_traceback(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the user can put right becomes a line; anything else must be seen whole."""
    monkeypatch.chdir(made.root)
    monkeypatch.setattr(retire, "load_params", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        main(["retire", "a"])
