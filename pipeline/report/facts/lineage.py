"""The stages that make a model, and what their last run left in dvc.lock."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class File:
    """
    A file or folder that a stage takes or makes.

    Attributes:
        digest: As dvc.lock has it, `md5` and the like left out; empty if it does not.
        size: In bytes; None likewise.
        files: How many, of a folder; None for a file.
    """

    path: str
    digest: str
    size: int | None
    files: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    """
    One stage of one model.

    Attributes:
        state: `ran`: dvc.lock has it; `never`: it does not.
        code: Dependencies that are the engine's, `pipeline/` and `modelpress/`, and lock files;
            `deps` has the others.
        params: Keys of params.yaml.
    """

    name: str
    model: str
    command: str
    state: Literal["ran", "never"]
    deps: tuple[File, ...]
    code: tuple[File, ...]
    params: tuple[str, ...]
    outs: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A file that one kind of stage makes and another takes, by the names of the kinds."""

    source: str
    target: str
    path: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """
    The graph.

    Attributes:
        kinds: Names of the stages in the order of dvc.yaml: `prepare`, `train` and so on.
        edges: Between kinds; `{model}` stands for the model's name in `path`.
        stages: Of every model, in the order of the models and kinds.
        fault: Why dvc.yaml or dvc.lock could not be read; empty otherwise.
        ran: When dvc.lock last changed, an ISO moment; with the commit that did it.
    """

    kinds: tuple[str, ...]
    edges: tuple[Edge, ...]
    stages: tuple[Stage, ...]
    fault: str
    ran: str
    commit: str
    author: str
    subject: str
