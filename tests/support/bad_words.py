"""Bad words on the command line, and what may be wrong around the models."""

import fcntl
import json
from pathlib import Path
from typing import IO

from spoilt import (
    Case,
    both,
    conflict,
    fields,
    file,
    folder,
    in_git,
    remove,
    shallow,
    write,
)

_NO_COMMIT = both(remove(".git"), in_git("init", "-q"))
_SHARED = """models:
  m: &shared
    title: A model
  n:
    <<: *shared
"""


def held(root: Path) -> IO[str]:
    """Hold the lock of a run, as long as what this gives is kept."""
    (root / ".dvc/tmp").mkdir(exist_ok=True)
    file = (root / ".dvc/tmp/modelpress-run.lock").open("w", encoding="utf-8")
    json.dump({"pid": 4711, "models": ["m", "n"]}, file)
    file.flush()
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


CASES = (
    Case("no verb", "", "modelpress: error: the following arguments are required: VERB\n"),
    Case(
        "no jobs",
        "run --jobs 0",
        "modelpress run: error: argument --jobs: `0` is no number of models: 1 or more\n",
    ),
    Case(
        "fewer than no jobs",
        "run --jobs -3",
        "modelpress run: error: argument --jobs: `-3` is no number of models: 1 or more\n",
    ),
    Case(
        "jobs in words",
        "run --jobs many",
        "modelpress run: error: argument --jobs: `many` is no number of models: 1 or more\n",
    ),
    Case(
        "a run of a model that is not there",
        "run x",
        "error: params.yaml: there is no model `x`\nhint: there are m, n\n",
    ),
    Case(
        "a run while dvc.lock has a merge's markers",
        "run m",
        "error: dvc.lock: this is not a lock as DVC writes it\n"
        "hint: restore it from Git, or remove it and run again\n",
        conflict("dvc.lock"),
    ),
    Case(
        "a run beside another",
        "run n",
        "error: another run is at work: process 4711, for m, n\n"
        "hint: wait for it, or let this one wait: `modelpress run --wait`\n",
        held,
    ),
    Case(
        "a run without dvc.yaml",
        "run m",
        "error: dvc.yaml: there is no such file\nhint: restore it from Git\n",
        remove("dvc.yaml"),
    ),
    Case(
        "a run with a dvc.yaml that is cut",
        "run m",
        "error: dvc.yaml: it has no stage `prepare`\nhint: restore it from Git\n",
        write("dvc.yaml", "stages: {"),
    ),
    Case(
        "a run with a file for DVC's folder",
        "run m",
        "error: .dvc/tmp/modelpress-run.lock: cannot be written: not a directory\n"
        "hint: a file stands where a folder belongs: move it away\n",
        file(".dvc"),
    ),
    Case(
        "a run with a file for the models' folder",
        "run n",
        "error: models/n/production: cannot be written: not a directory\n"
        "hint: a file stands where a folder belongs: move it away\n",
        file("models"),
    ),
    Case(
        "a run with a file for the artifacts' folder",
        "run n",
        "model  verdict  what happened  test metric [95 % interval]  champion  "
        "ms a row\n"
        "n      -        failed\n"
        "    error: artifacts/n/train.parquet: cannot be written: not a directory\n"
        "    hint: a file stands where a folder belongs: move it away\n",
        file("artifacts"),
    ),
    Case(
        "a run with a file for the logs' folder",
        "run n",
        "error: build/logs: cannot be written: not a directory\n"
        "hint: a file stands where a folder belongs: move it away\n",
        file("build"),
    ),
    Case(
        "a register of a model that is not there",
        "register x",
        "error: params.yaml: there is no model `x`\nhint: there are m, n\n",
    ),
    Case(
        "a retirement of a model that is not there",
        "retire x",
        "error: params.yaml: there is no model `x`\nhint: there are m, n\n",
    ),
    Case(
        "a retirement while dvc.lock has a merge's markers",
        "retire m",
        "error: dvc.lock: this is not a lock as DVC writes it\n"
        "hint: restore it from Git, or remove it and run again\n",
        conflict("dvc.lock"),
    ),
    Case(
        "a retirement while dvc.lock is a folder",
        "retire m",
        "error: dvc.lock: cannot be read: is a directory\n"
        "hint: it should be a file that you may read: mend that, or restore it "
        "from Git\n",
        folder("dvc.lock"),
    ),
    Case(
        "a retirement of what another block leans on",
        "retire m",
        "error: params.yaml: the block of `m` cannot be removed without a change "
        "to others\n"
        "hint: another block leans on it, or the file is not one block per "
        "model, each on lines of its own; edit it by hand\n",
        write("params.yaml", _SHARED),
    ),
    Case(
        "schemas where a file is in the way",
        "schemas",
        "error: modelpress/schemas/params.schema.json: cannot be written: file "
        "exists\n"
        "hint: a file stands where a folder belongs: move it away\n",
        file("modelpress/schemas"),
    ),
    Case(
        "no Git (history)",
        "history m",
        "error: there is no Git here, and history is Git's\nhint: work in a clone\n",
        remove(".git"),
    ),
    Case(
        "no Git (reproduce)",
        "reproduce m v1.0.0",
        "error: there is no Git here to take the inputs from\nhint: work in a clone\n",
        remove(".git"),
    ),
    Case(
        "no commit (history)",
        "history m",
        "error: Git has no commit here yet, and history is Git's\nhint: commit, then ask\n",
        _NO_COMMIT,
    ),
    Case(
        "no commit (reproduce)",
        "reproduce m v1.0.0",
        "error: v1.0.0 was made of commit COMMIT, which is not in this clone\n"
        "hint: `git fetch --unshallow`, or fetch the branch that has it\n",
        _NO_COMMIT,
    ),
    Case(
        "a shallow clone (history)",
        "history m",
        "error: this clone lacks older commits\nhint: `git fetch --unshallow`\n",
        shallow,
    ),
    Case(
        "a shallow clone (reproduce)",
        "reproduce m v1.0.0",
        "error: v1.0.0 was made of commit COMMIT, which is not in this clone\n"
        "hint: `git fetch --unshallow`, or fetch the branch that has it\n",
        shallow,
    ),
    Case(
        "a day that is none",
        "history m --at yesterday",
        "error: `yesterday` is no day\nhint: for example 2026-01-31\n",
    ),
    Case(
        "a day before the first",
        "history m --at 2025-12-31",
        "error: nothing was in production on 2025-12-31\nhint: `modelpress history` has all\n",
    ),
    Case(
        "inputs that no commit holds",
        "reproduce m v1.1.0",
        "error: models/m/v1.1.0: v1.1.0 was made of inputs that no commit holds\n"
        "hint: commit params, data and code before `modelpress run --register`\n",
    ),
    Case(
        "a commit that is not in the clone",
        "reproduce m v1.0.0",
        "error: v1.0.0 was made of commit COMMIT, which is not in this clone\n"
        "hint: `git fetch --unshallow`, or fetch the branch that has it\n",
        fields("models/m/v1.0.0/card.json", commit="0" * 40),
    ),
    Case(
        "a commit that is an option",
        "reproduce m v1.0.0",
        "error: v1.0.0 was made of commit --help, which is not in this clone\n"
        "hint: `git fetch --unshallow`, or fetch the branch that has it\n",
        fields("models/m/v1.0.0/card.json", commit="--help"),
    ),
    Case(
        "a version to reproduce that is not there",
        "reproduce m v5.0.0",
        "error: models/m: there is no version v5.0.0\nhint: there are: v1.0.0, v1.1.0\n",
    ),
)
