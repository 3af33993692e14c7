"""
Every path of the house, spelled once, and the only ways to write to one.

A file is written beside its place, flushed to the disk and then renamed over it: who reads, now or
after a crash, finds the old bytes or the new ones and never a part.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import RegistryError, disk_error, in_words

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Paths:
    """
    The files of one model.

    Args:
        root: The folder of `params.yaml`.
        model: The model's name.
    """

    root: Path
    model: str

    @property
    def data(self) -> Path:
        """What people and `ingest` write."""
        return self.root / "data" / self.model

    @property
    def table(self) -> Path:
        """Everything the model learns from."""
        return self.data / "table.csv"

    @property
    def source(self) -> Path:
        """Where the last ingested table came from."""
        return self.data / "source.json"

    @property
    def current(self) -> Path:
        """Rows that arrived since: a table per day, `YYYY-MM-DD.csv`."""
        return self.data / "current"

    @property
    def labels(self) -> Path:
        """Targets that became known later, by row id."""
        return self.data / "labels.csv"

    @property
    def monitoring(self) -> Path:
        """What `monitor` saw: a file per day, `YYYY-MM-DD.json`."""
        return self.root / "monitoring" / self.model

    @property
    def artifacts(self) -> Path:
        """What the stages make."""
        return self.root / "artifacts" / self.model

    @property
    def schema(self) -> Path:
        """What `prepare` found out about the table."""
        return self.artifacts / "schema.json"

    def part(self, name: str) -> Path:
        """The rows of `train`, `validation` or `test`."""
        return self.artifacts / f"{name}.parquet"

    @property
    def estimator(self) -> Path:
        """The fitted scikit-learn pipeline."""
        return self.artifacts / "estimator.skops"

    @property
    def training(self) -> Path:
        """How it was fitted: parameters, threshold, digests."""
        return self.artifacts / "training.json"

    @property
    def onnx(self) -> Path:
        """The candidate."""
        return self.artifacts / "model.onnx"

    @property
    def export(self) -> Path:
        """The candidate's record: digest, size, parity."""
        return self.artifacts / "export.json"

    @property
    def golden(self) -> Path:
        """Made-up rows with the candidate's answers."""
        return self.artifacts / "golden.json"

    @property
    def metrics(self) -> Path:
        """The metrics of the test rows, for `dvc metrics`."""
        return self.artifacts / "metrics.json"

    @property
    def evaluation(self) -> Path:
        """Every metric with its interval; slices, baselines."""
        return self.artifacts / "evaluation.json"

    @property
    def gate(self) -> Path:
        """The decision."""
        return self.artifacts / "gate.json"

    @property
    def timing(self) -> Path:
        """How fast the candidate answers on this machine; outside Git and DVC."""
        return self.artifacts / "timing.json"

    def plot(self, name: str) -> Path:
        """The points of one curve, for `dvc plots`."""
        return self.artifacts / "plots" / f"{name}.json"

    @property
    def registry(self) -> Path:
        """The model's versions."""
        return self.root / "models" / self.model

    @property
    def production(self) -> Path:
        """The version in production: one line, or none yet."""
        return self.registry / "production"

    @property
    def staging(self) -> Path:
        """The newest version that a gate has accepted: one line."""
        return self.registry / "staging"

    @property
    def decisions(self) -> Path:
        """Every decision of a gate that was registered, one file each."""
        return self.registry / "decisions"


def shown(path: Path) -> str:
    """Write a path as a user would type it: relative to where they stand, if it is below."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def write_bytes(path: Path, content: bytes) -> None:
    """
    Replace a file whole; its folder is made if need be.

    Raises:
        DiskError: The disk is full, the folder is read-only, or the like; the old bytes stand.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """
    Say of whatever the system refuses meanwhile which file it is about, and what to do.

    Raises:
        DiskError: It refused.
    """
    try:
        yield
    except OSError as error:
        raise disk_error(error, shown(path)) from error


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Replace a text file whole."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: object) -> None:
    """Replace a JSON file whole: sorted keys, one value a line, no NaN."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def read_text(path: Path) -> str:
    """
    Read a text file that the house has written.

    Raises:
        FileNotFoundError: It is not there.
        RegistryError: The system does not let us read it.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> RegistryError:
    """Say that a file is there and cannot be read."""
    hint = "it should be a file that you may read: mend that, or restore it from Git"
    return RegistryError(f"cannot be read: {in_words(error)}", hint=hint, path=shown(path))


def read_json(path: Path, remedy: str = "") -> Any:  # noqa: ANN401 - JSON is anything
    """
    Read a JSON file that the house has written; `remedy` is for what no run makes again.

    Raises:
        RegistryError: It is not there, or not whole.
    """
    try:
        return json.loads(read_text(path))
    except FileNotFoundError as error:
        raise RegistryError(
            "there is no such file", hint=remedy or "run `modelpress run --force`", path=shown(path)
        ) from error
    except (RecursionError, ValueError) as error:
        hint = remedy or "restore it from Git, or run again"
        raise RegistryError(f"this is not JSON: {error}", hint=hint, path=shown(path)) from error


def read_fields(path: Path, *names: str) -> dict[str, Any]:
    """
    Read a record that a stage has written and that has these fields, or more.

    Raises:
        RegistryError: It is not there, not whole, or lacks one.
    """
    record = read_json(path)
    fields: dict[str, Any] = record if isinstance(record, dict) else {}
    if lacking := [name for name in names if name not in fields]:
        raise RegistryError(f"it lacks `{lacking[0]}`", hint="run again", path=shown(path))
    return fields


def sha256_of(path: Path) -> str:
    """Digest a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
