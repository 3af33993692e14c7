"""What is read out of the bytes of a model file is what ONNX's own library reads."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from modelpress.encode import encode
from modelpress.explanation.graph import Graph, Node, with_outputs
from modelpress.explanation.linear import Linear, read_linear
from modelpress.explanation.protobuf import Message, embedded
from modelpress.explanation.tfidf import Vocabulary, by_word, read_vocabulary
from modelpress.model import Model
from modelpress.session import open_session
from modelpress.signature import METADATA_KEY, Input, Signature

REPOSITORY = Path(__file__).parent.parent.parent
SHIPPED = sorted(REPOSITORY.glob("models/*/v*/model.onnx"))
IRIS = next(path for path in SHIPPED if path.parts[-3] == "iris").read_bytes()
IRIS_SIGNATURE = Model(IRIS).signature

int64s = st.integers(-(2**63), 2**63 - 1)
float32s = st.floats(width=32, allow_nan=False)
# Only text that a file can hold.
strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parts[-3])
def test_nodes_and_constants_of_a_shipped_model(path: Path) -> None:
    graph, expected = Graph(path.read_bytes()), onnx.load(path).graph
    for node, wanted in zip(graph.nodes, expected.node, strict=True):
        assert node.op == wanted.op_type
        assert node.inputs == tuple(wanted.input)
        assert node.outputs == tuple(wanted.output)
        assert all(graph.maker(name) is node for name in wanted.output)
        for attribute in wanted.attribute:
            assert node.floats(attribute.name).tolist() == list(attribute.floats)
            assert node.integers(attribute.name) == list(attribute.ints)
            assert node.strings(attribute.name) == [x.decode() for x in attribute.strings]
            assert node.text(attribute.name) == attribute.s.decode()
    for tensor in expected.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            values = numpy_helper.to_array(tensor)
            assert graph.constant(tensor.name).shape == values.shape
            assert (graph.constant(tensor.name) == values).all()


@given(ints=st.lists(int64s), floats=st.lists(float32s), texts=st.lists(strings), text=strings)
def test_every_attribute_is_read_as_it_was_written(
    ints: list[int], floats: list[float], texts: list[str], text: str
) -> None:
    node = NodeProto(op_type="Something", input=["a", ""], output=["b"])
    node.attribute.add(name="ints", type=AttributeProto.INTS, ints=ints)
    node.attribute.add(name="floats", type=AttributeProto.FLOATS, floats=floats)
    strings = [x.encode() for x in texts]
    node.attribute.add(name="strings", type=AttributeProto.STRINGS, strings=strings)
    node.attribute.add(name="text", type=AttributeProto.STRING, s=text.encode())
    read = Node(Message(node.SerializeToString()))

    assert (read.op, read.inputs, read.outputs) == ("Something", ("a", ""), ("b",))
    assert read.integers("ints") == ints
    assert read.floats("floats").tolist() == floats
    assert read.strings("strings") == texts
    assert read.text("text") == text
    assert read.integers("absent") == read.strings("absent") == []
    assert (read.text("absent"), len(read.floats("absent"))) == ("", 0)


@given(ints=st.lists(int64s), floats=st.lists(float32s))
def test_packed_fields_are_read_like_plain_ones(ints: list[int], floats: list[float]) -> None:
    """An attribute's are plain; a tensor's are packed."""
    tensor = TensorProto(int64_data=ints, float_data=floats)
    read = Message(tensor.SerializeToString())
    assert read.integers(7) == ints
    assert read.floats(4).tolist() == floats


@pytest.mark.parametrize("raw", [True, False])
def test_a_constant_is_read_in_both_of_its_forms(*, raw: bool) -> None:
    values = np.array([[1.5, -2.0], [3e-30, 4.0]], np.float32)
    tensor = (
        numpy_helper.from_array(values, "weights")
        if raw
        else helper.make_tensor("weights", TensorProto.FLOAT, [2, 2], values.ravel().tolist())
    )
    other = numpy_helper.from_array(np.array([1, 2]), "shape")
    model = helper.make_model(helper.make_graph([], "g", [], [], [other, tensor]))
    graph = Graph(model.SerializeToString())

    assert graph.constant("weights").tolist() == values.tolist()
    for name in ("shape", "nowhere"):
        with pytest.raises(ValueError, match=f"no constant `{name}`"):
            graph.constant(name)


@given(number=st.integers(1, 2**29 - 1), content=st.binary(max_size=300))
def test_what_is_written_is_read(number: int, content: bytes) -> None:
    assert [bytes(x) for x in Message(embedded(number, content)).blocks(number)] == [content]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x08", "does not end"),
        (b"\x08" + b"\xff" * 11, "does not end"),
        (b"\x12\x05abc", "ends beyond its message"),
        (b"\x15\x00\x00", "ends beyond its message"),
        (b"\x11\x00\x00", "ends beyond its message"),
        (b"\x0b", "wire type 3"),
    ],
)
def test_what_is_no_message_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Message(content)


def test_a_number_where_bytes_are_expected_is_refused() -> None:
    with pytest.raises(ValueError, match="field 1 is a number"):
        Message(b"\x08\x01").texts(1)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(content: bytes) -> None:
    try:
        Message(content)
    except ValueError:
        return


@given(st.lists(st.tuples(st.integers(0, len(IRIS) - 1), st.integers(0, 255)), max_size=8))
def test_no_damage_is_more_than_an_unknown_form(flips: list[tuple[int, int]]) -> None:
    damaged = bytearray(IRIS)
    for place, byte in flips:
        damaged[place] = byte
    assert isinstance(read_linear(bytes(damaged), IRIS_SIGNATURE), Linear | None)


@given(st.integers(0, len(IRIS)))
def test_a_cut_file_is_an_unknown_form(length: int) -> None:
    found = read_linear(IRIS[:length], IRIS_SIGNATURE)
    # What comes after the graph is metadata.
    assert found is None or length > len(IRIS) - 1200


def test_operators_in_a_ring_are_followed_once() -> None:
    nodes = [
        helper.make_node("Add", ["b", "x"], ["a"]),
        helper.make_node("Add", ["a", "x"], ["b"]),
    ]
    graph = Graph(helper.make_model(helper.make_graph(nodes, "g", [], [])).SerializeToString())
    assert {node.outputs for node in graph.behind("a")} == {("a",), ("b",)}
    assert graph.behind("x") == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parts[-3])
def test_a_model_answers_inner_tensors_and_the_same_as_before(path: Path) -> None:
    content = path.read_bytes()
    names = [onnx.load(path).graph.node[0].output[0]]
    extended = with_outputs(content, names)
    signature = Model(content).signature
    feeds = encode(signature, [{x.name: x.typical or None for x in signature.inputs}])
    expected = onnx.load_from_string(content)
    expected.graph.output.add(name=names[0])
    before, after = open_session(content), open_session(extended)

    assert onnx.load_from_string(extended) == expected
    assert [x.name for x in after.get_outputs()] == [
        *(x.name for x in before.get_outputs()),
        *names,
    ]
    for output in before.get_outputs():
        (told,), (again,) = before.run([output.name], feeds), after.run([output.name], feeds)
        assert np.array_equal(told, again)


# Forms that are linear in another way, or not linear: nothing is claimed about them.

TEXT = Signature("m", "binary", (Input("t", "text"), Input("u", "text")), ("no", "yes"), "yes")
VALUE = Signature("m", "regression", (Input("t", "text"), Input("x", "numeric")))


def file(signature: Signature, nodes: Sequence[NodeProto]) -> bytes:
    constants = [numpy_helper.from_array(np.ones((2, 1), np.float32), "ones")]
    graph = helper.make_graph(list(nodes), "m", [], [], constants)
    model: ModelProto = helper.make_model(graph)
    helper.set_model_props(model, {METADATA_KEY: signature.to_json()})
    content: bytes = model.SerializeToString()
    return content


def classifier(transform: str, columns: str = "c", output: str = "probabilities") -> NodeProto:
    return helper.make_node(
        "LinearClassifier",
        [columns],
        ["@label", output],
        domain="ai.onnx.ml",
        coefficients=[1.0, 2.0, 3.0, 4.0],
        intercepts=[0.0, 1.0],
        post_transform=transform,
    )


def regressor(**settings: object) -> NodeProto:
    told = {"coefficients": [1.0, 2.0], "intercepts": [0.5]} | settings
    return helper.make_node("LinearRegressor", ["c"], ["value"], domain="ai.onnx.ml", **told)


def node(op: str, inputs: str, output: str, **settings: object) -> NodeProto:
    return helper.make_node(op, inputs.split(), [output], **settings)


SCALED = node("Scaler", "x", "c")
COUNTED = [
    node("Tokenizer", "t", "@tokens", separators=[" "]),
    node(
        "TfIdfVectorizer",
        "@tokens",
        "c",
        mode="TF",
        ngram_counts=[0],
        ngram_indexes=[0, 1],
        pool_strings=["a", "b"],
    ),
]


def test_the_simplest_of_each_are_known() -> None:
    known = read_linear(file(TEXT, [*COUNTED, classifier("LOGISTIC")]), TEXT)
    assert known is not None
    assert (known.link, known.weights.tolist()) == ("logistic", [[1, 2], [3, 4]])
    assert known.blocks[0].text == "t"
    value = read_linear(file(VALUE, [SCALED, regressor()]), VALUE)
    assert value is not None
    assert (value.link, value.weights.tolist(), value.intercepts.tolist()) == (
        *("identity", [[1, 2]], [0.5]),
    )


@pytest.mark.parametrize(
    ("signature", "nodes"),
    [
        pytest.param(TEXT, [*COUNTED, classifier("PROBIT")], id="another link"),
        pytest.param(
            TEXT,
            [*COUNTED, classifier("LOGISTIC", output="@p"),
             node("Normalizer", "@p", "probabilities", norm="L2")],
            id="another norm",
        ),
        pytest.param(TEXT, [classifier("LOGISTIC", columns="x")], id="an input as it is"),
        pytest.param(
            TEXT,
            [node("MatMul", "x ones", "c"), classifier("LOGISTIC")],
            id="an unknown encoder",
        ),
        pytest.param(
            TEXT, [node("TreeEnsembleClassifier", "x", "probabilities")], id="trees"
        ),
        pytest.param(TEXT, [node("Identity", "x", "elsewhere")], id="no answer"),
        pytest.param(
            TEXT,
            [*COUNTED[1:], node("Tokenizer", "nowhere", "@tokens", separators=[" "]),
             classifier("LOGISTIC")],
            id="an unknown text",
        ),
        pytest.param(
            TEXT,
            [*COUNTED[1:], node("Tokenizer", "t", "@tokens", separators=[";"]),
             classifier("LOGISTIC")],
            id="another separator",
        ),
        pytest.param(
            TEXT,
            [*COUNTED[1:], node("Tokenizer", "t", "@half", separators=[" "]),
             node("Tokenizer", "@half", "@tokens", separators=[""]), classifier("LOGISTIC")],
            id="two tokenizers",
        ),
        pytest.param(
            TEXT,
            [*COUNTED, node("Add", "c c", "d"), node("TfIdfVectorizer", "d", "e"),
             classifier("LOGISTIC", columns="e")],
            id="two vectorizers",
        ),
        pytest.param(VALUE, [SCALED, regressor(post_transform="PROBIT")], id="another transform"),
        pytest.param(VALUE, [SCALED, regressor(intercepts=[0.5, 1.0])], id="two values"),
        pytest.param(VALUE, [SCALED, node("Exp", "c", "value")], id="an exponential alone"),
        pytest.param(
            VALUE,
            [SCALED, node("MatMul", "c absent", "@m"), node("Add", "@m ones", "@a"),
             node("Exp", "@a", "value")],
            id="no constant",
        ),
        pytest.param(VALUE, [helper.make_node("Exp", [], ["value"])], id="no input"),
    ],
)  # fmt: skip
def test_any_other_form_is_unknown(signature: Signature, nodes: list[NodeProto]) -> None:
    assert read_linear(file(signature, nodes), signature) is None


# Words


def vectorizer(pool: list[str], starts: list[int], mode: str = "TF") -> Node:
    made = node(
        "TfIdfVectorizer",
        "x",
        "y",
        mode=mode,
        ngram_counts=starts,
        ngram_indexes=[2, 0, 1],
        pool_strings=pool,
    )
    return Node(Message(made.SerializeToString()))


def tokenizer(separator: str) -> Node:
    made = node("Tokenizer", "x", "y", separators=[separator])
    return Node(Message(made.SerializeToString()))


def test_a_vocabulary_is_read_by_length_with_its_columns() -> None:
    told = read_vocabulary(tokenizer(" "), vectorizer(["b", "c", "a", "b"], [0, 2]))
    assert told == Vocabulary(by_words=True, columns={"b": 2, "c": 0, "a b": 1},
                               lengths=frozenset({1, 2}))  # fmt: skip
    told = read_vocabulary(tokenizer(""), vectorizer([*"ab", *"cd", *" e"], [0, 0]))
    assert told == Vocabulary(by_words=False, columns={"ab": 2, "cd": 0, " e": 1},
                                 lengths=frozenset({2}))  # fmt: skip


@pytest.mark.parametrize(
    ("separator", "mode", "starts"), [(";", "TF", [0]), (" ", "IDF", [0]), (" ", "TF", [0, 3])]
)
def test_a_vocabulary_laid_out_otherwise_is_refused(
    separator: str, mode: str, starts: list[int]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several places
        read_vocabulary(tokenizer(separator), vectorizer(["a", "b", "c", "d"], starts, mode))


def words(*names: str) -> Vocabulary:
    lengths = frozenset(len(name.split(" ")) for name in names)
    return Vocabulary(by_words=True, columns={x: i for i, x in enumerate(names)}, lengths=lengths)


def letters(*names: str) -> Vocabulary:
    lengths = frozenset(map(len, names))
    return Vocabulary(by_words=False, columns={x: i for i, x in enumerate(names)}, lengths=lengths)


@pytest.mark.parametrize(
    ("vocabulary", "text", "amounts", "expected"),
    [
        (words("free", "now"), "free call now", [1.0, 2.0], {"free": 1, "now": 2}),
        (words("free"), "free free now", [1.0], {"free": 1}),
        (words("free call"), "free call now", [1.0], {"free": 0.5, "call": 0.5}),
        # Three places: a b, b a, a b; of the first column two.
        (words("a b", "b a"), "a b a b", [2.0, 1.0], {"a": 1.5, "b": 1.5}),
        (letters("al"), "call small", [1.0], {"call": 0.5, "small": 0.5}),
        # Two letters of the one word, one of the other; the space is nobody's.
        (letters("ll s"), "call small", [3.0], {"call": 2, "small": 1}),
        (letters(" "), "a b", [1.0], {"a": 1}),
        (letters("ж"), "жук", [1.0], {"жук": 1}),
        (words("free"), "nothing of it", [0.0], {}),
        (words("a b c"), "a b", [0.0], {}),
        (letters("x"), "", [0.0], {}),
    ],
)
def test_columns_are_shared_out_among_words(
    vocabulary: Vocabulary, text: str, amounts: list[float], expected: dict[str, float]
) -> None:
    told = by_word(vocabulary, text, np.array(amounts))
    assert dict(told) == pytest.approx(expected)


@given(
    kind=st.sampled_from([words, letters]),
    term=st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(" ".join),
    text=st.lists(st.sampled_from(["a", "b", "ab", "c"]), max_size=12).map(" ".join),
    data=st.data(),
)
def test_nothing_is_lost_or_made_in_sharing_out(
    kind: Callable[..., Vocabulary], term: str, text: str, data: st.DataObject
) -> None:
    vocabulary = kind(*dict.fromkeys([term, "a", "ab"]))
    # A column that counts nothing in the text amounts to nothing.
    amounts = np.zeros(len(vocabulary.columns))
    for name, column in vocabulary.columns.items():
        found = f" {name} " in f" {text} " if vocabulary.by_words else name in text
        amounts[column] = data.draw(st.floats(-9, 9)) * found
    told = by_word(vocabulary, text, amounts)

    assert sum(told.values()) == pytest.approx(amounts.sum(), abs=1e-9)
    assert set(told) <= set(text.split(" "))
