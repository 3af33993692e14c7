"""The graph of the stages, with what stands before and after it."""

from pipeline.charts import Diagram, Edge, Node
from pipeline.report.facts import Pipeline

_SAYS = {
    "prepare": "cuts the table into train, validation and test",
    "train": "fits, and chooses the threshold",
    "export": "writes the ONNX file and proves it",
    "evaluate": "measures that file, with intervals",
    "gate": "decides",
}


def graph(pipeline: Pipeline) -> Diagram:
    """Make the drawing of one model's stages; all models have the same."""
    missing = {stage.name for stage in pipeline.stages if stage.state == "never"}
    stages = tuple(
        Node(kind, kind, _SAYS.get(kind, ""), "never" if kind in missing else "ran")
        for kind in pipeline.kinds
    )
    pairs = dict.fromkeys((edge.source, edge.target) for edge in pipeline.edges)
    targets = {target for _, target in pairs}
    sources = {source for source, _ in pairs}
    first = [kind for kind in pipeline.kinds if kind not in targets]
    last = [kind for kind in pipeline.kinds if kind not in sources]
    nodes = (
        Node("data", "data", "a table and a block", "outside"),
        *stages,
        Node("registry", "registry", "an accepted one is a version", "outside"),
        Node("site", "this site", "and the service", "outside"),
    )
    return Diagram(
        "The way of a model: " + " to ".join(("data", *pipeline.kinds, "registry", "site")) + ".",
        nodes,
        (
            *(Edge("data", kind) for kind in first),
            *(Edge(*pair) for pair in pairs),
            *(Edge(kind, "registry") for kind in last),
            Edge("registry", "site"),
        ),
    )
