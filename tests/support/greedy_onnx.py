"""
Model files made of nothing but what every model of ours is made of, and not fit to run.

No look at the bytes tells them from others: a run does.
"""

from itertools import pairwise

from onnx import ModelProto, TensorProto
from plain_onnx import HEIGHT, added, changed, node


def doubling(times: int) -> bytes:
    """Put a tensor beside itself, again and again."""
    names = ["grown", *(f"t{i}" for i in range(times))]
    steps = [node("Concat", [a, a], [b], axis=1) for a, b in pairwise(names)]
    return added(*steps, node("ArgMax", [names[-1]], ["code"], axis=1),
                 node("Cast", ["code"], ["extra"], to=TensorProto.FLOAT))  # fmt: skip


def far_column(column: int) -> bytes:
    """Count words in a table of very many columns."""
    counted = node(
        "TfIdfVectorizer", ["word"], ["counts"], mode="TF", min_gram_length=1, max_gram_length=1,
        max_skip_count=0, ngram_counts=[0], ngram_indexes=[column], pool_strings=["a"],
    )  # fmt: skip
    return added(
        node("Cast", ["age"], ["word"], to=TensorProto.STRING),
        counted,
        node("ArgMax", ["counts"], ["code"], axis=1),
        node("Cast", ["code"], ["extra"], to=TensorProto.FLOAT),
    )


def deep_tree(depth: int, *, cycle: bool = False, column: int = 0) -> bytes:
    """Ask one question after another, each below the last."""
    count = 2 * depth + 1
    leaves = [x % 2 == 1 or x == count - 1 for x in range(count)]
    true = [0 if leaf else x + 1 for x, leaf in enumerate(leaves)]
    false = [0 if leaf or cycle else x + 2 for x, leaf in enumerate(leaves)]
    tree = node(
        "TreeEnsembleRegressor", ["age"], ["extra"], domain="ai.onnx.ml", n_targets=1,
        nodes_treeids=[0] * count, nodes_nodeids=list(range(count)),
        nodes_featureids=[column] * count, nodes_values=[-1.0] * count,
        nodes_modes=["LEAF" if leaf else "BRANCH_LEQ" for leaf in leaves],
        nodes_truenodeids=true, nodes_falsenodeids=false,
        target_ids=[0], target_nodeids=[1], target_treeids=[0], target_weights=[0.0],
    )  # fmt: skip
    return added(tree, ai_onnx_ml=3)


def weights(value: float) -> bytes:
    """Answer something else."""
    return changed(lambda m: m.graph.initializer[0].float_data.__setitem__(0, value))


def misspelt(model: ModelProto) -> None:
    """Say it in what is no JSON."""
    model.metadata_props[0].value = "{" * 100_000


def other_inputs(model: ModelProto) -> None:
    """Promise another input than the graph has."""
    model.metadata_props[0].value = HEIGHT.to_json().replace('"age"', '"shoe"')


def unconnected(model: ModelProto) -> None:
    """Use a value that nobody makes."""
    model.graph.node[1].input[0] = "nothing"


def tried() -> dict[str, bytes]:
    """Make what passes the guard."""
    return {
        "memory: doubled 34 times": doubling(34),
        "memory: column of the far right": far_column(10**11),
        "memory: a table too wide for many rows": far_column(5 * 10**6),
        "stack: a tree 300,000 deep": deep_tree(300_000),
        "tree: in a circle": deep_tree(3, cycle=True),
        "tree: another column": deep_tree(3, column=10**6),
        "answers: not a number": weights(float("nan")),
        "answers: infinite": weights(float("inf")),
        "answers: others": weights(6.001),
        "graph: unconnected": changed(unconnected),
        "signature: no JSON": changed(misspelt),
        "signature: other inputs": changed(other_inputs),
    }
