"""Registries that were damaged or edited."""

from spoilt import Case, both, conflict, cut, edit, fields, file, folder, remove, write

_M, _A = "models/m", "artifacts/m"
_FIRST = both(
    remove(_M),
    write(f"{_M}/production", ""),
    fields(f"{_A}/gate.json", verdict="accepted", champion="", anchor=""),
)
_RECALLED = write(
    f"{_M}/v1.0.0/withdrawn.json",
    '{"who": "Ada", "when": "2026-03-02T10:00:00Z", "why": "it was wrong"}',
)

CASES = (
    Case(
        "the pointer is gone",
        "gate m",
        "error: models/m/production: there is no pointer\n"
        "hint: `modelpress run` lays an empty one\n",
        remove(f"{_M}/production"),
    ),
    Case(
        "the pointer is garbage",
        "gate m",
        "error: models/m/production: `latest` is no version\n"
        "hint: restore it from Git: one line such as v1.2.0\n",
        write(f"{_M}/production", "latest\n"),
    ),
    Case(
        "the pointer is no text",
        "status m",
        "error: models/m/production: what is not UTF-8 is no version\n"
        "hint: restore it from Git: one line such as v1.2.0\n",
        write(f"{_M}/production", b"\xff\xfe"),
    ),
    Case(
        "the pointer is a folder",
        "status m",
        "error: models/m/production: cannot be read: is a directory\n"
        "hint: it should be a file that you may read: mend that, or restore it "
        "from Git\n",
        folder(f"{_M}/production"),
    ),
    Case(
        "the pointer has a merge's markers",
        "status m",
        "error: models/m/production: `<<<<<<< ours` is no version\n"
        "hint: restore it from Git: one line such as v1.2.0\n",
        conflict(f"{_M}/production"),
    ),
    Case(
        "the pointer names nothing that is there",
        "status m",
        "error: models/m/production: it names v7.0.0, which is not there\n"
        "hint: restore v7.0.0 from Git, or `modelpress promote m VERSION`; there "
        "are: v1.0.0, v1.1.0\n",
        write(f"{_M}/production", "v7.0.0\n"),
    ),
    Case(
        "the pointer names nothing that is there (gate)",
        "gate m",
        "error: models/m/production: it names v7.0.0, which is not there\n"
        "hint: restore v7.0.0 from Git, or `modelpress promote m VERSION`; there "
        "are: v1.0.0, v1.1.0\n",
        write(f"{_M}/production", "v7.0.0\n"),
    ),
    Case(
        "the pointer names nothing that is there (predict)",
        "predict m size=1 colour=red",
        "error: models/m/production: it names v7.0.0, which is not there\n"
        "hint: restore v7.0.0 from Git, or `modelpress promote m VERSION`; there "
        "are: v1.0.0, v1.1.0\n",
        write(f"{_M}/production", "v7.0.0\n"),
    ),
    Case(
        "the pointer names nothing that is there (verify)",
        "verify m",
        "m: 1 fault\n"
        "  production: points to v7.0.0, which is not there or not sound\n"
        "    hint: restore v7.0.0 from Git, or `modelpress promote m VERSION`\n",
        write(f"{_M}/production", "v7.0.0\n"),
    ),
    Case(
        "the champion's folder is gone",
        "gate m",
        "error: models/m/production: it names v1.1.0, which is not there\n"
        "hint: restore v1.1.0 from Git, or `modelpress promote m VERSION`; there "
        "are: v1.0.0\n",
        remove(f"{_M}/v1.1.0"),
    ),
    Case(
        "the champion's folder is gone, in a run",
        "run m",
        "model  verdict  what happened  test metric [95 % interval]  champion  "
        "ms a row\n"
        "m      -        damaged\n"
        "    error: models/m/production: it names v1.1.0, which is not there\n"
        "    hint: restore v1.1.0 from Git, or `modelpress promote m VERSION`; "
        "there are: v1.0.0\n",
        remove(f"{_M}/v1.1.0"),
    ),
    Case(
        "the champion's folder is a file",
        "predict m size=1 colour=red",
        "error: models/m/production: it names v1.1.0, which is not there\n"
        "hint: restore v1.1.0 from Git, or `modelpress promote m VERSION`; there "
        "are: v1.0.0\n",
        file(f"{_M}/v1.1.0"),
    ),
    Case(
        "the champion was edited",
        "gate m",
        "error: models/m/v1.1.0: `models/m/v1.1.0/model.onnx` has sha256 SHA256, "
        "not SHA256\n"
        "hint: the file was changed or damaged: restore it from Git\n",
        edit(f"{_M}/v1.1.0/model.onnx", lambda x: x + b"\0"),
    ),
    Case(
        "the champion was edited (predict)",
        "predict m size=1 colour=red",
        "error: models/m/v1.1.0: `models/m/v1.1.0/model.onnx` has sha256 SHA256, "
        "not SHA256\n"
        "hint: the file was changed or damaged: restore it from Git\n",
        edit(f"{_M}/v1.1.0/model.onnx", lambda x: x + b"\0"),
    ),
    Case(
        "a version was edited",
        "verify m",
        "m: 1 fault\n"
        "  v1.0.0: `models/m/v1.0.0/model.onnx` has sha256 SHA256, not SHA256\n"
        "    hint: the file was changed or damaged: restore it from Git\n",
        edit(f"{_M}/v1.0.0/model.onnx", lambda x: x + b"\0"),
    ),
    Case(
        "a version lost its bytes",
        "promote m v1.0.0",
        "error: models/m/v1.0.0: `models/m/v1.0.0/model.onnx` does not exist\n"
        "hint: restore it from Git\n",
        remove(f"{_M}/v1.0.0/model.onnx"),
    ),
    Case(
        "a card is cut",
        "compare m v1.0.0 v1.1.0",
        "error: models/m/v1.0.0/card.json: this is not JSON: Expecting property "
        "name enclosed in double quotes: line 1 column 2 (char 1)\n"
        "hint: restore it from Git\n",
        write(f"{_M}/v1.0.0/card.json", "{"),
    ),
    Case(
        "a card is cut (verify)",
        "verify m",
        "m: 1 fault\n"
        "  v1.0.0: this is not JSON: Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1) (card.json)\n"
        "    hint: restore it from Git\n",
        write(f"{_M}/v1.0.0/card.json", "{"),
    ),
    Case(
        "a card is a list",
        "status m",
        "error: models/m/v1.1.0/card.json: this is no card\nhint: restore it from Git\n",
        write(f"{_M}/v1.1.0/card.json", "[]"),
    ),
    Case(
        "a card lacks its digest",
        "rollback m --reason x",
        "error: models/m/v1.1.0/card.json: the card lacks `sha256`\nhint: restore it from Git\n",
        fields(f"{_M}/v1.1.0/card.json", sha256=None),
    ),
    Case(
        "a card lacks its metrics",
        "compare m v1.0.0 v1.1.0",
        "error: the card of v1.0.0 has no test metrics\nhint: restore it from Git\n",
        fields(f"{_M}/v1.0.0/card.json", metrics=None),
    ),
    Case(
        "a card whose metrics are words",
        "compare m v1.0.0 v1.1.0",
        "error: the card of v1.0.0 has no test metrics\nhint: restore it from Git\n",
        fields(f"{_M}/v1.0.0/card.json", metrics={"test": {"roc_auc": "good"}}),
    ),
    Case(
        "a card whose metrics are words (status)",
        "status m",
        "error: the card of v1.1.0 has no test metrics\nhint: restore it from Git\n",
        fields(f"{_M}/v1.1.0/card.json", metrics={"test": {"roc_auc": "good"}}),
    ),
    Case(
        "a card lacks its commit",
        "reproduce m v1.0.0",
        "error: models/m/v1.0.0: v1.0.0 was made of inputs that no commit holds\n"
        "hint: commit params, data and code before `modelpress run --register`\n",
        fields(f"{_M}/v1.0.0/card.json", commit=None),
    ),
    Case(
        "a card has golden rows that are none",
        "verify m",
        "m: 1 fault\n"
        "  v1.0.0: its golden rows are none: row 0: `1` is no mapping from field "
        "to value\n"
        "    hint: restore card.json from Git\n",
        fields(f"{_M}/v1.0.0/card.json", golden=[{"row": 1}]),
    ),
    Case(
        "a card has golden rows that are none (gate)",
        "gate m",
        "error: models/m/v1.1.0: `models/m/v1.1.0/model.onnx` has sha256 SHA256, "
        "not SHA256\n"
        "hint: the file was changed or damaged: restore it from Git\n",
        both(fields(f"{_M}/v1.1.0/card.json", golden=[1], sha256="0" * 64)),
    ),
    Case(
        "a card lacks the data's digest",
        "gate m",
        "error: models/m/v1.1.0/card.json: the card lacks `data.sha256`\n"
        "hint: restore it from Git\n",
        fields(f"{_M}/v1.1.0/card.json", data={}),
    ),
    Case(
        "a card's anchor is gone",
        "gate m",
        "error: models/m: there is no version v0.9.0\nhint: there are: v1.0.0, v1.1.0\n",
        both(
            write(f"{_M}/production", "v1.0.0\n"),
            fields(f"{_M}/v1.0.0/card.json", gate={"anchor": "v0.9.0"}),
        ),
    ),
    Case(
        "a note of withdrawal is damaged",
        "gate m",
        "error: models/m/v1.0.0/withdrawn.json: this says not why\nhint: restore it from Git\n",
        write(f"{_M}/v1.0.0/withdrawn.json", "{}"),
    ),
    Case(
        "a note of withdrawal is cut",
        "promote m v1.0.0",
        "error: models/m/v1.0.0/withdrawn.json: this is not JSON: Unterminated "
        "string starting at: line 1 column 24 (char 23)\n"
        "hint: restore it from Git\n",
        both(_RECALLED, cut(f"{_M}/v1.0.0/withdrawn.json")),
    ),
    Case(
        "a note of withdrawal is cut (verify)",
        "verify m",
        "m: 1 fault\n"
        "  v1.0.0: this is not JSON: Unterminated string starting at: line 1 "
        "column 24 (char 23) (withdrawn.json)\n"
        "    hint: restore it from Git\n",
        both(_RECALLED, cut(f"{_M}/v1.0.0/withdrawn.json")),
    ),
    Case(
        "nothing to register",
        "register n",
        "error: artifacts/n/gate.json: there is no such file\nhint: run `modelpress run --force`\n",
    ),
    Case(
        "no verdict",
        "register m",
        "error: artifacts/m/gate.json: there is no such file\nhint: run `modelpress run --force`\n",
        remove(f"{_A}/gate.json"),
    ),
    Case(
        "a verdict that is none",
        "register m",
        "error: artifacts/m/gate.json: `fine` is no verdict\nhint: run again\n",
        fields(f"{_A}/gate.json", verdict="fine"),
    ),
    Case(
        "a verdict that is a list",
        "register m",
        "error: artifacts/m/gate.json: this is no decision: 'str' object cannot "
        "be interpreted as an integer\n"
        "hint: run again\n",
        write(f"{_A}/gate.json", "[]"),
    ),
    Case(
        "a verdict with a merge's markers",
        "status m",
        "error: artifacts/m/gate.json: this is not JSON: Expecting value: line 1 "
        "column 1 (char 0)\n"
        "hint: restore it from Git, or run again\n",
        conflict(f"{_A}/gate.json"),
    ),
    Case(
        "a verdict about another candidate",
        "register m",
        "error: artifacts/m/gate.json: the gate judged other bytes than the "
        "candidate's\n"
        "hint: `modelpress run m`\n",
        fields(f"{_A}/gate.json", sha256="0" * 64),
    ),
    Case(
        "a verdict against another champion",
        "register m",
        "error: artifacts/m/gate.json: the gate judged against `v1.1.0`, not "
        "what is live now\n"
        "hint: `modelpress run m`\n",
        write(f"{_M}/production", "v1.0.0\n"),
    ),
    Case(
        "a candidate that is gone",
        "register m",
        "error: `artifacts/m/model.onnx` does not exist\n"
        "hint: `modelpress run --force m` makes it again\n",
        remove(f"{_A}/model.onnx"),
    ),
    Case(
        "a candidate without its record",
        "register m",
        "error: nothing vouches for `artifacts/m/model.onnx`: there is no "
        "card.json or export.json beside it\n"
        "hint: `modelpress run --force m` makes it again\n",
        both(_FIRST, remove(f"{_A}/export.json")),
    ),
    Case(
        "a candidate whose record says nothing",
        "register m",
        "error: artifacts/m/export.json: it lacks `made_of`\nhint: run again\n",
        both(_FIRST, fields(f"{_A}/export.json", made_of=None)),
    ),
    Case(
        "a candidate without an evaluation",
        "register m",
        "error: artifacts/m/evaluation.json: there is no such file\n"
        "hint: run `modelpress run --force`\n",
        both(_FIRST, remove(f"{_A}/evaluation.json")),
    ),
    Case(
        "an evaluation that says nothing",
        "register m",
        "error: artifacts/m/evaluation.json: it lacks `metrics`\nhint: run again\n",
        both(_FIRST, write(f"{_A}/evaluation.json", "{}")),
    ),
    Case(
        "a candidate without rows",
        "register m",
        "error: artifacts/m/train.parquet: there is no such file\n"
        "hint: run `modelpress run --force`, or `dvc pull`\n",
        both(_FIRST, remove(f"{_A}/train.parquet")),
    ),
    Case(
        "a decision is damaged",
        "register m",
        "error: models/m/decisions/2026-01-01-DIGEST.json: this is not JSON: "
        "Expecting property name enclosed in double quotes: line 1 column 2 "
        "(char 1)\n"
        "hint: restore it from Git\n",
        both(_FIRST, write(f"{_M}/decisions/2026-01-01-0123456789ab.json", "{")),
    ),
    Case(
        "a decision says nothing",
        "register m",
        "error: models/m/decisions/2026-01-01-DIGEST.json: this is no decision: it "
        "names no date and parameters\n"
        "hint: restore it from Git\n",
        both(_FIRST, write(f"{_M}/decisions/2026-01-01-0123456789ab.json", "{}")),
    ),
    Case(
        "a file where the decisions belong",
        "register m",
        "error: models/m/decisions/2026-05-28-DIGEST.json: cannot be written: "
        "file exists\n"
        "hint: a file stands where a folder belongs: move it away\n",
        both(_FIRST, file(f"{_M}/decisions")),
    ),
)
