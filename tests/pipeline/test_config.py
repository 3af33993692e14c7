"""params.yaml: sound blocks, or every fault at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY, block
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from pipeline.config import load_block, load_params, schema_json
from pipeline.errors import ParamsError


def write(root: Path, text: str) -> Path:
    (root / "params.yaml").write_text(text, encoding="utf-8")
    return root


def faults_of(root: Path, **changes: Any) -> list[str]:
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"models": {"m": block(**changes)}}, file)
    return ["\n".join(fault.lines()) for fault in load_params(root).faults.get("m", [])]


def test_the_plain_block_is_sound(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == []


def test_the_repository_s_own_blocks_are_sound() -> None:
    params = load_params(REPOSITORY)

    assert params.faults == {}
    assert {"iris", "spam", "credit"} <= set(params.blocks)


def test_all_faults_are_told_at_once_with_path_and_hint(tmp_path: Path) -> None:
    """Faults of keys and of rules between keys, in broken and in sound parts of the block."""
    found = faults_of(
        tmp_path,
        split={"method": "random", "validation": 0.2, "test_sise": 0.2, "seed": 7},
        features={"size": {"kind": "number"}, "answer": {"kind": "numeric"}},
        estimator={"name": "random_forest", "numeric": {"scale": "standard"}},
        threshold={"policy": "precision_first"},
        gate={"metric": "r2", "promote_on": "not_worse", "max_gzip_kb": -1},
    )
    text = "\n".join(found)

    assert "models.m.split.test: it is missing" in text
    assert "unknown key `test_sise`\nhint: did you mean `test`?" in text
    assert "models.m.features.size.kind: `'number'`" in text
    assert "models.m.features.answer: `answer` is the target" in text
    assert "`random_forest` must see numbers as they are" in text
    assert "models.m.threshold.min_precision" in text
    assert "`r2` does not fit a binary task" in text
    assert "models.m.gate.max_gzip_kb: `-1`" in text


def test_a_fault_names_its_line(tmp_path: Path) -> None:
    root = write(tmp_path, "models:\n  m:\n    title: x\n    tytle: y\n")
    lines = [fault.path for fault in load_params(root).faults["m"] if "tytle" in fault.message]

    assert lines == ["params.yaml:4"]


def test_a_fault_in_merged_defaults_names_the_line_there(tmp_path: Path) -> None:
    text = "defaults: &d\n  split: {method: chance}\nmodels:\n  m:\n    <<: *d\n    title: x\n"
    found = load_params(write(tmp_path, text)).faults["m"]

    assert [f.path for f in found if "chance" in f.message] == ["params.yaml:2"]


def test_defaults_are_taken_over_and_replaced_key_by_key(tmp_path: Path) -> None:
    """DVC resolves merge keys itself, so that its stages depend on the merged values."""
    rest = {key: value for key, value in block().items() if key not in {"split", "tune"}}
    text = json.dumps(rest)[1:-1]
    write(
        tmp_path,
        "defaults: &d\n  split: {method: random, validation: 0.2, test: 0.2, seed: 7}\n"
        "  tune: {trials: 0}\n"
        f"models:\n  a: {{<<: *d, {text}}}\n"
        f"  b: {{<<: *d, tune: {{trials: 0, folds: 3}}, {text}}}\n",
    )

    assert load_block(tmp_path, "a").tune.folds == 5
    assert load_block(tmp_path, "b").tune.folds == 3
    assert load_block(tmp_path, "b").split.seed == 7


def test_one_model_s_faults_do_not_hide_another(tmp_path: Path) -> None:
    with (tmp_path / "params.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"models": {"good": block(), "bad": {"title": 1}}}, file)
    params = load_params(tmp_path)

    assert list(params.blocks) == ["good"]
    assert list(params.faults) == ["bad"]
    with pytest.raises(ParamsError):
        load_block(tmp_path, "bad")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models: [1, 2]", "no mapping `models:`"),
        ("modells: {}", "no mapping `models:`"),
        ("models: {}\nextra: 1", "unknown key `extra`"),
        ("models: {a: 1", "params.yaml"),
        ("models:\n  a: {}\n  a: {}\n", "found duplicate key"),
        ("<<<<<<< HEAD\nmodels: {}\n=======\n>>>>>>> x\n", "params.yaml"),
    ],
    ids=["list", "typo", "extra key", "cut", "key twice", "conflict markers"],
)
def test_a_file_that_is_no_params_file_is_refused_whole(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ParamsError) as caught:
        load_params(write(tmp_path, text))

    assert message in "\n".join(caught.value.lines())


def test_a_missing_file_and_a_wrong_encoding_are_named(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="1 fault") as caught:
        load_params(tmp_path)
    assert "there is no such file" in caught.value.lines()[0]

    (tmp_path / "params.yaml").write_bytes("models: {ü: 1}".encode("latin-1"))
    with pytest.raises(ParamsError) as caught:
        load_params(tmp_path)
    assert "not UTF-8 at byte 9" in caught.value.lines()[0]


@pytest.mark.parametrize("name", ["Spam", "1a", "a_b", "", "a" * 41, "ä"])
def test_a_name_that_is_no_model_name_is_refused(tmp_path: Path, name: str) -> None:
    with (tmp_path / "params.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"models": {name: block()}}, file)

    assert "is no model name" in load_params(tmp_path).faults[name][0].message


def test_an_unknown_model_is_named_with_those_there_are(tmp_path: Path) -> None:
    with (tmp_path / "params.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"models": {"a": block()}}, file)
    with pytest.raises(ParamsError) as caught:
        load_params(tmp_path, ["b"])

    assert caught.value.lines() == ["params.yaml: there is no model `b`", "hint: there are a"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"estimator": {"name": "lda"}}, "linear discriminant is wrong on every row"),
        ({"estimator": {"name": "knn"}}, "as large as the table"),
        (
            {"estimator": {"name": "linear_svm", "calibration": "isotonic"}},
            "isotonic steps flip labels",
        ),
        (
            {"estimator": {"name": "ridge", "numeric": {"scale": "quantile"}}},
            "quantile transform differs",
        ),
        (
            {"estimator": {"name": "logistic_regression", "text": {"stop_words": "english"}}},
            "drop stop words after building word pairs",
        ),
        (
            {"estimator": {"name": "logistic_regression", "text": {"analyzer": "char_wb"}}},
            "char_wb does not convert",
        ),
        (
            {"estimator": {"name": "hist_gradient_boosting", "categorical": {"encode": "native"}}},
            "native categories of gradient boosting export wrong",
        ),
        (
            {"estimator": {"name": "random_forest", "numeric": {"impute": "none"}}},
            "forests that see missing numbers export silently wrong",
        ),
        (
            {"estimator": {"name": "extra_trees", "numeric": {"clip": 5.0}}},
            "scaled values round across the trees' cuts",
        ),
        (
            {
                "estimator": {"name": "hist_gradient_boosting"},
                "features": {"words": {"kind": "text"}},
            },
            "boosting needs dense rows",
        ),
    ],
)
def test_what_would_export_wrong_is_refused_by_name_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    assert reason in "\n".join(faults_of(tmp_path, **changes))


FOREST = "random_forest"


def searched(estimator: str = "logistic_regression", **search: dict[str, Any]) -> dict[str, Any]:
    return {"estimator": {"name": estimator}, "tune": {"trials": 3, "search": search}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": {"column": "answer"}}, "a binary task needs it"),
        (
            {"target": {"column": "a", "positive": "x", "classes": {"1": "y", "0": "z"}}},
            "the labels are y, z",
        ),
        (
            {
                "task": "multiclass",
                "target": {"column": "a", "positive": "x", "classes": {"1": "y"}},
            },
            "`x` is no label; the labels are y",
        ),
        (
            {"task": "multiclass", "target": {"column": "answer"}},
            "`roc_auc` does not fit a multiclass task",
        ),
        (
            {
                "task": "multiclass",
                "target": {"column": "answer"},
                "gate": {"metric": "f1_macro", "promote_on": "better", "floors": {"recall": 0.5}},
            },
            "`recall` is about one class\nhint: name it under target.positive, or use accuracy",
        ),
        (
            {"features": {"a": {"kind": "numeric", "optional": True}}},
            "only a categorical feature may be optional",
        ),
        (
            {"features": {"a": {"kind": "text", "aliases": ["b"]}, "b": {"kind": "text"}}},
            "the name `b` belongs to `a` already",
        ),
        ({"features": {"label": {"kind": "text"}}}, "what the model's own answer is called"),
        ({"split": {"method": "time", "validation": 0.5, "test": 0.5, "seed": 1}}, "take all rows"),
        ({"tune": {"trials": 3}}, "nothing to try"),
        ({"tune": {"trials": 3, "search": {"D": {"low": 1, "high": 2}}}}, "has no parameter `D`"),
        ({"tune": {"trials": 3, "search": {"C": {"low": 1}}}}, "either low and high, or choices"),
        (searched(C={"low": 2, "high": 1}), "low is 2, high 1"),
        (searched(C={"low": 0, "high": 1, "log": True}), "cannot begin at 0"),
        (searched(C={"low": 2, "high": 3}), "value is `1.0`, outside of the span"),
        (searched(C={"choices": [0.5, 2.0]}), "the estimator's own value is `1.0`"),
        (searched(C={"choices": [1.0, "a"]}), "`a`: input should be a valid number"),
        (searched(C={"low": 0, "high": 3}), "`0.0`: input should be greater than 0"),
        (searched(FOREST, max_features={"low": 0.1, "high": 1}), "which is in no span"),
        (searched(FOREST, max_depth={"choices": [6, None]}), "the estimator's own value is `12`"),
        (searched(FOREST, n_estimators={"low": 9.5, "high": 100}), "between two counts"),
        ({"estimator": {"name": "linear_svm", "text": {"words": [3, 1]}}}, "shortest comes first"),
        ({"evaluate": {"slices": {"size": "categories"}}}, "`size` is numeric"),
        ({"evaluate": {"slices": {"shape": "categories"}}}, "no feature `shape`"),
        (
            {
                "gate": {
                    "metric": "f1",
                    "promote_on": "better",
                    "slices": [{"feature": "colour", "metric": "f1", "limit": 0.5}],
                }
            },
            "evaluate.slices does not cut by `colour`",
        ),
        (
            {"gate": {"metric": "f1", "promote_on": "better", "max_regression": {"f1": {}}}},
            "either absolute or relative",
        ),
        ({"threshold": {"policy": "fixed"}}, "a fixed threshold needs it"),
        ({"features": {"a b": {"kind": "text"}}}, "features.a b"),
        ({"data": {"sources": {"x": {"encoding": "utf-9", "delimiter": ",", "quoting": "none"}}}},
         "no text encoding that Python knows"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_told(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    assert message in "\n".join(faults_of(tmp_path, **changes))


def test_choices_keep_the_type_they_are_written_in(tmp_path: Path) -> None:
    """A depth of 6.0 is none."""
    depths = {"choices": [6, 12, None]}

    assert faults_of(tmp_path, **searched(FOREST, max_depth=depths)) == []
    assert load_block(tmp_path, "m").tune.search["max_depth"].choices == (6, 12, None)


def test_the_json_schema_in_the_repository_is_fresh() -> None:
    """`make schemas` writes it; editors check params.yaml with it."""
    written = (REPOSITORY / "modelpress" / "schemas" / "params.schema.json").read_text("utf-8")

    assert schema_json() == written


def test_the_json_schema_takes_the_repository_s_params_and_no_typo() -> None:
    validator = Draft202012Validator(json.loads(schema_json()))
    raw = YAML(typ="safe").load((REPOSITORY / "params.yaml").read_text("utf-8"))

    assert list(validator.iter_errors(raw)) == []
    raw["models"]["iris"]["tytle"] = raw["models"]["iris"].pop("title")
    assert len(list(validator.iter_errors(raw))) == 2
