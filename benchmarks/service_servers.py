"""The servers of `benchmarks/service.py`: how each is installed, started and asked."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from service_environment import Environment

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "build" / "peers"
PROGRAMS = Path(__file__).parent / "service_peers"
MODELS = PEERS / "models"
NAMES = ("iris", "credit", "spam")

OURS, BARE = "modelpress", "bare"
AS_IT_COMES, BATCHING = "platform", "platform that batches"

Rows = Sequence[Mapping[str, Any]]


class Start(NamedTuple):
    """A program with its arguments, where it runs, and what its environment has beside."""

    words: Sequence[str | Path]
    folder: Path = PEERS
    environment: Mapping[str, str] = {}


@dataclass(frozen=True)
class Server:
    """
    One that answers.

    Attributes:
        packages: What pip installs, as its arguments.
        start: The program that serves a model at a port.
        path: Where a model is asked.
        body: A model's name and its rows, as the server wants them.
        kind: Of those that are made for serving, whether they batch what waits; others are none.
        home: Whose environment it shares.
        single: Whether a process serves one model.
        prepare: Programs that write what it serves from.
    """

    name: str
    packages: Sequence[str]
    start: Callable[[str, int], Start]
    path: str
    body: Callable[[str, Rows], object]
    kind: str = ""
    single: bool = False
    home: str = ""
    prepare: Sequence[Sequence[str | Path]] = ()

    @property
    def environment(self) -> Environment:
        """Where it is installed."""
        return Environment(PEERS / (self.home or self.name), ROOT)

    def install(self) -> str:
        """Install it, unless it is; returns why it could not be."""
        return self.environment.install(self.packages)

    def installed(self) -> str:
        """Name the versions that matter."""
        own = self.name in (OURS, BARE)
        return self.environment.versions(
            ("onnxruntime", "uvicorn") if own else (self.home or self.name, "scikit-learn")
        )

    def write(self) -> None:
        """Write what it serves from."""
        for words in self.prepare:
            subprocess.run(words, check=True, capture_output=True, cwd=PEERS, env=_ENVIRONMENT)


_ENVIRONMENT = {
    **{name: x for name, x in os.environ.items() if not name.startswith("MODELPRESS_")},
    # One worker, and one thread in it: more threads make scikit-learn's short calls slower.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "BENTOML_DO_NOT_TRACK": "True",
    "DO_NOT_TRACK": "1",
}


def launch(server: Server, model: str, port: int, log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that its children end with it."""
    start = server.start(model, port)
    environment = {**_ENVIRONMENT, **start.environment}
    environment["PATH"] = f"{server.environment.folder / 'bin'}:{environment['PATH']}"
    with log.open("ab") as file:
        return subprocess.Popen(
            [str(word) for word in start.words],
            cwd=start.folder,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _python(name: str) -> Path:
    return PEERS / name / "bin" / "python"


def _ours(_model: str, port: int) -> Start:
    words = (_python(OURS), "-m", "service", "--root", PEERS / "root", "--port", str(port))
    return Start(words, ROOT)


def _bare(_model: str, port: int) -> Start:
    return Start((_python(OURS), PROGRAMS / "bare.py", PEERS / "root", str(port), *NAMES))


def _fastapi(_model: str, port: int) -> Start:
    return Start((_python("fastapi"), PROGRAMS / "fastapi_joblib.py", MODELS, str(port)))


def _kserve(_model: str, port: int) -> Start:
    quiet = ("--enable_grpc", "false", "--enable_latency_logging", "false", "--workers", "1")
    program = (_python("kserve"), PROGRAMS / "kserve_sklearn.py", "--http_port", str(port))
    return Start((*program, *quiet, MODELS))


def _mlserver(_model: str, port: int, batch: Mapping[str, object] | None = None) -> Start:
    place = PEERS / ("mlserver-batch-models" if batch else "mlserver-models")
    for name in NAMES:
        (place / name).mkdir(parents=True, exist_ok=True)
        parameters = {"uri": str(MODELS / f"{name}.joblib")}
        told = {"name": name, "implementation": "mlserver_sklearn.SKLearnModel"}
        content = json.dumps({**told, **(batch or {}), "parameters": parameters})
        (place / name / "model-settings.json").write_text(content, "utf-8")
    # Without processes beside the server, which is its fastest setting for models as small.
    settings = {"host": "127.0.0.1", "http_port": port, "parallel_workers": 0, "debug": False}
    more = {"grpc_port": port + 1, "metrics_port": port + 2}
    (place / "settings.json").write_text(json.dumps({**settings, **more}), "utf-8")
    return Start((PEERS / "mlserver" / "bin" / "mlserver", "start", place))


def _bentoml(_model: str, port: int, batch: str = "no") -> Start:
    words = ("serve", "bentoml_service:Peer", "--host", "127.0.0.1", "--port", str(port))
    environment = {"MODELS": str(MODELS), "BATCH": batch}
    return Start((PEERS / "bentoml" / "bin" / "bentoml", *words), PROGRAMS, environment)


def _mlflow(model: str, port: int) -> Start:
    words = ("models", "serve", "-m", PEERS / "mlflow-models" / model, "-h", "127.0.0.1")
    more = ("-p", str(port), "--env-manager", "local", "-w", "1")
    return Start((PEERS / "mlflow" / "bin" / "mlflow", *words, *more))


def _named(_model: str, rows: Rows) -> object:
    return list(rows) if len(rows) > 1 else rows[0]


def _matrix(model: str, rows: Rows) -> list[Any]:
    """Rows without names, for a pipeline that takes a matrix or texts."""
    if model == "spam":
        return [row["text"] for row in rows]
    return [[float(value) for value in row.values()] for row in rows]


def _under(key: str, model: str, rows: Rows) -> object:
    return {key: _matrix(model, rows)}


def _tensors(model: str, rows: Rows) -> object:
    """Write rows in the Open Inference Protocol."""
    matrix, outputs = _matrix(model, rows), [{"name": "predict_proba"}]
    if model == "spam":
        kind = {"content_type": "str"}
        tensor = {"datatype": "BYTES", "shape": [len(rows)], "parameters": kind, "data": matrix}
        return {"inputs": [{"name": "x", **tensor}], "outputs": outputs, "parameters": kind}
    shape, flat = [len(rows), len(matrix[0])], [value for row in matrix for value in row]
    tensor = {"datatype": "FP64", "shape": shape, "data": flat}
    return {"inputs": [{"name": "x", **tensor}], "outputs": outputs}


def servers(scikit_learn: str) -> list[Server]:
    """
    Name all, ours first.

    Args:
        scikit_learn: The version that wrote the pipelines, as a requirement.
    """
    lock = ("--require-hashes", "-r", "requirements/service.lock")
    path, rows = "/models/{model}/predict", partial(_under, "rows")
    fastapi = ("fastapi", "uvicorn[standard]", "joblib", scikit_learn)
    return [
        Server(OURS, lock, _ours, path, _named),
        Server(BARE, lock, _bare, path, _named, home=OURS),
        Server("fastapi", fastapi, _fastapi, path, rows),
        *_platforms(scikit_learn),
    ]


def _platforms(scikit_learn: str) -> Iterator[Server]:
    rows = partial(_under, "rows")
    instances, inputs = partial(_under, "instances"), partial(_under, "inputs")
    packages = ("kserve", "joblib", scikit_learn)
    path = "/v1/models/{model}:predict"
    yield Server("kserve", packages, _kserve, path, instances, kind=AS_IT_COMES)

    packages, path = ("mlserver", "mlserver-sklearn", scikit_learn), "/v2/models/{model}/infer"
    one = Server("mlserver", packages, _mlserver, path, _tensors, kind=AS_IT_COMES)
    # As many as there are callers, and as short a wait as it can measure.
    batch = partial(_mlserver, batch={"max_batch_size": 16, "max_batch_time": 0.001})
    yield one
    yield replace(one, name="mlserver-batch", start=batch, kind=BATCHING, home=one.name)

    packages = ("bentoml", "joblib", scikit_learn)
    one = Server("bentoml", packages, _bentoml, "/{model}", rows, kind=AS_IT_COMES)
    batch = partial(_bentoml, batch="yes")
    yield one
    yield replace(one, name="bentoml-batch", start=batch, kind=BATCHING, home=one.name)

    packages, place = ("mlflow", "joblib", scikit_learn), PEERS / "mlflow-models"
    save = (_python("mlflow"), PROGRAMS / "mlflow_save.py", MODELS, place)
    yield Server(
        *("mlflow", packages, _mlflow, "/invocations", inputs),
        kind=AS_IT_COMES,
        single=True,
        prepare=(("rm", "-rf", place), save),
    )
