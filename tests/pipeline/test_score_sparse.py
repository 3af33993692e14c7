"""The way to a text's answers without dense rows, held against onnxruntime and scikit-learn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from house import House, block
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto
from scored import FEATURES, text_rows

from modelpress.model import Model
from pipeline.estimators import TRUSTED_TYPES
from pipeline.export.hostile import hostile_rows
from pipeline.export.parity import PROBABILITY, RELATIVE, prove
from pipeline.rows import read_rows
from pipeline.score import sparse
from pipeline.score.sparse import sparse_plan
from pipeline.score.trie import Trie
from pipeline.scoring import answer_rows

TEXT = {"note": FEATURES["note"]}
CASES = {
    "words, two classes": ("binary", TEXT, {"name": "logistic_regression", "text": {}}),
    "words and characters beside numbers and categories": (
        "binary",
        FEATURES,
        {"name": "linear_svm", "text": {"words": [1, 2], "chars": [2, 4]}},
    ),
    "plain counts, three classes": (
        "multiclass",
        FEATURES,
        {"name": "linear_svm", "text": {"chars": [1, 3], "sublinear_tf": False}},
    ),
    "softmax": ("multiclass", FEATURES, {"name": "logistic_regression", "text": {"words": [2, 3]}}),
    "a number": ("regression", FEATURES, {"name": "ridge", "text": {"words": [1, 1]}}),
}


def exported(root: Path, task: str, features: dict[str, Any], estimator: dict[str, Any]) -> House:
    metric = {"binary": "roc_auc", "multiclass": "f1_macro", "regression": "r2"}[task]
    made = block(
        task=task,
        features=features,
        estimator=estimator,
        target={"column": "answer"} | ({"positive": "yes"} if task == "binary" else {}),
        threshold={"policy": "best_f1" if task == "binary" else "none", "folds": 3},
        gate={"metric": metric, "promote_on": "not_worse"},
    )
    return House.make(root / "house").add("m", made, text_rows(task=task)).stages("m", "export")


class Case:
    """A model, its plan, its estimator, and rows that were made to tell runtimes apart."""

    def __init__(self, root: Path, name: str) -> None:
        house = exported(root, *CASES[name])
        self.content = house.artifact("m", "model.onnx").read_bytes()
        self.model = Model(self.content)
        plan = sparse_plan(self.model, self.content)
        assert plan is not None
        self.plan = plan
        self.estimator = skops.io.load(
            house.artifact("m", "estimator.skops"), trusted=list(TRUSTED_TYPES)
        )
        self.rows = hostile_rows(self.estimator, self.model.signature, seed=11)
        self.validation = read_rows(house.artifact("m", "validation.parquet"))


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("plan"), request.param)


def test_no_label_differs_from_onnxruntime_s_and_no_number_by_more_than_allowed(
    case: Case,
) -> None:
    for rows in (case.rows, case.validation):
        wanted, told = answer_rows(case.model, rows), case.plan.answer(rows.feeds())

        assert told.labels.tolist() == wanted.labels.tolist()
        assert told.probabilities.shape == wanted.probabilities.shape
        assert np.abs(told.probabilities - wanted.probabilities).max(initial=0) <= PROBABILITY
        scale = np.maximum(np.abs(wanted.values), 1)
        assert (np.abs(told.values - wanted.values) <= RELATIVE * scale).all()


def test_it_passes_the_proof_of_the_export_too(case: Case) -> None:
    """As near to scikit-learn as the ONNX file must be."""

    class Planned(Model):
        def answer(self, feeds: Any) -> Any:
            return case.plan.answer(feeds)

    proven = prove(case.estimator, Planned(case.content), case.rows)

    assert proven.rows == len(case.rows) > 2000


def test_a_row_s_answer_does_not_depend_on_its_neighbours(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = case.rows.take(np.arange(0, len(case.rows), 40))
    together = case.plan.answer(some.feeds())
    monkeypatch.setattr(sparse, "_CHARACTERS", 50)
    apart = case.plan.answer(some.feeds())

    assert together.labels.tolist() == apart.labels.tolist()
    np.testing.assert_array_equal(together.probabilities, apart.probabilities)
    np.testing.assert_array_equal(together.values, apart.values)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("plain"), "words, two classes")


def test_at_the_threshold_onnxruntime_itself_decides(
    plain: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = plain.model.answer

    def counting(feeds: Any) -> Any:
        asked.append(len(feeds["note"]))
        return real(feeds)

    monkeypatch.setattr(plain.model, "answer", counting)
    monkeypatch.setattr(sparse, "TIE", 2.0)
    plain.plan.answer(plain.validation.feeds())
    assert asked == [len(plain.validation)]
    monkeypatch.setattr(sparse, "TIE", 0.0)
    plain.plan.answer(plain.validation.feeds())
    assert asked == [len(plain.validation)]


def other(content: bytes, kind: str, name: str, value: Any) -> bytes:
    """Change a setting of the first node of a kind, or take the node's kind away."""
    model = ModelProto.FromString(content)
    node = next(node for node in model.graph.node if node.op_type == kind)
    if not name:
        node.op_type = value
    for setting in node.attribute:
        if setting.name == name and isinstance(value, bytes):
            setting.s = value
        elif setting.name == name:
            setting.i = value
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("TfIdfVectorizer", "mode", b"TFIDF"),
        ("TfIdfVectorizer", "max_skip_count", 1),
        ("LinearClassifier", "post_transform", b"PROBIT"),
        ("Log", "", "Exp"),
        ("Add", "", "Sub"),
        ("Mul", "", "Div"),
        ("Tokenizer", "", "Identity"),
    ],
)
def test_a_graph_of_another_shape_is_left_to_onnxruntime(
    plain: Case, kind: str, name: str, value: Any
) -> None:
    assert sparse_plan(plain.model, other(plain.content, kind, name, value)) is None


def test_a_forest_on_text_is_left_to_onnxruntime(tmp_path: Path) -> None:
    forest = {"name": "random_forest", "parameters": {"n_estimators": 3}, "text": {}}
    house = exported(tmp_path, "binary", TEXT, forest)
    content = house.artifact("m", "model.onnx").read_bytes()

    assert sparse_plan(Model(content), content) is None


# The trie


def found(terms: list[str], texts: list[str]) -> list[tuple[int, int]]:
    trie = Trie(terms)
    line = "".join(f"{text}\0" for text in texts)
    begin, column = trie.find(np.array([trie.symbols.get(x, 0) for x in line], np.int64))
    return sorted(zip(begin.tolist(), column.tolist(), strict=True))


def searched(terms: list[str], texts: list[str]) -> list[tuple[int, int]]:
    line = "".join(f"{text}\0" for text in texts)
    return sorted(
        (begin, column)
        for column, term in enumerate(terms)
        for begin in range(len(line))
        if line.startswith(term, begin)
    )


LETTERS = "ab é"


@given(
    terms=st.lists(st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=8, unique=True),
    texts=st.lists(st.text(LETTERS + "xyz", max_size=12), max_size=5),
    dense=st.booleans(),
)
def test_every_occurrence_of_every_term_is_found(
    terms: list[str], texts: list[str], *, dense: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.score.trie._LARGEST_TABLE", 10**6 if dense else 0)
        assert found(terms, texts) == searched(terms, texts)
