"""Files of one stage that the next cannot read."""

from spoilt import (
    Case,
    both,
    cut,
    edit,
    fields,
    folder,
    remove,
    write,
)

_A = "artifacts/m"


CASES = (
    Case(
        "no prepared rows",
        "train n",
        "error: artifacts/n/schema.json: there is no such file\n"
        "hint: run `modelpress run --force`\n",
    ),
    Case(
        "no estimator",
        "export n",
        "error: artifacts/n/schema.json: there is no such file\n"
        "hint: run `modelpress run --force`\n",
    ),
    Case(
        "no model",
        "evaluate n",
        "error: artifacts/n/schema.json: there is no such file\n"
        "hint: run `modelpress run --force`\n",
    ),
    Case(
        "no candidate",
        "gate n",
        "error: artifacts/n/schema.json: there is no such file\n"
        "hint: run `modelpress run --force`\n",
    ),
    Case(
        "a schema that is cut",
        "train m",
        "error: artifacts/m/schema.json: this is not JSON: Expecting property "
        "name enclosed in double quotes: line 1 column 2 (char 1)\n"
        "hint: restore it from Git, or run again\n",
        write(f"{_A}/schema.json", "{"),
    ),
    Case(
        "a schema that says nothing",
        "train m",
        "error: artifacts/m/schema.json: this is not what `prepare` writes\nhint: run again\n",
        write(f"{_A}/schema.json", "{}"),
    ),
    Case(
        "a schema that is a list",
        "evaluate m",
        "error: artifacts/m/schema.json: this is not what `prepare` writes\nhint: run again\n",
        write(f"{_A}/schema.json", "[]"),
    ),
    Case(
        "rows that are cut",
        "train m",
        "error: artifacts/m/train.parquet: this is not Parquet: Could not open "
        "Parquet input source '<Buffer>': Parquet magic bytes not found in "
        "footer. Either the file is corrupted or this is not a parquet file.\n"
        "hint: run again\n",
        cut(f"{_A}/train.parquet"),
    ),
    Case(
        "rows that are a folder",
        "gate m",
        "error: artifacts/m/test.parquet: cannot be read: is a directory\n"
        "hint: it should be a file that you may read: mend that, or restore it "
        "from Git\n",
        folder(f"{_A}/test.parquet"),
    ),
    Case(
        "an estimator that is cut",
        "export m",
        "error: artifacts/m/estimator.skops: this is no estimator: File is not a "
        "zip file\n"
        "hint: run again\n",
        cut(f"{_A}/estimator.skops"),
    ),
    Case(
        "no record of the training",
        "export m",
        "error: artifacts/m/training.json: there is no such file\n"
        "hint: run `modelpress run --force`\n",
        remove(f"{_A}/training.json"),
    ),
    Case(
        "a record of the training that says nothing",
        "export m",
        "error: artifacts/m/training.json: it lacks `threshold`\nhint: run again\n",
        write(f"{_A}/training.json", "{}"),
    ),
    Case(
        "no lock file",
        "export m",
        "error: requirements/pipeline.lock: cannot be read: no such file or "
        "directory\n"
        "hint: restore it from Git\n",
        remove("requirements/pipeline.lock"),
    ),
    Case(
        "no dvc.yaml",
        "export m",
        "error: dvc.yaml: cannot be read: no such file or directory\nhint: restore it from Git\n",
        remove("dvc.yaml"),
    ),
    Case(
        "a dvc.yaml that is cut",
        "export m",
        "error: dvc.yaml: this does not declare the stages prepare, train, export\n"
        "hint: restore it from Git\n",
        write("dvc.yaml", "stages: {"),
    ),
    Case(
        "a dvc.yaml without stages",
        "export m",
        "error: dvc.yaml: this does not declare the stages prepare, train, export\n"
        "hint: restore it from Git\n",
        write("dvc.yaml", "stages: {}"),
    ),
    Case(
        "a candidate that was edited",
        "evaluate m",
        "error: `artifacts/m/model.onnx` has sha256 SHA256, not SHA256\n"
        "hint: `modelpress run --force m` makes it again\n",
        edit(f"{_A}/model.onnx", lambda x: x + b"\0"),
    ),
    Case(
        "a candidate without a record",
        "evaluate m",
        "error: nothing vouches for `artifacts/m/model.onnx`: there is no "
        "card.json or export.json beside it\n"
        "hint: `modelpress run --force m` makes it again\n",
        remove(f"{_A}/export.json"),
    ),
    Case(
        "a candidate that is no ONNX",
        "evaluate m",
        "error: onnxruntime refuses the model file: [ONNXRuntimeError] : 7 : "
        "INVALID_PROTOBUF : Failed to load model because protobuf parsing failed.\n"
        "hint: `modelpress run --force m` makes it again\n",
        both(
            write(f"{_A}/model.onnx", "x"),
            fields(
                f"{_A}/export.json",
                sha256="2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
            ),
        ),
    ),
    Case(
        "no golden rows",
        "evaluate m",
        "error: artifacts/m/golden.json: there are no golden rows\n"
        "hint: `modelpress run --force m` makes it again\n",
        write(f"{_A}/golden.json", "[]"),
    ),
    Case(
        "golden rows that are none",
        "evaluate m",
        "error: artifacts/m/golden.json: there are no golden rows\n"
        "hint: `modelpress run --force m` makes it again\n",
        write(f"{_A}/golden.json", "{}"),
    ),
    Case(
        "a stopwatch that is cut",
        "run m",
        "model  verdict  what happened  test metric [95 % interval]  champion  "
        "ms a row\n"
        "m      -        damaged\n"
        "    error: artifacts/m/timing.json: this is not JSON: Expecting "
        "property name enclosed in double quotes: line 1 column 2 (char 1)\n"
        "    hint: remove it; `modelpress run --force` measures anew\n",
        write(f"{_A}/timing.json", "{"),
    ),
)
