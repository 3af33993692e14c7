"""Bad `params.yaml` files: what cannot be read, and blocks with faults."""

from spoilt import Case, block_of_n, conflict, edit, folder, remove, replace, write

PARAMS = "params.yaml"
_BOMB = "models:\n  n:\n    a0: &a0 [x, x]\n" + "".join(
    f"    a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n" for i in range(1, 100)
)

CASES = (
    Case(
        "missing",
        "run",
        "error: params.yaml: there is no such file here\nhint: run modelpress in the repository\n",
        remove(PARAMS),
    ),
    Case(
        "a folder",
        "status",
        "error: params.yaml: cannot be read: is a directory\nhint: it should be a file\n",
        folder(PARAMS),
    ),
    Case(
        "empty",
        "verify",
        "error: params.yaml: there is no mapping `models:`\n"
        "hint: each model is one block below it\n",
        write(PARAMS, ""),
    ),
    Case(
        "not YAML",
        "prepare n",
        "error: params.yaml:2: this is not YAML: expected the node content, but "
        "found '<stream end>'\n"
        "hint: restore it from Git, or mend it\n",
        write(PARAMS, "models: {n: [\n"),
    ),
    Case(
        "tabs",
        "train n",
        "error: params.yaml:2: this is not YAML: found character '\\t' that "
        "cannot start any token\n"
        "hint: restore it from Git, or mend it\n",
        write(PARAMS, "models:\n\tn:\n\t\ttask: binary\n"),
    ),
    Case(
        "a key twice",
        "export n",
        'error: params.yaml:3: this is not YAML: found duplicate key "n" with '
        'value "{}" (original value: "{}")\n'
        "hint: restore it from Git, or mend it\n",
        write(PARAMS, "models:\n  n: {}\n  n: {}\n"),
    ),
    Case(
        "a merge's markers",
        "evaluate n",
        "error: params.yaml:1: a merge has left its marks `<<<<<<<`\nhint: settle the conflict\n",
        conflict(PARAMS),
    ),
    Case(
        "Latin-1",
        "gate n",
        "error: params.yaml: not UTF-8 at byte 36\nhint: save it as UTF-8\n",
        edit(PARAMS, lambda x: x.replace(b"A model", b"caf\xe9")),
    ),
    Case(
        "UTF-16",
        "register n",
        "error: params.yaml: not UTF-8 at byte 0\nhint: save it as UTF-8\n",
        edit(PARAMS, lambda x: x.decode().encode("utf-16")),
    ),
    Case(
        "a byte order mark",
        "verify n",
        "n: no faults\n",
        edit(PARAMS, lambda x: b"\xef\xbb\xbf" + x),
        0,
    ),
    Case(
        "a control character",
        "promote n",
        "error: params.yaml: this is not YAML: unacceptable character #x0007: "
        'special characters are not allowed   in "<unicode string>", position 35\n'
        "hint: restore it from Git, or mend it\n",
        replace(PARAMS, "A model", "A \x07 model"),
    ),
    Case(
        "two documents",
        "history n",
        "error: params.yaml:2: this is not YAML: but found another document\n"
        "hint: restore it from Git, or mend it\n",
        write(PARAMS, "models: {}\n---\nmodels: {}\n"),
    ),
    Case(
        "an alias of nothing",
        "compare m v1.0.0 v1.1.0",
        "error: params.yaml:1: this is not YAML: found undefined alias 'defaults'\n"
        "hint: restore it from Git, or mend it\n",
        write(PARAMS, "models: {n: *defaults}\n"),
    ),
    Case(
        "an object of Python",
        "reproduce m v1.0.0",
        "error: params.yaml:1: this is not YAML: could not determine a "
        "constructor for the tag 'tag:yaml.org,2002:python/object:os.system'\n"
        "hint: restore it from Git, or mend it\n",
        write(PARAMS, "models: !!python/object:os.system {}\n"),
    ),
    Case(
        "a day that is none",
        "retire n",
        "error: params.yaml: a value cannot be read: month must be in 1..12\n"
        "hint: restore it from Git, or mend it\n",
        replace(PARAMS, "title: A model", "title: 2026-13-45"),
    ),
    Case(
        "a number that is none",
        "schemas",
        "error: params.yaml: a value cannot be read: invalid literal for int() "
        "with base 10: 'many'\n"
        "hint: restore it from Git, or mend it\n",
        replace(PARAMS, "title: A model", "title: !!int many"),
    ),
    Case(
        "a number of 5,000 digits",
        "status",
        "error: params.yaml: a value cannot be read: Exceeds the limit (4300 "
        "digits) for integer string conversion: value has 5000 digits; use "
        "sys.set_int_max_str_digits() to increase the limit\n"
        "hint: restore it from Git, or mend it\n",
        replace(PARAMS, "seed: 7", "seed: " + "9" * 5000),
    ),
    Case(
        "nested too deeply",
        "status",
        "error: params.yaml: a value cannot be read: it stands too deep within "
        "others\n"
        "hint: restore it from Git, or mend it\n",
        write(PARAMS, "models: " + "[" * 3000 + "]" * 3000),
    ),
    Case(
        "a hundred levels of aliases",
        "prepare n",
        "error: params.yaml: its aliases stand for more than 100,000 values\n"
        "hint: write the values out\n",
        write(PARAMS, _BOMB),
    ),
    Case(
        "an alias of itself",
        "prepare n",
        "error: params.yaml: an alias stands within itself, or values within "
        "values too deeply\n"
        "hint: write the values out\n",
        replace(PARAMS, "title: A model", "title: &a [*a]"),
    ),
    Case(
        "a list",
        "status",
        "error: params.yaml: there is no mapping `models:`\n"
        "hint: each model is one block below it\n",
        write(PARAMS, "- models\n"),
    ),
    Case(
        "models are a list",
        "status",
        "error: params.yaml: there is no mapping `models:`\n"
        "hint: each model is one block below it\n",
        write(PARAMS, "models: [m, n]\n"),
    ),
    Case(
        "a key beside models",
        "status",
        "error: params.yaml: unknown key `7`\nhint: the file has `defaults:` and `models:`\n",
        write(PARAMS, "models: {}\nmodel: {}\n7: {}\n"),
    ),
    Case(
        "a model that is not there",
        "train x",
        "error: params.yaml: there is no model `x`\nhint: there are m, n\n",
    ),
    Case(
        "a model named like a path",
        "predict ../models/m size=1 colour=red",
        "error: `../models/m` is no model name: a letter, then up to 39 small "
        "letters, digits or dashes\n"
        "hint: name a model of params.yaml\n",
    ),
    Case(
        "no model at all",
        "gate n",
        "error: params.yaml: there is no model `n`\nhint: `modelpress new` writes one\n",
        write(PARAMS, "models: {}\n"),
    ),
    Case(
        "a model named by a number",
        "status",
        "error: params.yaml: `2026` is no name of a model\nhint: a name starts with a letter\n",
        write(PARAMS, "models:\n  2026: {}\n"),
    ),
    Case(
        "a model with a bad name",
        "verify",
        "My_Model: 1 fault\n"
        "  production: there is no pointer\n"
        "    hint: `modelpress run` lays an empty one\n",
        write(PARAMS, "models:\n  My_Model: {}\n"),
    ),
    Case(
        "a faulty block, asked how it is",
        "status n",
        "model  production  since  staging  metric  candidate  versions  MB\n"
        "error: params.yaml:35: models.n.owner: `5`: input should be a valid string\n",
        block_of_n(owner=5),
    ),
    Case(
        "a run with a faulty block",
        "run n",
        "model  verdict  what happened          test metric [95 % interval]  "
        "champion  ms a row\n"
        "n      -        faults in params.yaml\n"
        "    params.yaml:35: models.n.owner: `5`: input should be a valid string\n",
        block_of_n(owner=5),
    ),
    Case(
        "a block that is none",
        "prepare n",
        "error: params.yaml:2: models.n: `'yes please'` is no block\n"
        "hint: write one key per line below the name\n",
        write(PARAMS, "models:\n  n: yes please\n"),
    ),
    Case(
        "a key that is a number",
        "prepare m",
        "error: params.yaml:18: models.m.7: `7`: keys should be strings\n",
        replace(PARAMS, "    owner: tests\n", "    owner: tests\n    7: x\n"),
    ),
    Case(
        "a key left out",
        "prepare m",
        "error: params.yaml:2: models.m.title: it is missing\n"
        "hint: write it, or take it over with `<<: *defaults`\n"
        "error: params.yaml:22: models.m.titel: unknown key `titel`\n"
        "hint: did you mean `title`?\n",
        replace(PARAMS, "title: A model", "titel: A model"),
    ),
    Case(
        "a word for a number",
        "prepare n",
        "error: params.yaml:36: models.n.split.seed: `'seven'`: input should be a valid integer\n",
        block_of_n(split={"method": "random", "validation": 0.2, "test": 0.2, "seed": "seven"}),
    ),
    Case(
        "a share above one",
        "prepare n",
        "error: params.yaml:36: models.n.split.validation: `1.5`: input should be less than 1\n",
        block_of_n(split={"method": "random", "validation": 1.5, "test": 0.2, "seed": 7}),
    ),
    Case(
        "an unknown task",
        "prepare n",
        "error: params.yaml:38: models.n.task: `'ternary'`: input should be "
        "'binary', 'multiclass' or 'regression'\n",
        block_of_n(task="ternary"),
    ),
    Case(
        "an unknown estimator",
        "train n",
        "error: params.yaml:28: models.n.estimator.name: there is no estimator "
        "`xgboost`\n"
        "hint: there are logistic_regression, linear_svm, random_forest, "
        "extra_trees, hist_gradient_boosting, hist_gradient_boosting_regressor, "
        "ridge, poisson\n",
        block_of_n(estimator={"name": "xgboost"}),
    ),
    Case(
        "an unknown metric",
        "gate n",
        "error: params.yaml:33: models.n.gate.metric: `'acuracy'`: input should "
        "be 'accuracy', 'average_precision', 'balanced_accuracy', 'brier_score', "
        "'f1', 'f1_macro', 'log_loss', 'matthews_corrcoef', "
        "'mean_absolute_error', 'precision', 'r2', 'recall', 'roc_auc', "
        "'roc_auc_ovr' or 'root_mean_squared_error'\n",
        block_of_n(gate={"metric": "acuracy", "promote_on": "better"}),
    ),
    Case(
        "a floor of NaN",
        "gate n",
        "error: params.yaml:34: models.n.gate.floors.accuracy: `nan`: input "
        "should be a finite number\n",
        block_of_n(
            gate={"metric": "roc_auc", "promote_on": "better", "floors": {"accuracy": float("nan")}}
        ),
    ),
    Case(
        "the target among the features",
        "prepare n",
        "error: params.yaml:31: models.n.features.answer: `answer` is the target\n"
        "hint: a model that sees its target has nothing to learn; remove the "
        "feature\n",
        block_of_n(features={"size": {"kind": "numeric"}, "answer": {"kind": "categorical"}}),
    ),
    Case(
        "no feature",
        "prepare n",
        "error: params.yaml:30: models.n.features: `{}`: dictionary should have "
        "at least 1 item after validation, not 0\n",
        block_of_n(features={}),
    ),
    Case(
        "a feature of no kind",
        "prepare n",
        "error: params.yaml:31: models.n.features.size.kind: `'number'`: input "
        "should be 'numeric', 'categorical' or 'text'\n",
        block_of_n(features={"size": {"kind": "number"}}),
    ),
    Case(
        "a feature with a bad name",
        "prepare n",
        "error: params.yaml:31: models.n.features.the size: `'the size'`: string "
        "should match pattern '^[A-Za-z][A-Za-z0-9_]{0,63}$'\n",
        block_of_n(features={"the size": {"kind": "numeric"}}),
    ),
)
