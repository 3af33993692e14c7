"""The verb `export`: one graph that says what the estimator says, its proof and its golden rows."""

import hashlib
import json
import math
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
import skops.io
from house import House, binary_rows, block
from onnx import ModelProto, TensorProto

from modelpress.golden import TOLERANCE, golden_distance
from modelpress.loading import load
from modelpress.model import Model
from modelpress.signature import METADATA_KEY, Signature
from modelpress.text import normalize_text
from pipeline import export
from pipeline.errors import ExportError
from pipeline.estimators import TRUSTED_TYPES, frame
from pipeline.export.golden_rows import COUNT, golden_rows
from pipeline.export.graph import convert
from pipeline.export.hard_texts import HARD_TEXTS, fuzzed
from pipeline.export.hostile import hostile_rows, terms_of
from pipeline.export.parity import PROBABILITY, prove
from pipeline.rows import Rows, read_rows
from pipeline.schema import read_schema

NOTE = {"note": {"kind": "text"}}
MIXED: dict[str, Any] = {
    "size": {"kind": "numeric"}, "age": {"kind": "numeric"}, "colour": {"kind": "categorical"}
}  # fmt: skip
CLASSES: dict[str, Any] = {
    "task": "multiclass",
    "target": {"column": "answer"},
    "gate": {"metric": "f1_macro", "promote_on": "not_worse"},
}
NUMBERS: dict[str, Any] = {
    "task": "regression",
    "target": {"column": "answer"},
    "gate": {"metric": "r2", "promote_on": "not_worse"},
}
F1 = {"threshold": {"policy": "best_f1", "folds": 3}}

MODELS: dict[str, dict[str, Any]] = {
    "text": {"features": NOTE, "estimator": {"name": "linear_svm"}, **F1},
    "two": {
        "features": {**NOTE, **MIXED, "reply": {"kind": "text"}},
        "estimator": {"name": "logistic_regression", "text": {"words": None, "chars": [2, 3]}},
        **CLASSES,
    },
    "linear": {"features": MIXED, **F1},
    "other": {
        "features": MIXED,
        "estimator": {"name": "logistic_regression", "parameters": {"C": 0.01}},
        **F1,
    },
    "boosting": {
        "features": MIXED,
        "estimator": {"name": "hist_gradient_boosting", "parameters": {"max_iter": 20}},
    },
    "forest": {
        "features": MIXED,
        "estimator": {"name": "random_forest", "parameters": {"n_estimators": 9}},
        **CLASSES,
    },
    "ridge": {"features": MIXED, "estimator": {"name": "ridge"}, **NUMBERS},
    "steeper": {
        "features": MIXED,
        "estimator": {"name": "ridge", "parameters": {"alpha": 50.0}},
        **NUMBERS,
    },
}


def table(name: str) -> list[dict[str, object]]:
    dice = random.Random(8)
    words = ("fee", "due", "wait", "call", "café", "привет", "later", "sky", "offer", "win", "£5")
    rows = []
    for row in binary_rows(260, seed=5):
        size, age = float(str(row["size"])), dice.randint(18, 90)
        drawn = dice.choices(words, k=dice.randint(3, 9))
        score = size + age / 60 + drawn.count("win") + dice.gauss(0, 0.5)
        answer: object = "yes" if score > 1.5 else "no"
        if "task" in MODELS[name]:
            answer = score if MODELS[name]["task"] == "regression" else f"level {int(score > 1)}"
        told = {"note": " ".join(drawn), "reply": " ".join(drawn[::-1]), "age": age}
        rows.append({**row, **told, "answer": answer})
    return rows


class Exported(NamedTuple):
    """What the export read and made."""

    house: House
    name: str

    def file(self, name: str) -> Path:
        """Name a file that the stages made."""
        return self.house.artifact(self.name, name)

    def json(self, name: str) -> Any:
        """Read a file that the stages made."""
        return json.loads(self.file(name).read_text("utf-8"))

    @property
    def pipeline(self) -> Any:
        """The fitted estimator."""
        return skops.io.load(self.file("estimator.skops"), trusted=list(TRUSTED_TYPES))

    @property
    def model(self) -> Model:
        """The exported model."""
        return load(self.file("model.onnx"))

    @property
    def graph(self) -> ModelProto:
        """The exported model as ONNX's own library reads it."""
        return onnx.load(self.file("model.onnx"))

    @property
    def validation(self) -> Rows:
        """The rows that the proof is made on."""
        return read_rows(self.file("validation.parquet"))

    @property
    def hostile(self) -> Rows:
        """The hostile corpus."""
        return hostile_rows(self.pipeline, self.model.signature, export.SEED)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Exported]:
    """Every model of the list, exported."""
    house = House.make(tmp_path_factory.mktemp("export"))
    for name, changes in MODELS.items():
        house.add(name, block(**changes), table(name)).stages(name, "export")
    return {name: Exported(house, name) for name in MODELS}


every = pytest.mark.parametrize("name", MODELS)


# The proof


@pytest.mark.parametrize(
    ("name", "other", "figure"),
    [("linear", "other", "a probability"), ("ridge", "steeper", "the value")],
)
def test_the_graph_of_another_fit_is_refused_with_the_worst_row_and_its_figure(
    exports: dict[str, Exported], name: str, other: str, figure: str
) -> None:
    rows, pipeline = exports[name].validation, exports[name].pipeline
    if name == "ridge":
        wanted = pipeline.predict(frame(rows))
        told = exports[other].pipeline.predict(frame(rows))
        usual = max(1, np.median(np.abs(wanted)))
        off = np.abs(wanted - told) / np.maximum(np.abs(wanted), usual)
    else:
        wanted, told = (exports[n].pipeline.predict_proba(frame(rows)) for n in (name, other))
        off = np.abs(wanted - told).max(axis=1)
    with pytest.raises(ExportError) as caught:
        prove(pipeline, exports[other].model, rows)

    assert caught.value.message.startswith(f"{figure} is off by {off.max():.2g} ")
    assert caught.value.message.endswith(f"most in row `{rows.row[off.argmax()]}`")
    assert "choose another" in caught.value.hint


def with_threshold(exported: Exported, threshold: float) -> Model:
    signature = replace(exported.model.signature, threshold=float(np.float32(threshold)))
    return Model(convert(exported.pipeline, signature))


def both_scores(exported: Exported, rows: Rows) -> tuple[Any, Any]:
    """What the estimator and the graph say in float64 and float32."""
    wanted = exported.pipeline.predict_proba(frame(rows))[:, 1]
    return wanted, exported.model.answer(rows.feeds()).probabilities[:, 1]


def test_a_label_that_rounding_flips_is_listed_as_a_tie(exports: dict[str, Exported]) -> None:
    """The graph rounds the probability up onto the threshold; the estimator stays below it."""
    linear = exports["linear"]
    rows = linear.validation
    wanted, got = both_scores(linear, rows)
    row = int(np.flatnonzero(got > wanted)[0])
    model = with_threshold(linear, got[row])
    parity = prove(linear.pipeline, model, rows)

    assert model.answer(rows.feeds()).labels[row] == "yes"
    assert wanted[row] < model.signature.threshold
    assert f"`{rows.row[row]}`" in parity.ties
    assert parity.largest <= PROBABILITY


@pytest.mark.parametrize(("distance", "refused"), [(3e-7, False), (4e-6, True)])
def test_a_flip_is_a_tie_within_a_millionth_and_a_fault_beyond(
    exports: dict[str, Exported], distance: float, *, refused: bool
) -> None:
    """A graph that names a threshold just below a row's answer, and compares with a higher one."""
    linear = exports["linear"]
    rows = linear.validation
    wanted, _ = both_scores(linear, rows)
    row = int(np.argsort(wanted)[len(rows) // 2])
    model = with_threshold(linear, wanted[row] + 2e-5)
    model.signature = replace(model.signature, threshold=float(wanted[row] - distance))
    if refused:
        with pytest.raises(ExportError) as caught:
            prove(linear.pipeline, model, rows)
        assert caught.value.message == (
            f"row `{rows.row[row]}`: onnxruntime says `no`, the estimator yes"
        )
    else:
        assert prove(linear.pipeline, model, rows).ties == [f"`{rows.row[row]}`"]


def test_a_graph_that_answers_no_number_is_refused(exports: dict[str, Exported]) -> None:
    """NaN is neither far nor near; it must not pass for near."""
    graph = exports["ridge"].graph
    for tensor in graph.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            values = np.full_like(onnx.numpy_helper.to_array(tensor), np.nan)
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    for node in graph.graph.node:
        for attribute in node.attribute:
            if attribute.floats:
                attribute.floats[:] = [float("nan")] * len(attribute.floats)
    tampered = Model(graph.SerializeToString())
    with pytest.raises(ExportError, match="the value is off by nan"):
        prove(exports["ridge"].pipeline, tampered, exports["ridge"].validation)


@every
def test_both_proofs_are_recorded_with_their_rows(exports: dict[str, Exported], name: str) -> None:
    exported = exports[name]
    parity = exported.json("export.json")["parity"]

    assert parity["validation"]["rows"] == len(exported.validation)
    assert parity["hostile"]["rows"] == len(exported.hostile)
    assert set(parity) == {"validation", "hostile"}


# The hostile corpus


def test_there_are_enough_hard_texts_and_none_twice() -> None:
    assert len(HARD_TEXTS) >= 109
    assert len(set(HARD_TEXTS)) == len(HARD_TEXTS)


def test_every_hard_text_and_thousands_of_fuzzed_ones_are_asked(
    exports: dict[str, Exported],
) -> None:
    texts = exports["text"].hostile.features["note"].tolist()
    made = fuzzed(4000, terms_of(exports["text"].pipeline), export.SEED)

    assert {normalize_text(text) for text in (*HARD_TEXTS, *made)} <= set(texts)
    assert len(texts) >= 109 + 4000


def test_fuzzed_texts_are_many_and_hold_the_models_terms(exports: dict[str, Exported]) -> None:
    terms = terms_of(exports["text"].pipeline)
    made = fuzzed(4000, terms, 1)
    single = {term for term in terms if " " not in term}

    assert made == fuzzed(4000, terms, 1) != fuzzed(4000, terms, 2)
    assert len(set(made)) > 3900
    assert np.mean([bool(single & set(normalize_text(text).split())) for text in made]) > 0.8


def test_every_text_stands_in_every_text_field_beside_another(
    exports: dict[str, Exported],
) -> None:
    features = exports["two"].hostile.features
    note, reply = features["note"].tolist(), features["reply"].tolist()
    hard = {normalize_text(text) for text in HARD_TEXTS}

    assert hard <= set(note)
    assert hard <= set(reply)
    assert np.mean([a != b for a, b in zip(note[:4000], reply[:4000], strict=True)]) > 0.9


@pytest.mark.parametrize("name", ["linear", "boosting", "forest", "ridge", "two"])
def test_numbers_come_at_every_edge_of_float32(exports: dict[str, Exported], name: str) -> None:
    single = np.finfo(np.float32)
    edges = (0.0, single.max, single.min, single.tiny, single.smallest_subnormal, 2.0**24, 1e20)
    for field in ("size", "age"):
        column = exports[name].hostile.features[field]
        low, high = next(
            x.range for x in exports[name].model.signature.inputs if x.name == field and x.range
        )

        assert column.dtype == np.float32
        assert not np.isinf(column).any()
        assert np.isnan(column).any()
        assert {np.float32(x) for x in (*edges, low, high, low - 1, high + 1)} <= set(column)
        assert np.signbit(column[column == 0]).any()


@pytest.mark.parametrize("name", ["linear", "boosting", "forest", "ridge", "two"])
def test_categories_come_unknown_missing_and_in_other_letters(
    exports: dict[str, Exported], name: str
) -> None:
    colours = set(exports[name].hostile.features["colour"].tolist())

    assert {"", "never seen", " ", "nan", "None", "x" * 1000} <= colours
    assert {"red", "green", "blue", "RED", "GREEN", "BLUE"} <= colours


@every
def test_one_row_has_nothing_and_the_numbers_are_extreme_together(
    exports: dict[str, Exported], name: str
) -> None:
    hostile = exports[name].hostile
    named = {row: i for i, row in enumerate(hostile.row)}
    nothing = hostile.take(np.array([named["everything is missing"]]))
    largest = hostile.take(np.array([named["everything is largest"]]))

    for column in nothing.features.values():
        assert np.isnan(column[0]) if column.dtype == np.float32 else column[0] == ""
    numbers = [c[0] for c in largest.features.values() if c.dtype == np.float32]
    assert set(numbers) <= {np.finfo(np.float32).max}


@pytest.mark.parametrize("name", ["boosting", "forest"])
def test_every_cut_of_a_tree_is_asked_on_it_and_beside_it(
    exports: dict[str, Exported], name: str
) -> None:
    hostile = exports[name].hostile
    ways = [row.split(" ")[1] for row in hostile.row if row.endswith("a cut")]

    assert len(ways) > 100
    assert ways.count("on") == ways.count("below") == ways.count("above")


@every
def test_all_that_is_no_text_is_mixed_by_the_thousand(
    exports: dict[str, Exported], name: str
) -> None:
    mixtures = [row for row in exports[name].hostile.row if row.startswith("mixture")]

    assert len(mixtures) == (0 if name == "text" else 2000)


# The graph


def kinds(values: Iterable[Any]) -> dict[str, tuple[int, int]]:
    return {
        x.name: (x.type.tensor_type.elem_type, len(x.type.tensor_type.shape.dim)) for x in values
    }


@every
def test_the_inputs_are_the_features_by_name(exports: dict[str, Exported], name: str) -> None:
    fields = MODELS[name]["features"].items()
    number, string = (TensorProto.FLOAT, 2), (TensorProto.STRING, 2)

    assert kinds(exports[name].graph.graph.input) == {
        field: number if entry["kind"] == "numeric" else string for field, entry in fields
    }


@every
def test_the_outputs_are_label_and_probabilities_or_a_value(
    exports: dict[str, Exported], name: str
) -> None:
    """No sequence of maps, which runtimes in the browser cannot read."""
    graph = exports[name].graph
    told = kinds(graph.graph.output)

    assert "ZipMap" not in {node.op_type for node in graph.graph.node}
    if MODELS[name].get("task") == "regression":
        assert told == {"value": (TensorProto.FLOAT, 2)}
    else:
        assert told == {"label": (TensorProto.STRING, 1), "probabilities": (TensorProto.FLOAT, 2)}
        classes = set(exports[name].model.signature.classes)
        assert set(exports[name].model.answer(exports[name].validation.feeds()).labels) <= classes


@every
def test_the_graph_carries_its_signature_and_nothing_of_its_making(
    exports: dict[str, Exported], name: str
) -> None:
    graph, schema = exports[name].graph, read_schema(exports[name].file("schema.json"))
    training = exports[name].json("training.json")
    wanted = Signature(
        name,
        schema.task,
        schema.inputs,
        schema.classes,
        schema.positive,
        training["threshold"] and training["threshold"]["value"],
        "modelpress-text-1" if "note" in MODELS[name]["features"] else "",
    )

    assert exports[name].model.signature == wanted
    assert [entry.key for entry in graph.metadata_props] == [METADATA_KEY]
    assert (graph.producer_name, graph.producer_version) == ("modelpress", "1")
    assert graph.graph.name == name
    assert not graph.doc_string
    assert {o.domain for o in graph.opset_import} == {node.domain for node in graph.graph.node}


# The record


@every
def test_the_record_is_of_this_file(exports: dict[str, Exported], name: str) -> None:
    record, content = exports[name].json("export.json"), exports[name].file("model.onnx")

    assert record["model"] == name
    assert record["size_bytes"] == content.stat().st_size
    assert record["sha256"] == hashlib.sha256(content.read_bytes()).hexdigest()
    assert 0 < record["gzip_kb"] <= 1 + record["size_bytes"] / 1024
    assert set(record["made_of"]) == {
        *("data_sha256", "params_sha256", "code_sha256", "lock_sha256")
    }


@every
def test_exporting_twice_gives_the_same_bytes(exports: dict[str, Exported], name: str) -> None:
    files = [exports[name].file(file) for file in ("model.onnx", "export.json", "golden.json")]
    before = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    export.run(exports[name].house.root, name)

    assert [file.read_bytes() for file in files] == before


# Golden rows


@every
def test_golden_rows_follow_from_what_is_published_anyway(
    exports: dict[str, Exported], name: str
) -> None:
    """From the signature and the terms, which the model file holds, and from nothing else."""
    exported = exports[name]
    rows = [entry["row"] for entry in exported.json("golden.json")]

    assert rows == golden_rows(exported.model.signature, terms_of(exported.pipeline), export.SEED)
    assert len(rows) == COUNT
    assert all(set(row) == set(MODELS[name]["features"]) for row in rows)


@every
def test_no_golden_row_is_a_row_of_the_table(exports: dict[str, Exported], name: str) -> None:
    fields = list(MODELS[name]["features"])

    def key(row: dict[str, Any]) -> tuple[str, ...]:
        shown = ("" if row[f] is None else row[f] for f in fields)
        return tuple(
            f"{float(x):.6g}" if isinstance(x, float) else normalize_text(str(x)) for x in shown
        )

    known = {
        key({f: float(str(r[f])) if f in {"size", "age"} else r[f] for f in fields})
        for r in table(name)
    }
    assert not known & {key(entry["row"]) for entry in exports[name].json("golden.json")}
    assert len(known) > 200


@every
def test_golden_rows_begin_with_a_typical_one_and_an_empty_one(
    exports: dict[str, Exported], name: str
) -> None:
    typical, empty, *others = (entry["row"] for entry in exports[name].json("golden.json"))
    inputs = exports[name].model.signature.inputs

    assert typical == {x.name: x.typical if x.kind != "text" else "hello" for x in inputs}
    assert empty == {x.name: None for x in inputs}
    for x in inputs:
        told = {row[x.name] for row in others} - {None}
        assert len(told) > 2
        if x.kind == "numeric" and x.range:
            assert all(x.range[0] <= value <= x.range[1] for value in told)
        if x.kind == "categorical":
            assert told <= {*x.categories, "never seen"}


@every
def test_golden_answers_are_those_of_the_model_and_tell_it_from_another(
    exports: dict[str, Exported], name: str
) -> None:
    golden = exports[name].json("golden.json")
    assert golden_distance(exports[name].model, golden) == 0

    for number, entry in enumerate(golden):
        changed = json.loads(json.dumps(golden))
        if "value" in entry:
            changed[number]["value"] += 1e-3
        else:
            first = next(iter(entry["probabilities"]))
            changed[number]["probabilities"][first] += 1e-3
        assert golden_distance(exports[name].model, changed) > TOLERANCE


def test_golden_answers_tell_two_fits_apart(exports: dict[str, Exported]) -> None:
    for name, other in (("linear", "other"), ("ridge", "steeper")):
        assert golden_distance(exports[other].model, exports[name].json("golden.json")) > 1e-3


def test_a_number_near_zero_may_be_off_by_what_its_summands_round(house: House) -> None:
    """Three hundred trees add up to little, from partial sums of hundreds, in 32 bits."""
    dice = random.Random(3)
    rows = []
    for _ in range(900):
        size = dice.uniform(-3, 3)
        answer = 600 * math.sin(size) + dice.gauss(0, 60)
        rows.append({"size": f"{size:.4f}", "colour": dice.choice("rg"), "answer": f"{answer:.1f}"})
    model = block(
        task="regression",
        target={"column": "answer"},
        estimator={
            "name": "hist_gradient_boosting_regressor",
            "parameters": {"max_iter": 300, "learning_rate": 0.05},
        },
        gate={"metric": "mean_absolute_error", "promote_on": "not_worse"},
    )
    house.add("m", model, rows).stages("m", until="export")
    parity = json.loads(house.artifact("m", "export.json").read_text("utf-8"))["parity"]

    assert all(part["largest"] < 2e-6 for part in parity.values())
